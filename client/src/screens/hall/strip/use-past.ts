/** DC power of the hall over the last eight hours: one request for all lines, asked again as a bucket fills. */
import type { History } from "@cellhouse/shared";
import { useQuery } from "@tanstack/react-query";
import { query } from "../../../live/api.ts";
import { useLive, useObservable, usePlant } from "../../../live/hooks.ts";
import { sumOf } from "./past.ts";

const WIDTH = 300_000;
const COUNT = 96;

/** MW per five minutes, the newest last; empty until known. */
export function usePowerPast(): readonly (number | null)[] {
  const live = useLive();
  const plant = usePlant();
  const epoch = useObservable(live.epoch);
  const { data } = useQuery({
    queryKey: ["hall-power", epoch],
    queryFn: async () => {
      const tags = plant.lines.flatMap((line) => line.tags.get("JI-003")?.path ?? []);
      const to = Math.ceil(live.now() / WIDTH) * WIDTH;
      const span = { from: to - COUNT * WIDTH, to };
      const { series } = await live.api.get<History>(`history${query({ tags: tags.join(","), ...span, points: COUNT })}`);
      return sumOf(series, { from: span.from, width: WIDTH, count: COUNT }).map((kilowatt) => kilowatt && kilowatt / 1000);
    },
    refetchInterval: WIDTH,
    staleTime: WIDTH,
  });
  return data ?? [];
}
