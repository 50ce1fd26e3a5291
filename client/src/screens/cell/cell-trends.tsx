/** The cell's trends on one time axis: temperature, voltage, resistance, feed, oxide, current. The address keeps the span. */
import type { Cell, Tag } from "@cellhouse/shared";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { limitsOf, normalBand } from "../../parts/limits.ts";
import { TrendModel } from "../../parts/trend/model.ts";
import { type TrendRow, TrendStack } from "../../parts/trend/trend-stack.tsx";
import { readSpan, writeSpan } from "../../parts/trend/window.ts";

const USUAL = 7_200_000;
const ROWS: readonly { tags: readonly string[]; leastSpan: number }[] = [
  { tags: ["TY-100"], leastSpan: 8 },
  { tags: ["EI-201"], leastSpan: 0.5 },
  { tags: ["XI-207"], leastSpan: 40 },
  { tags: ["FI-303", "FIC-303.SPW"], leastSpan: 2 },
  { tags: ["AY-301"], leastSpan: 0.5 },
  { tags: ["II-202"], leastSpan: 200 },
];

export function CellTrends({ cell }: { cell: Cell }) {
  const live = useLive();
  const plant = usePlant();
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const rows = useMemo(
    () =>
      ROWS.map(({ tags, leastSpan }): TrendRow => {
        const found = tags.map((name) => cell.tags.get(name)).filter((tag): tag is Tag => tag !== undefined);
        return { tags: found, leastSpan, band: normalBand(limitsOf(plant.description.alarms, cell, tags[0] ?? "")) };
      }),
    [cell, plant],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is read once; after that the model leads and the address follows
  const model = useMemo(() => new TrendModel(live, readSpan(params, live.now(), USUAL)), [live, cell]);
  useEffect(() => {
    model.watch(rows.flatMap((row) => row.tags));
    model.start();
    return () => model.stop();
  }, [model, rows]);
  const window = useObservable(model.window);
  const loading = useObservable(model.past).busy;
  const { following } = window;
  const end = following ? 0 : window.to;
  const span = window.to - window.from;
  // biome-ignore lint/correctness/useExhaustiveDependencies: written when the span has settled, not with each tick
  useEffect(() => {
    if (!loading) setParams((now) => writeSpan(model.window.get(), now), { replace: true });
  }, [loading, following, end, span]);
  return <TrendStack model={model} rows={rows} label={t("trend.region", { cell: cell.id })} />;
}
