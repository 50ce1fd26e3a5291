/** One hand command: how things stand, its orders, press and confirm, what the PLC said. Nothing where the PLC has no such tag. */
import type { Cell } from "@cellhouse/shared";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useObservable, useTagValue } from "../../live/hooks.ts";
import type { Situation } from "../capability.ts";
import { CommandNote } from "./command-note.tsx";
import { Confirm } from "./confirm.tsx";
import { alreadySo, type Hand, type HandAct, whyNoHand } from "./hand.ts";
import { useCommand } from "./use-command.ts";

/** The PLC judges a hand command by what stands when it comes, not by what was seen. */
const UNSEEN = { value: Number.NaN, time: 0 };

interface Props {
  cell: Cell;
  hand: Hand;
  situation: Situation;
}

export function HandRow({ cell, hand, situation }: Props) {
  const { t } = useTranslation();
  const tag = cell.tags.get(hand.name);
  const present = useTagValue(cell.tags.get(hand.reads));
  const role = useObservable(useLive().session)?.role;
  const sending = useCommand(tag);
  const [wanted, setWanted] = useState<HandAct>();
  if (tag === undefined) return null;
  const why = whyNoHand(hand, situation, role);
  const title = t(`hand.${hand.name}.name`);
  const words = (act: HandAct): string => t(`hand.${hand.name}.${act.words}`, { n: act.n });
  const send = (reason: string): void => {
    if (wanted !== undefined) sending.send(wanted.value, UNSEEN, reason);
    setWanted(undefined);
  };
  return (
    <section className="faceplate hand" aria-label={`${hand.name} ${title}`}>
      <header>
        <h3>{title}</h3> <code>{hand.name}</code>
        {!Number.isNaN(present) && <span className="state">{t(`hand.${hand.name}.${present === 0 ? "at0" : "at"}`, { n: present })}</span>}
      </header>
      <div className="acts">
        {hand.acts.map((act) => {
          const so = alreadySo(hand, act, present);
          return (
            <button
              key={act.value}
              type="button"
              data-wanted={wanted === act}
              disabled={why !== undefined || so || sending.busy}
              title={so && why === undefined ? t("why.already") : undefined}
              onClick={() => setWanted(act)}
            >
              {words(act)}
            </button>
          );
        })}
      </div>
      {why === "engineer" && <p className="why">{t("why.engineer")}</p>}
      {wanted !== undefined && why === undefined && (
        <Confirm
          key={wanted.value}
          question={t("hand.confirm", { cell: cell.id, what: title, act: words(wanted) })}
          title={title}
          onSend={send}
          onWithdraw={() => setWanted(undefined)}
        />
      )}
      <CommandNote sending={sending} tag={tag} />
    </section>
  );
}
