/** The mode of a cell: press, look at the change, press again. */
import { type Cell, MODES, Quality } from "@cellhouse/shared";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "../../live/hooks.ts";
import { type Situation, whyNoCommand } from "../capability.ts";
import { CommandNote } from "./command-note.tsx";
import { Confirm } from "./confirm.tsx";
import { type Seen, useCommand } from "./use-command.ts";

const OFFERED = ["MAN", "AUTO", "CASCADE"] as const;

export function ModeButtons({ cell, situation }: { cell: Cell; situation: Situation }) {
  const { t } = useTranslation();
  const { store } = useLive();
  const tag = cell.tags.get("HS-910");
  const sending = useCommand(tag);
  const [wanted, setWanted] = useState<(typeof OFFERED)[number]>();
  const [seen, setSeen] = useState<Seen>({ value: Number.NaN, time: 0 });
  const choose = (mode: (typeof OFFERED)[number]): void => {
    if (tag !== undefined) setSeen({ value: store.value[tag.id] as number, time: store.time[tag.id] as number });
    setWanted(mode);
  };
  const why = whyNoCommand(situation);
  const withdraw = (): void => setWanted(undefined);
  const send = (reason: string): void => {
    if (wanted !== undefined) sending.send(MODES.indexOf(wanted), seen, reason);
    withdraw();
  };
  return (
    <section className="faceplate" aria-label={t("cell.mode")}>
      <header>
        <h3>{t("cell.mode")}</h3> <code>HS-910</code>
      </header>
      <div className="modes" data-stale={situation.quality >= Quality.Stale}>
        {OFFERED.map((mode) => (
          <button
            key={mode}
            type="button"
            aria-pressed={situation.mode === mode}
            data-wanted={wanted === mode}
            disabled={why !== undefined || situation.mode === mode}
            onClick={() => choose(mode)}
          >
            {mode}
          </button>
        ))}
      </div>
      {why !== undefined && <p className="why">{t(`why.${why}`)}</p>}
      {wanted !== undefined && (
        <Confirm
          key={wanted}
          question={t("faceplate.modeConfirm", { cell: cell.id, from: situation.mode ?? "–", to: wanted })}
          title={t("cell.mode")}
          onSend={send}
          onWithdraw={withdraw}
        />
      )}
      <CommandNote sending={sending} tag={tag} />
    </section>
  );
}
