/** Who wrote to this cell last, what came of it. */
import type { Cell, Command } from "@cellhouse/shared";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { query } from "../../live/api.ts";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { near } from "../format.ts";
import { meaning } from "../plant-words.ts";

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
            <strong>{c.tag.split(":")[1]}</strong> {meaning(plant.tag(c.tag), c.value)}{" "}
            {t("faceplate.by", { by: c.by, time: near(c.at, live.now(), plant.description.timezone) })}: {t(`command.${c.state}`)}
            {c.reason !== undefined && <span className="reason-said">{t("faceplate.said", { reason: c.reason })}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
