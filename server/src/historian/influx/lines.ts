/** Samples as InfluxDB lines: one line per cell and time with a field per tag, and `<tag>.q` where the quality is not Good. */
import type { Frame, Plant, Tag } from "@cellhouse/shared";
import { knownQuality } from "../buckets.ts";

/** Characters per request: InfluxDB likes batches of some thousand points. */
const BODY_LIMIT = 1_000_000;

/** Where a tag lives: `cell,site=BT,area=EL1,line=L01,cell=C001`, and the same as a condition. */
export interface Place {
  measurement: "cell" | "line";
  series: string;
  condition: string;
  field: string;
}

/** The place of every tag, by TagId. */
export function placesOf(plant: Plant): Place[] {
  return plant.tags.map((tag) => placeOf(tag, plant));
}

function placeOf(tag: Tag, { site, area }: Plant): Place {
  const keys: [string, string][] = [
    ["site", site],
    ["area", area],
    ["line", tag.line],
  ];
  const measurement = tag.owner === tag.line ? "line" : "cell";
  if (measurement === "cell") keys.push(["cell", tag.owner]);
  return {
    measurement,
    series: [measurement, ...keys.map(([key, value]) => `${key}=${value}`)].join(","),
    condition: keys.map(([key, value]) => `"${key}"='${value}'`).join(" AND "),
    field: tag.definition.name,
  };
}

/** Something to do in order: lines to send, or a number that a later arrival took back. */
export type Step = { lines: string; samples: number } | { erase: { tag: number; time: number } };

/**
 * A field once written stays until written over, and a missing number writes none. So a sample that may replace one
 * (not newer than the last of its tag, or older than this process) says its quality even when Good, and takes back the
 * number by `erase` when it has none.
 */
export class LineWriter {
  readonly #places: readonly Place[];
  /** Newest time written per tag. */
  readonly #newest: Float64Array;

  constructor(places: readonly Place[], startedAt: number) {
    this.#places = places;
    this.#newest = new Float64Array(places.length).fill(startedAt);
  }

  steps(frames: readonly Frame[]): Step[] {
    const steps: Step[] = [];
    let body = "";
    let samples = 0;
    const cut = (): void => {
      if (body !== "") steps.push({ lines: body, samples });
      body = "";
      samples = 0;
    };
    for (const frame of frames) {
      let open: { series: string; time: number } | undefined;
      const close = (): void => {
        if (open !== undefined) body += ` ${open.time}\n`;
        open = undefined;
      };
      for (let i = 0; i < frame.count; i++) {
        const tag = frame.tag[i] as number;
        const { series, field } = this.#places[tag] as Place;
        const time = Math.round(frame.time[i] as number);
        const again = time <= (this.#newest[tag] as number);
        const missing = !Number.isFinite(frame.value[i]);
        if (!again) this.#newest[tag] = time;
        if (open !== undefined && (again || open.series !== series || open.time !== time)) close();
        if (again && missing) {
          cut();
          steps.push({ erase: { tag, time } });
        }
        body += open === undefined ? `${series} ` : ",";
        open = { series, time };
        body += fields(field, missing ? undefined : (frame.value[i] as number), knownQuality(frame.quality[i] as number), again);
        samples++;
      }
      close();
      if (body.length > BODY_LIMIT) cut();
    }
    cut();
    return steps;
  }
}

/** A Good sample without a number would leave no trace: it is stored as Uncertain. */
function fields(field: string, value: number | undefined, quality: number, again: boolean): string {
  if (value === undefined) return `${field}.q=${Math.max(1, quality)}`;
  return quality > 0 || again ? `${field}=${value},${field}.q=${quality}` : `${field}=${value}`;
}
