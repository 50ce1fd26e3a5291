/** The hall by one quantity: five greys from below its lower limit to above its upper one. Pure. */
import { inLimits } from "../../../parts/limits.ts";
import { type Facts, OXIDE_WINDOW, type Place } from "../facts.ts";

export const METRICS = ["temperature", "voltage", "oxide"] as const;
export type Metric = (typeof METRICS)[number];
/** The tag of each, in a cell. */
export const METRIC_TAGS = { temperature: "TY-100", voltage: "EI-201", oxide: "AY-301" } as const satisfies Record<Metric, string>;

/** How much ink is in the paper of each step: numbers stay readable on all of them, the last stands out. */
export const TONE_INK = [0, 0.09, 0.18, 0.27, 0.75] as const;
const EDGES = [-1, -1 / 3, 1 / 3, 1] as const;

export interface Tone {
  /** 0 at or below the lower limit, 2 at the aim, 4 at or above the upper limit. */
  step: number;
  text: string;
  unit: string;
}

/** The metric an address names; undefined for none. */
export const metricOf = (text: string | null): Metric | undefined => METRICS.find((m) => m === text);

/** Undefined where the value is not known. */
export function toneOf(metric: Metric, place: Place, facts: Facts): Tone | undefined {
  const value = facts[metric];
  if (Number.isNaN(value)) return undefined;
  const { cell } = place;
  if (metric === "temperature")
    return { step: stepOf(inLimits(value, cell.recipe.temperature, place.temperature)), text: value.toFixed(0), unit: "°C" };
  if (metric === "voltage")
    return { step: stepOf(inLimits(value, cell.cellClass.voltage, place.voltage)), text: value.toFixed(2), unit: "V" };
  const { low, high } = OXIDE_WINDOW;
  return { step: stepOf(inLimits(value, (low + high) / 2, OXIDE_WINDOW)), text: value.toFixed(2), unit: "%" };
}

const stepOf = (deviation: number): number => EDGES.filter((edge) => (edge < 0 ? deviation > edge : deviation >= edge)).length;

/** A colour between two of the form `#rrggbb`; `share` 0 gives the first. */
export function mix(from: string, to: string, share: number): string {
  const part = (at: number): string => {
    const [a, b] = [from, to].map((colour) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number];
    return Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${part(1)}${part(3)}${part(5)}`;
}
