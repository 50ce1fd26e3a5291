/** Who wrote to this cell last, what came of it. */
import type { Cell, Command, Tag } from "@cellhouse/shared";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { query } from "../../live/api.ts";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { near } from "../format.ts";
import { meaning } from "../plant-words.ts";
import { endOf } from "./command.ts";
import { actOf } from "./hand.ts";

const SHOWN = 4;

export function LastWrite({ cell }: { cell: Cell }) {
  const live = useLive();
  const { t } = useTranslation();
  const plant = usePlant();
  const heard = useObservable(live.commands);
  const epoch = useObservable(live.epoch);
  const { data } = useQuery({
    queryKey: ["commands", cell.id, epoch],
    queryFn: () => live.api.get<{ commands: Command[] }>(`commands${query({ from: "now-24h", to: "now" })}`),
    staleTime: 60_000,
  });
  const known = new Map((data?.commands ?? []).map((c) => [c.id, c]));
  for (const [id, command] of heard) known.set(id, command);
  const own = [...known.values()].filter((c) => plant.tag(c.tag)?.owner === cell.id).sort((a, b) => b.at - a.at);
  if (own.length === 0) return null;
  return (
    <section className="last-writes">
      <h3>{t("faceplate.last")}</h3>
      <ul>
        {own.slice(0, SHOWN).map((c) => (
          <li key={c.id}>
            <strong>{c.tag.split(":")[1]}</strong> {orderWords(t, plant.tag(c.tag), c.value)}{" "}
            {t("faceplate.by", { by: c.by, time: near(c.at, live.now(), plant.description.timezone) })}:{" "}
            {t(endOf(plant.tag(c.tag), c.state))}
            {c.reason !== undefined && <span className="reason-said">{t("faceplate.said", { reason: c.reason })}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function orderWords(t: TFunction, tag: Tag | undefined, value: number): string {
  const name = tag?.definition.name ?? "";
  const act = actOf(name, value);
  return act === undefined ? meaning(tag, value) : `${t(`hand.${name}.name`)}: ${t(`hand.${name}.${act.words}`, { n: act.n })}`;
}
