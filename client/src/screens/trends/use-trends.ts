/** The Trends screen's state: all of it stands in the address, so that an address is a view. */
import type { Tag } from "@cellhouse/shared";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { presentParams, useAddress } from "../../parts/go.tsx";
import { TrendModel } from "../../parts/trend/model.ts";
import { type Pen, readPens, withPen, writePens } from "../../parts/trend/pens/pens.ts";
import { lastView, rememberView } from "../../parts/trend/pens/shelf.ts";
import { LONGEST, readSpan } from "../../parts/trend/window.ts";
import { setpointOf } from "./plot/levels.ts";
import type { Layout } from "./plot/scales.ts";

const USUAL = 3_600_000;

export type CursorName = "a" | "b";

export interface TrendsView {
  model: TrendModel;
  pens: readonly Pen[];
  /** Paths in the address that are no tags here. */
  unknown: readonly string[];
  chosen: Pen | undefined;
  /** Its setpoint, drawn beside it. */
  setpoint: Tag | undefined;
  /** How far behind the comparison is, ms; 0: there is none. */
  behind: number;
  /** Scales one above the other, or all over the whole height. */
  layout: Layout;
  cursors: Readonly<Record<CursorName, number | undefined>>;
  setPens(pens: readonly Pen[]): void;
  /** False when there is no place left. */
  add(tag: Tag): boolean;
  choose(pen: Pen): void;
  compare(behind: number): void;
  arrange(layout: Layout): void;
  setCursor(name: CursorName, time: number | undefined): void;
  /** Shows another address's view. */
  recall(address: string): void;
}

export function useTrends(): TrendsView {
  const live = useLive();
  const plant = usePlant();
  const [own, address] = useAddress();
  const [start] = useState(() => (own.has("pens") ? own : over(lastView(), own)));
  const params = own.has("pens") ? own : start;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is read once; after that the model leads and the address follows
  const model = useMemo(() => new TrendModel(live, readSpan(start, live.now(), USUAL)), [live]);
  const text = params.get("pens") ?? "";
  const { pens, unknown } = useMemo(() => readPens(text, plant), [text, plant]);
  const pick = Number(params.get("pick") ?? 0);
  const chosen = pens.find((pen) => pen.place === pick) ?? pens[0];
  const setpoint = chosen === undefined || chosen.hidden ? undefined : setpointOf(chosen.tag, plant);
  // The address follows a little later than the hand: two taps in a row must not mean the same cursor.
  const [cursors, setCursors] = useState(() => ({ a: numberOf(params, "a"), b: numberOf(params, "b") }));
  const behind = numberOf(params, "vs", LONGEST) ?? 0;
  useWatching(model, { pens, setpoint, behind });
  useWriting(model, params, address);
  return {
    ...{ model, pens, unknown, chosen, setpoint, behind },
    layout: params.get("lay") === "shared" ? "shared" : "lanes",
    arrange: (layout) => address({ lay: layout === "shared" ? layout : "" }),
    cursors,
    setPens: useCallback((next) => address({ pens: writePens(next) || "," }), [address]),
    add: (tag) => {
      const next = withPen(readPens(presentParams().get("pens") ?? text, plant).pens, tag);
      if (next !== undefined) address({ pens: writePens(next), pick: String(next.find((pen) => pen.tag === tag)?.place ?? 0) });
      return next !== undefined;
    },
    choose: (pen) => address({ pick: String(pen.place) }),
    compare: (next) => address({ vs: next > 0 ? String(Math.round(next)) : "" }),
    setCursor: (name, time) => {
      setCursors((now) => ({ ...now, [name]: time === undefined ? undefined : Math.round(time) }));
      address({ [name]: time === undefined ? "" : String(Math.round(time)) });
    },
    recall: (view) => {
      const next = new URLSearchParams(view);
      model.show(readSpan(next, live.now(), USUAL));
      setCursors({ a: numberOf(next, "a"), b: numberOf(next, "b") });
      const kept = ["pens", "pick", "vs", "lay", "a", "b", "span", "end"];
      address(Object.fromEntries(kept.map((name) => [name, next.get(name) ?? ""])));
    },
  };
}

/** What the address says wins over what was seen last. */
function over(before: URLSearchParams, own: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams(before);
  for (const [name, value] of own) params.set(name, value);
  return params;
}

function numberOf(params: URLSearchParams, name: string, most = 8.64e15): number | undefined {
  const value = Number(params.get(name) ?? Number.NaN);
  return Number.isFinite(value) && value > 0 && value <= most ? value : undefined;
}

function useWatching(model: TrendModel, { pens, setpoint, behind }: Pick<TrendsView, "pens" | "setpoint" | "behind">): void {
  useEffect(() => {
    const shown = pens.map((pen) => pen.tag);
    model.watch(setpoint === undefined || shown.includes(setpoint) ? shown : [...shown, setpoint], behind);
  }, [model, pens, setpoint, behind]);
  useEffect(() => {
    model.start();
    return () => model.stop();
  }, [model]);
}

/** Written when the span has settled, not with each tick. */
function useWriting(model: TrendModel, params: URLSearchParams, address: (changes: Record<string, string>) => void): void {
  const { from, to, following } = useObservable(model.window);
  const { busy } = useObservable(model.past);
  const [end, span] = [following ? 0 : Math.round(to), Math.round(to - from)];
  // biome-ignore lint/correctness/useExhaustiveDependencies: pens and the rest are written where they change
  useEffect(() => {
    if (busy) return;
    const pens = presentParams().has("pens") ? {} : { pens: params.get("pens") ?? "," };
    address({ ...pens, at: "", span: String(span), end: end === 0 ? "" : String(end) });
    rememberView(presentParams());
  }, [busy, end, span, params.toString()]);
}
