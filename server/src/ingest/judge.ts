/** The one place where a sample's own plausibility becomes quality, for every driver alike. */
import { type Frame, type Plant, Quality } from "@cellhouse/shared";
import type { Counters } from "../contracts.ts";

const DAY = 86_400_000;
/** No PLC of this plant is older: a source time before it is a clock that was never set. */
const FIRST_POSSIBLE = Date.UTC(2000, 0, 1);

/**
 * Makes a judge over a plant's ranges. It changes the frame's quality, and its time where that is impossible:
 * no number, or outside the physical range -> Bad, the number kept; source time before 2000 or more than a day
 * ahead of `receivedAt` -> the time of arrival, at best Uncertain (counted as `source_time`).
 * What the PLC holds as setpoint or parameter is not a measurement and is not judged by range.
 */
export function createJudge(plant: Plant, counters: Counters): (frame: Frame) => void {
  // A 32-bit float may lie beyond the decimal limit it was rounded from: the limits are widened to their own rounding.
  const low = Float64Array.from(plant.tags, ({ definition: d }) =>
    d.access === "rw" ? -Infinity : Math.min(d.range[0], Math.fround(d.range[0])),
  );
  const high = Float64Array.from(plant.tags, ({ definition: d }) =>
    d.access === "rw" ? Infinity : Math.max(d.range[1], Math.fround(d.range[1])),
  );
  return (frame) => {
    let impossible = 0;
    for (let i = 0; i < frame.count; i++) {
      const tag = frame.tag[i] as number;
      const value = frame.value[i] as number;
      if (!(value >= (low[tag] as number) && value <= (high[tag] as number))) frame.quality[i] = Quality.Bad;
      const time = frame.time[i] as number;
      if (!isPossible(time, frame.receivedAt)) {
        frame.time[i] = frame.receivedAt;
        if ((frame.quality[i] as number) < Quality.Uncertain) frame.quality[i] = Quality.Uncertain;
        impossible++;
      }
    }
    if (impossible > 0) counters.rejected("source_time", impossible);
  };
}

/** Whether a clock can have said this: not before 2000, not more than a day ahead of ours (`now`, epoch ms). */
export function isPossible(time: number, now: number): boolean {
  return time >= FIRST_POSSIBLE && time <= now + DAY;
}
