/** A cell in words, for hover and for screen readers. */
import { Quality } from "@cellhouse/shared";
import type { TFunction } from "i18next";
import type { Live } from "../../live/live.ts";
import { age, figure, signed } from "../../parts/format.ts";
import { emptyFacts, type Place, readFacts } from "./facts.ts";

const facts = emptyFacts();

export function tellCell(t: TFunction, live: Live, place: Place): string[] {
  const { cell } = place;
  readFacts(place, live.store, facts);
  const alarm = live.alarms.get().worst.get(cell.id);
  const head = `${cell.id} · ${cell.line.id} · ${cell.recipe.name}`;
  const first = alarm === undefined ? [head] : [head, t("hall.tip.alarm", { priority: alarm })];
  if (facts.quality === Quality.Bad) return [...first, t("quality.bad")];
  if (facts.quality === Quality.Stale) return [...first, `${t("quality.stale")} ${age(live.now() - facts.time)}`];
  return [
    ...first,
    t("hall.tip.temperature", { value: figure(facts.temperature, 1), by: signed(facts.temperature - cell.recipe.temperature, 1) }),
    t("hall.tip.voltage", { value: figure(facts.voltage, 2), by: signed(facts.voltage - cell.cellClass.voltage, 2) }),
    t("hall.tip.current", { value: figure(facts.current, 0) }),
    t("hall.tip.oxide", { value: figure(facts.oxide, 2) }),
    t("hall.tip.feed", { value: figure(facts.feed, 2), command: figure(facts.command, 2) }),
    ...(facts.letter === "" ? [] : [t(`letter.${facts.letter}`)]),
    ...(facts.running ? [] : [t("hall.tip.stopped")]),
  ];
}
