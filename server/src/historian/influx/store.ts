/** One database as the engine uses it: its measurements, where they are kept, and the mark that says how far the record is in it. */
import { type Clock, Fault, type Plant } from "@cellhouse/shared";
import type { Resolution } from "../../contracts.ts";
import { ROLLUP_MS } from "../buckets.ts";
import { type Series, SUFFIX } from "./places.ts";
import { Policies, type Retention } from "./policies.ts";
import { InfluxServer } from "./server.ts";
import { EMPTY, type Table } from "./tables.ts";

/** Points asked for at once: an answer is one JSON text. */
const PAGE = 50_000;
/** InfluxDB's time is 64-bit nanoseconds. */
const MAX_MS = 9_223_372_036_854;

export interface StoreSpan {
  from: number;
  to: number;
}

export interface PointQuery extends StoreSpan {
  series: Series;
  resolution: Resolution;
  /** As SELECT takes them. */
  columns: string;
  limit?: number;
  newestFirst?: boolean;
  signal?: AbortSignal | undefined;
}

export interface PointBucketQuery extends StoreSpan {
  series: Series;
  resolution: Resolution;
  /** ms; buckets begin at whole multiples of it. */
  width: number;
  /** As SELECT takes them. */
  columns: string;
  /** What a point must fulfil to be counted. */
  condition?: string;
  /** What `columns` are made of, where that is no field. */
  of?: string;
  signal?: AbortSignal | undefined;
}

export class Store {
  readonly #server: InfluxServer;
  readonly #clock: Clock;
  readonly #keepDays: Retention;
  readonly #site: string;
  readonly #area: string;
  #policies: Policies | undefined;
  /** Rows are whole from here on; before it a Cellhouse that made none may have written. */
  #rowsSince = Number.NEGATIVE_INFINITY;
  #position = 0;

  constructor({ url, keepDays }: { url: string; keepDays: Retention }, { plant, clock }: { plant: Plant; clock: Clock }) {
    this.#server = new InfluxServer(url, clock);
    this.#clock = clock;
    this.#keepDays = keepDays;
    this.#site = plant.site;
    this.#area = plant.area;
  }

  /** The position stored last. */
  get position(): number {
    return this.#position;
  }

  /** Makes or finds database, policies and mark; again after InfluxDB was found without them. Throws E_HISTORIAN. */
  async prepare(): Promise<Policies> {
    if (this.#policies !== undefined && this.#server.ready) return this.#policies;
    await this.#server.prepare();
    const policies = await Policies.keep(this.#server, this.#keepDays);
    await this.#readMark(policies);
    this.#policies = policies;
    return policies;
  }

  /** Since when each resolution is whole, epoch ms. */
  async reach(): Promise<Record<Resolution, number>> {
    const policies = await this.prepare();
    const now = this.#clock.now();
    const rows = (resolution: Resolution): number => Math.max(this.#rowsSince, policies.keptSince(resolution, now));
    return { raw: policies.keptSince("raw", now), "10s": rows("10s"), "1m": rows("1m"), "1h": rows("1h") };
  }

  /** Points in order of time, page by page. */
  async points(query: PointQuery): Promise<Table> {
    const { limit = Number.POSITIVE_INFINITY, to } = query;
    let table = await this.#page(query, Math.min(PAGE, limit));
    for (let page = table; page.values.length === PAGE && table.values.length < limit; ) {
      const from = (page.values.at(-1)?.[0] as number) + 1;
      page = await this.#page({ ...query, from, to }, Math.min(PAGE, limit - table.values.length));
      table = { columns: table.columns, values: table.values.concat(page.values) };
    }
    return table;
  }

  async #page({ series, resolution, columns, from, to, newestFirst, signal }: PointQuery, limit: number): Promise<Table> {
    const order = newestFirst === true ? "ORDER BY time DESC " : "";
    const text = `SELECT ${columns} ${await this.#source(series, resolution, { from, to })} ${order}LIMIT ${limit}`;
    return (await this.#server.query(text, { signal }))[0] ?? EMPTY;
  }

  /** What points give together, bucket by bucket in order of time; undefined where InfluxDB will not. Throws E_HISTORIAN. */
  async groups({ series, resolution, width, columns, condition, of, from, to, signal }: PointBucketQuery): Promise<Table | undefined> {
    const source = await this.#source(series, resolution, { from, to });
    // The span stands outside once more: InfluxDB would else lay buckets from 1970 until now.
    const points = of === undefined ? source : `FROM (SELECT ${of} ${source}) WHERE ${within({ from, to })}`;
    const where = condition === undefined ? points : `${points} AND ${condition}`;
    const tables = await this.#server.allowed(`SELECT ${columns} ${where} GROUP BY time(${width}ms) fill(none)`, { method: "GET", signal });
    return tables && (tables[0] ?? EMPTY);
  }

  async #source(series: Series, resolution: Resolution, span: StoreSpan): Promise<string> {
    const policies = await this.prepare();
    return `FROM ${policies.from(measurementOf(series, resolution), resolution)} WHERE ${series.condition} AND ${within(span)}`;
  }

  /** Takes whole points away; false where InfluxDB cannot. Throws E_HISTORIAN. */
  async remove(series: Series, resolution: Resolution, span: StoreSpan): Promise<boolean> {
    const where = `${series.condition} AND ${within(span)}`;
    return (await this.#server.allowed(`DELETE FROM "${measurementOf(series, resolution)}" WHERE ${where}`)) !== undefined;
  }

  /** What InfluxDB refuses for good, undefined for nothing. Throws E_HISTORIAN when it could not take the lines now. */
  async write(resolution: Resolution, lines: string | Buffer<ArrayBuffer>): Promise<string | undefined> {
    const policies = await this.prepare();
    return (await this.#server.write(lines, policies.name(resolution))).refused;
  }

  async setPosition(position: number): Promise<void> {
    const since = Number.isFinite(this.#rowsSince) ? this.#rowsSince : 0;
    const refused = await this.write("1h", `cellhouse,site=${this.#site},area=${this.#area} position=${position},rows=${since} 0\n`);
    if (refused !== undefined) throw new Fault("E_HISTORIAN", `InfluxDB refuses the position: ${refused}`);
    this.#position = position;
  }

  /** The mark stands beside the rows that stay for ever. One among the samples is older than rows were. */
  async #readMark(policies: Policies): Promise<void> {
    const read = async (resolution: Resolution): Promise<Table | undefined> => {
      const where = `"site"='${this.#site}' AND "area"='${this.#area}'`;
      return (
        await this.#server.query(`SELECT "position", "rows" FROM ${policies.from("cellhouse", resolution)} WHERE ${where} LIMIT 1`)
      )[0];
    };
    const table = (await read("1h")) ?? (await read("raw")) ?? EMPTY;
    const [, position, rows] = table.values[0] ?? [0, 0, 0];
    this.#position = Number(position ?? 0);
    const hour = ROLLUP_MS["1h"];
    const since = rows === null ? Math.ceil(this.#clock.now() / hour) * hour : Number(rows);
    this.#rowsSince = since === 0 ? Number.NEGATIVE_INFINITY : since;
  }
}

function measurementOf({ measurement }: Series, resolution: Resolution): string {
  return `${measurement}${SUFFIX[resolution]}`;
}

function within({ from, to }: StoreSpan): string {
  return `time >= ${Math.max(from, -MAX_MS)}ms AND time < ${Math.min(to, MAX_MS)}ms`;
}
