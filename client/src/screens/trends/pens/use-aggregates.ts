/** Figures between the cursors, of every sample there is, from the server; until they are there, of what is drawn. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { query } from "../../../live/api.ts";
import { useLive } from "../../../live/hooks.ts";
import { type Pen, shortPath } from "../../../parts/trend/pens/pens.ts";

/** A cursor that is moved does not ask at every step, ms. */
const SETTLE_MS = 300;

interface Figures {
  tag: string;
  min: number | null;
  max: number | null;
  mean: number | null;
  /** Share of the span with a value to believe. */
  coverage: number;
}

export function useAggregates(pens: readonly Pen[], a: number | undefined, b: number | undefined): ReadonlyMap<string, Figures> {
  const live = useLive();
  const tags = pens.map((pen) => shortPath(pen.tag)).join(",");
  const asked =
    a === undefined || b === undefined || a === b || tags === "" ? "" : query({ tags, from: Math.min(a, b), to: Math.max(a, b) });
  const settled = useSettled(asked);
  const { data } = useQuery({
    queryKey: ["aggregates", settled],
    queryFn: ({ signal }) => live.api.get<{ series: Figures[] }>(`history/aggregates${settled}`, signal),
    enabled: settled !== "",
    staleTime: 60_000,
    retry: false,
  });
  const current = settled === asked ? data : undefined;
  return new Map((current?.series ?? []).map((figures) => [figures.tag, figures]));
}

function useSettled(value: string): string {
  const { clock } = useLive();
  const [settled, setSettled] = useState(value);
  useEffect(() => clock.at(clock.now() + SETTLE_MS, () => setSettled(value)), [value, clock]);
  return settled;
}
