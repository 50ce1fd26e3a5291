/** The faults at work, and the door to order and end them. */
import type { DisturbanceKind } from "@cellhouse/shared";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLive } from "../../live/hooks.ts";

/** What is to go wrong, wherever it is ordered. */
export interface FaultOrder {
  kind: DisturbanceKind;
  /** Seconds until it begins, and how long it lasts; 0: until stopped. */
  after: number;
  seconds: number;
  args: Record<string, number>;
}

export interface OrderedFault extends FaultOrder {
  id: string;
  /** The cell or line it befalls. */
  cell: string;
  by: string;
  at: number;
}

const POLL_MS = 2000;

/** `allowed`: only then the server is asked. `done` counts what the last order has reached, `error` is its first refusal. */
export function useFaults(allowed: boolean) {
  const live = useLive();
  const queries = useQueryClient();
  const [last, setLast] = useState<{ done?: number; error?: unknown }>({});
  const { data } = useQuery({
    queryKey: ["faults"],
    queryFn: () => live.api.get<{ faults: OrderedFault[] }>("faults"),
    enabled: allowed,
    refetchInterval: POLL_MS,
  });
  const act = async (requests: readonly (() => Promise<unknown>)[]): Promise<number> => {
    const results = await Promise.allSettled(requests.map((request) => request()));
    const refused = results.find((result) => result.status === "rejected");
    const done = results.filter((result) => result.status === "fulfilled").length;
    setLast({ done, error: refused?.reason });
    await queries.invalidateQueries({ queryKey: ["faults"] });
    return done;
  };
  return {
    faults: data?.faults ?? [],
    done: last.done,
    error: last.error,
    inject: (cells: readonly string[], order: FaultOrder) =>
      act(cells.map((cell) => () => live.api.send("POST", "faults", { ...order, cell }))),
    end: async (id: string) => {
      await act([() => live.api.send("DELETE", `faults/${id}`)]);
      setLast(({ error }) => ({ error }));
    },
  };
}

/** When it begins and ends, against `now`. */
export function stateOf({ at, after, seconds }: OrderedFault, now: number): { state: "waiting" | "forever" | "running"; left: number } {
  const begins = at + after * 1000;
  if (now < begins) return { state: "waiting", left: begins - now };
  if (seconds === 0) return { state: "forever", left: 0 };
  return { state: "running", left: Math.max(0, begins + seconds * 1000 - now) };
}
