/** History in InfluxDB by its 1.x API, readable by Grafana or the `influx` shell without us. */
import { type Clock, Fault, type Frame, type Plant } from "@cellhouse/shared";
import { z } from "zod";
import type { BucketColumns, Counters, Historian, HistorianStats, RawColumns, RawQuery, Resolution, RollupQuery } from "../../contracts.ts";
import { knownQuality, rollUp, wholeMs } from "../buckets.ts";
import { createGate } from "../gate.ts";
import { LineWriter, type Place, placesOf } from "./lines.ts";
import { InfluxServer, parseInfluxUrl } from "./server.ts";

export const influxSettings = z.strictObject({
  /** http://user:pass@host:8086/database */
  url: z.string().refine((text) => {
    try {
      return parseInfluxUrl(text) !== undefined;
    } catch {
      return false;
    }
  }, "must look like http://user:pass@host:8086/database"),
});

/** Rows asked for at once: an answer is one JSON text. */
const PAGE = 50_000;
/** InfluxDB's time is 64-bit nanoseconds. */
const MAX_MS = 9_223_372_036_854;
const _NS_PER_MS = 1_000_000;

/** Where the worst quality stands in a row of buckets: behind time, min, max, mean, first, last and count. */
const _WORST = 7;

export class InfluxHistorian implements Historian {
  readonly #server: InfluxServer;
  readonly #places: readonly Place[];
  readonly #writer: LineWriter;
  readonly #counters: Counters | undefined;
  readonly #gate = createGate({ running: 4, waiting: 200 });
  readonly #mark: string;
  #written = 0;

  constructor({ url }: z.infer<typeof influxSettings>, deps: { plant: Plant; clock: Clock; counters?: Counters | undefined }) {
    this.#server = new InfluxServer(url, deps.clock);
    this.#places = placesOf(deps.plant);
    this.#writer = new LineWriter(this.#places, deps.clock.now());
    this.#counters = deps.counters;
    this.#mark = `cellhouse,site=${deps.plant.site},area=${deps.plant.area}`;
  }

  start(): Promise<void> {
    return this.#server.prepare();
  }

  /** Lines the server refuses for good (another field type, beyond its retention) are counted and left out: waiting would not help. */
  async write(frames: readonly Frame[]): Promise<void> {
    await this.#server.prepare();
    for (const step of this.#writer.steps(frames)) {
      if ("erase" in step) await this.#erase(step.erase.tag, step.erase.time);
      else await this.#send(step.lines, step.samples);
    }
  }

  async #send(lines: string, samples: number): Promise<void> {
    const { refused } = await this.#server.write(lines);
    if (refused === undefined) this.#written += samples;
    else this.#counters?.dropped("historian_refused", Number(/dropped=(\d+)/.exec(refused)?.[1] ?? samples));
  }

  /** Takes one number back. InfluxDB deletes whole points, so the point's other fields are written again. */
  async #erase(tag: number, time: number): Promise<void> {
    const { measurement, series, condition, field } = this.#place(tag);
    const where = `${condition} AND time = ${time}ms`;
    const [point] = await this.#server.query(`SELECT * FROM "${measurement}" WHERE ${where}`);
    const row = point?.values[0];
    if (point === undefined || row === undefined || row[point.columns.indexOf(field)] == null) return;
    await this.#server.query(`DELETE FROM "${measurement}" WHERE ${where}`, "POST");
    const rest = point.columns.flatMap((name, i) =>
      typeof row[i] === "number" && name !== "time" && name !== field ? [`${name}=${row[i]}`] : [],
    );
    if (rest.length > 0) await this.#send(`${series} ${rest.join(",")} ${time}\n`, 0);
  }

  async raw(query: RawQuery): Promise<RawColumns> {
    const { to, limit, tag } = wholeMs(query);
    const place = this.#place(tag);
    const rows: (number | null)[][] = [];
    for (let from = Math.ceil(query.from); rows.length < limit; ) {
      const ask = Math.min(PAGE, limit - rows.length);
      const page = await this.#select(columnsOf(place), place, { from, to }, `LIMIT ${ask}`);
      rows.push(...page);
      if (page.length < ask) break;
      from = (page.at(-1)?.[0] as number) + 1;
    }
    return {
      time: Float64Array.from(rows, (row) => row[0] as number),
      value: Float64Array.from(rows, (row) => row[1] ?? Number.NaN),
      quality: Uint8Array.from(rows, (row) => knownQuality(row[2] ?? 0)),
      received: new Float64Array(rows.length).fill(Number.NaN),
    };
  }

  async rollup({ tag, rollup, from, to }: RollupQuery): Promise<BucketColumns> {
    return rollUp(await this.raw({ tag, from, to, limit: Number.MAX_SAFE_INTEGER }), rollup);
  }

  async at(tag: RawQuery["tag"], time: number): ReturnType<Historian["at"]> {
    const place = this.#place(tag);
    const [row] = await this.#select(columnsOf(place), place, { from: -MAX_MS, to: Math.floor(time) + 1 }, "ORDER BY time DESC LIMIT 1");
    if (row === undefined) return undefined;
    return { time: row[0] as number, value: row[1] ?? Number.NaN, quality: knownQuality(row[2] ?? 0) };
  }

  async position(): Promise<number> {
    await this.#server.prepare();
    const [table] = await this.#server.query(`SELECT last("position") FROM "cellhouse" WHERE ${conditionOf(this.#mark)}`);
    return Number(table?.values[0]?.[1] ?? 0);
  }

  async setPosition(position: number): Promise<void> {
    const { refused } = await this.#server.write(`${this.#mark} position=${position} 0\n`);
    if (refused !== undefined) throw new Fault("E_HISTORIAN", `InfluxDB refuses the position: ${refused}`);
  }

  async reach(): Promise<Record<Resolution, number>> {
    const always = Number.NEGATIVE_INFINITY;
    return { raw: always, "10s": always, "1m": always, "1h": always };
  }

  /** Counting everything would read everything: `rows` is what this process wrote; size and age are InfluxDB's own matter. */
  async stats(): Promise<HistorianStats> {
    return { engine: "influx", resolutions: [{ resolution: "raw", rows: this.#written, bytes: 0, oldest: undefined, newest: undefined }] };
  }

  async stop(): Promise<void> {}

  async #select(what: string, place: Place, span: { from: number; to: number }, rest: string): Promise<(number | null)[][]> {
    const from = Math.max(span.from, -MAX_MS);
    const to = Math.min(span.to, MAX_MS);
    const text = `SELECT ${what} FROM "${place.measurement}" WHERE ${place.condition} AND time >= ${from}ms AND time < ${to}ms ${rest}`;
    const [table] = await this.#gate(() => this.#server.query(text));
    return (table?.values ?? []) as (number | null)[][];
  }

  #place(tag: number): Place {
    return this.#places[tag] as Place;
  }
}

function columnsOf({ field }: Place): string {
  return `"${field}", "${field}.q"`;
}

function conditionOf(series: string): string {
  const [, ...pairs] = series.split(",");
  return pairs.map((pair) => pair.replace(/^(.*)=(.*)$/, `"$1"='$2'`)).join(" AND ");
}
