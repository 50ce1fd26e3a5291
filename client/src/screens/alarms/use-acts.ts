/** What can be done with the chosen alarm, and why it cannot. */
import type { Alarm } from "@cellhouse/shared";
import { useState } from "react";
import { useCapabilities, useLive, useObservable, usePlant } from "../../live/hooks.ts";
import { type Reason, whyNoAcknowledge } from "../../parts/capability.ts";
import { useGo } from "../../parts/go.tsx";
import { homeOf } from "../../parts/plant-words.ts";
import { firstPen, writePens } from "../../parts/trend/pens/pens.ts";

const TREND_MS = 1_800_000;

export interface Acts {
  why: Reason | undefined;
  refusal: unknown;
  acknowledge(comment?: string): void;
  shelve(minutes: number, reason: string): void;
  unshelve(): void;
  reset(): void;
  /** To its cell or line. */
  goto(): void;
  /** To the trend of its tag around the moment it was raised; to its cell where it has none. */
  trend(): void;
}

export function useActs(alarm: Alarm | undefined): Acts {
  const live = useLive();
  const plant = usePlant();
  const go = useGo();
  const [refusal, setRefusal] = useState<unknown>();
  const why = whyNoAcknowledge(useObservable(live.phase) === "live", useCapabilities());
  const act = (what: string, body: object): void => {
    if (alarm === undefined || why !== undefined) return;
    setRefusal(undefined);
    live.api.send("POST", `alarms/${encodeURIComponent(alarm.id)}/${what}`, body).catch(setRefusal);
  };
  const goto = (): void => {
    if (alarm !== undefined) go(homeOf(plant, alarm.cell));
  };
  const trend = (): void => {
    const tag = plant.tag(alarm?.tag ?? "");
    if (tag === undefined || typeof alarm?.raised !== "number") goto();
    else {
      const view = { pens: writePens([firstPen(tag)]), at: String(Math.round(alarm.raised)), span: String(TREND_MS) };
      go(`/trends?${new URLSearchParams(view).toString()}`);
    }
  };
  return {
    why,
    refusal,
    acknowledge: (comment = "") => act("ack", { occurrence: alarm?.occurrence, ...(comment === "" ? {} : { comment }) }),
    shelve: (minutes, reason) => act("shelve", { minutes, reason }),
    unshelve: () => act("unshelve", {}),
    reset: () => act("reset", {}),
    goto,
    trend,
  };
}
