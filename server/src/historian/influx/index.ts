/** History in InfluxDB by its 1.x API, readable by Grafana or the `influx` shell without us: samples, and rows of 10 s, 1 min and 1 h beside them. */
import type { Clock, Frame, Plant } from "@cellhouse/shared";
import { z } from "zod";
import type { BucketColumns, Counters, Historian, HistorianStats, RawColumns, RawQuery, Resolution, RollupQuery } from "../../contracts.ts";
import { BucketRows, knownQuality, ROLLUP_MS, ROLLUPS, rollUp, wholeMs, widen } from "../buckets.ts";
import type { Level } from "./doubts.ts";
import { groupsOf } from "./groups.ts";
import { PARTS, type Place, placesOf } from "./places.ts";
import { parseInfluxUrl } from "./server.ts";
import { Store } from "./store.ts";
import { rowsOf, samplesOf } from "./tables.ts";
import { SampleWriter } from "./writer.ts";

const days = z.number().int().min(0).default(0);

export const influxSettings = z.strictObject({
  /** http://user:pass@host:8086/database */
  url: z.string().refine((text) => {
    try {
      return parseInfluxUrl(text) !== undefined;
    } catch {
      return false;
    }
  }, "must look like http://user:pass@host:8086/database"),
  /** How long each resolution is kept, days; 0: for ever, as rows of 1 h always are. */
  keepDays: z.strictObject({ raw: days, "10s": days, "1m": days }).default({ raw: 0, "10s": 0, "1m": 0 }),
});

/** So many rows to a bucket and InfluxDB puts them together for less than it costs to send them: fewer, and it does not. */
const LEAST_TOGETHER = 10;
const RESOLUTIONS: readonly Resolution[] = ["raw", ...ROLLUPS];

export class InfluxHistorian implements Historian {
  readonly #store: Store;
  readonly #places: readonly Place[];
  readonly #writer: SampleWriter;

  constructor(settings: z.infer<typeof influxSettings>, deps: { plant: Plant; clock: Clock; counters?: Counters | undefined }) {
    const places = placesOf(deps.plant);
    const store = new Store(settings, deps);
    this.#store = store;
    this.#places = places;
    this.#writer = new SampleWriter({ store, places, startedAt: deps.clock.now(), counters: deps.counters });
  }

  async start(): Promise<void> {
    await this.#store.prepare();
  }

  write(frames: readonly Frame[]): Promise<void> {
    return this.#writer.write(frames);
  }

  async raw(query: RawQuery): Promise<RawColumns> {
    const { from, to, limit, tag, signal } = wholeMs(query);
    const { series, key } = this.#place(tag);
    const table = await this.#store.points({ series, resolution: "raw", columns: fields(key.name, ["", ".q"]), from, to, limit, signal });
    return samplesOf(table, key.name);
  }

  /** Stored rows, put together where there are many to a bucket; in place of those still open or in doubt what raw gives now. */
  async rollup(query: RollupQuery): Promise<BucketColumns> {
    const { rollup, width = 0 } = query;
    const many = width >= LEAST_TOGETHER * ROLLUP_MS[rollup];
    return (many ? await this.#together({ ...query, width }) : undefined) ?? this.#single(query);
  }

  /** Undefined where InfluxDB will not put them together. */
  async #together(query: RollupQuery & { width: number }): Promise<BucketColumns | undefined> {
    const { width } = query;
    const spans = await this.#unsettled(query, width);
    const [stored, ...made] = await Promise.all([
      groupsOf(this.#store, this.#place(query.tag), query),
      ...spans.map(async (span) => widen(await this.#single({ ...query, ...span }), { from: span.from, width })),
    ]);
    return stored && withSpans(stored, spans, made);
  }

  async #single(query: RollupQuery): Promise<BucketColumns> {
    const { tag, rollup, signal } = query;
    const spans = await this.#unsettled(query, ROLLUP_MS[rollup]);
    const [stored, ...made] = await Promise.all([
      this.#stored(query),
      ...spans.map(async (span) => rollUp(await this.raw({ tag, ...span, limit: Number.MAX_SAFE_INTEGER, signal }), rollup)),
    ]);
    return withSpans(stored, spans, made);
  }

  /** Buckets of `width` with rows that InfluxDB does not hold as they should be, as far as raw is kept. */
  async #unsettled({ tag, rollup, from, to }: RollupQuery, width: number): Promise<Span[]> {
    const { raw } = await this.#store.reach();
    const starts = this.#writer.unsettled(ROLLUPS.indexOf(rollup) as Level, tag, { from: Math.max(from, raw), to });
    return spansOf(starts, { from, to, width });
  }

  async #stored({ tag, rollup, from, to, signal }: RollupQuery): Promise<BucketColumns> {
    const { series, key } = this.#place(tag);
    const columns = fields(
      key.name,
      PARTS.map((part) => `.${part}`),
    );
    return rowsOf(await this.#store.points({ series, resolution: rollup, columns, from, to, signal }), key.name, rollup);
  }

  async at(tag: RawQuery["tag"], time: number): ReturnType<Historian["at"]> {
    const { series, key } = this.#place(tag);
    const span = { from: Number.NEGATIVE_INFINITY, to: Math.floor(time) + 1 };
    const last = { columns: fields(key.name, ["", ".q"]), limit: 1, newestFirst: true } as const;
    const found = samplesOf(await this.#store.points({ series, resolution: "raw", ...span, ...last }), key.name);
    if (found.time.length === 0) return undefined;
    return { time: found.time[0] as number, value: found.value[0] as number, quality: knownQuality(found.quality[0] as number) };
  }

  async position(): Promise<number> {
    await this.#store.prepare();
    return this.#store.position;
  }

  setPosition(position: number): Promise<void> {
    return this.#writer.setPosition(position);
  }

  reach(): Promise<Record<Resolution, number>> {
    return this.#store.reach();
  }

  /** Rows made again from what was stored, because something was late or begun by a process before us. */
  get remade(): number {
    return this.#writer.remade;
  }

  /** Counting everything would read everything: `rows` is what this process wrote; size and age are InfluxDB's own matter. */
  async stats(): Promise<HistorianStats> {
    const { stored } = this.#writer;
    const unknown = { bytes: 0, oldest: undefined, newest: undefined };
    return { engine: "influx", resolutions: RESOLUTIONS.map((resolution) => ({ resolution, rows: stored[resolution], ...unknown })) };
  }

  /** What cannot be stored now is behind the position, and comes again. */
  async stop(): Promise<void> {
    await this.#writer.stop().catch(() => undefined);
  }

  #place(tag: number): Place {
    return this.#places[tag] as Place;
  }
}

function fields(name: string, ends: readonly string[]): string {
  return ends.map((end) => `"${name}${end}"`).join(", ");
}

interface Span {
  from: number;
  to: number;
}

/** The buckets of `width` that hold the starts, which are in order, as spans of those that follow each other, within the question's. */
function spansOf(starts: readonly number[], { from, to, width }: Span & { width: number }): Span[] {
  const spans: Span[] = [];
  for (const start of starts) {
    const own = Math.floor(start / width) * width;
    const last = spans.at(-1);
    if (last !== undefined && last.to >= own) last.to = Math.min(to, own + width);
    else spans.push({ from: Math.max(from, own), to: Math.min(to, own + width) });
  }
  return spans;
}

/** Stored rows, with what was made for each span in place of theirs. */
function withSpans(stored: BucketColumns, spans: readonly Span[], made: readonly BucketColumns[]): BucketColumns {
  if (spans.length === 0) return stored;
  const most = made.reduce((sum, { time }) => sum + time.length, stored.time.length);
  const rows = new BucketRows(most, stored);
  const put = (from: BucketColumns, i: number): void => {
    rows.open(from.time[i] as number);
    rows.row(from, i);
  };
  let next = 0;
  const storedUntil = (time: number, use: boolean): void => {
    for (; next < stored.time.length && (stored.time[next] as number) < time; next++) if (use) put(stored, next);
  };
  for (const [i, { from, to }] of spans.entries()) {
    storedUntil(from, true);
    storedUntil(to, false);
    const span = made[i] as BucketColumns;
    for (let k = 0; k < span.time.length; k++) put(span, k);
  }
  storedUntil(Number.POSITIVE_INFINITY, true);
  return rows.columns();
}
