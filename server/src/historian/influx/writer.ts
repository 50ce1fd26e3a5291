/** Samples on their way in: raw lines, rows as they close, and the repair of those that what came late has touched. */
import { type Frame, Quality } from "@cellhouse/shared";
import type { BucketColumns, Counters, Resolution } from "../../contracts.ts";
import { knownQuality, ROLLUPS } from "../buckets.ts";
import { Doubts, type Level, WIDTHS } from "./doubts.ts";
import { Lines } from "./lines.ts";
import { Outbox, type Parcel } from "./outbox.ts";
import type { FieldKey, Place, Series } from "./places.ts";
import { type RepairDeps, repair } from "./repair.ts";
import { type RowParts, Rows } from "./rows.ts";
import type { Store } from "./store.ts";

/** Rows in doubt that are too many to wait until they are left alone. */
const MOST_DOUBTS = 20_000;
const RESOLUTIONS: readonly Resolution[] = ["raw", ...ROLLUPS];

export interface SampleWriterDeps {
  store: Store;
  places: readonly Place[];
  /** Samples not newer than the start of this process may replace some. */
  startedAt: number;
  counters: Counters | undefined;
}

/** One write at a time. What one could not send it keeps, and sends before the next. */
export class SampleWriter {
  readonly #o: SampleWriterDeps;
  readonly #doubts = new Doubts();
  readonly #rows: Rows;
  readonly #repair: RepairDeps;
  readonly #lines: Readonly<Record<Resolution, Lines>> = { raw: new Lines(), "10s": new Lines(), "1m": new Lines(), "1h": new Lines() };
  readonly #outbox = new Outbox((parcel) => this.#send(parcel));
  /** Newest time taken, per tag. */
  readonly #newest: Float64Array;
  /** The oldest row under way, per level. */
  readonly #leaving: [number, number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  /** Positions told and not stored yet, each with the number of writes before it. */
  readonly #told: { writes: number; position: number }[] = [];
  /** A sample in the raw lines may replace an earlier one. */
  #behind = false;
  #takenBack: { tag: number; time: number } | undefined;
  #samples = 0;
  #repaired = 0;
  #reach: Record<Resolution, number> = { raw: 0, "10s": 0, "1m": 0, "1h": 0 };
  /** Rows made again, because something was late or begun by a process before us. */
  remade = 0;
  /** Samples and rows stored by this process; the rows include those made again. */
  readonly stored: Record<Resolution, number> = { raw: 0, "10s": 0, "1m": 0, "1h": 0 };

  constructor(options: SampleWriterDeps) {
    const { places, store } = options;
    this.#o = options;
    this.#newest = new Float64Array(places.length).fill(Number.NEGATIVE_INFINITY);
    this.#rows = new Rows({ places, doubts: this.#doubts, sink: (level, tag, start, row) => this.#row(level, tag, start, row) });
    this.#repair = {
      places,
      series: seriesOf(places),
      rows: this.#rows,
      doubts: this.#doubts,
      kept: (resolution) => this.#reach[resolution],
      read: (series, resolution, { from, to }) => store.points({ series, resolution, columns: "*", from, to }),
      remove: (series, level, span) => store.remove(series, ROLLUPS[level] as Resolution, span),
      replace: (level, tag, rows, i) => this.#replace(level, tag, rows, i),
      settle: () => this.#settle(),
    };
  }

  /** Throws E_HISTORIAN: then the same frames come again. */
  async write(frames: readonly Frame[]): Promise<void> {
    this.#reach = await this.#o.store.reach();
    await this.#outbox.again();
    this.#rows.begin();
    for (const frame of frames) {
      this.#advance(frame.receivedAt);
      for (let i = 0; i < frame.count; ) {
        i = this.#take(frame, i);
        if (this.#takenBack !== undefined) await this.#takeBack(this.#takenBack);
      }
      if (this.#lines.raw.full) await this.#ship(false);
    }
    await this.#settle();
    const many = this.#doubts.size > MOST_DOUBTS;
    if (this.#repaired === this.#rows.sweeps && !many) return;
    this.remade += await repair(this.#repair, many ? Number.POSITIVE_INFINITY : this.#rows.sweeps);
    this.#repaired = this.#rows.sweeps;
  }

  /** Stores the newest position told of which nothing waits in a row: what came before it would outlive a crash. */
  async setPosition(position: number): Promise<void> {
    const told = { writes: this.#rows.writes, position };
    const last = this.#told.at(-1);
    if (last?.position !== position || last.writes !== told.writes) this.#told.push(told);
    await this.#mark();
  }

  /** Starts of the rows of a tag, in order, that InfluxDB does not hold as they should be. */
  unsettled(level: Level, tag: number, { from, to }: { from: number; to: number }): number[] {
    const starts = this.#rows.unsettled(level, tag);
    for (let start = Math.max(from, this.#leaving[level]); start < to; start += WIDTHS[level]) starts.add(start);
    return [...starts].filter((start) => start >= from && start < to).sort((a, b) => a - b);
  }

  /** Stores everything as it stands. Throws E_HISTORIAN. */
  async stop(): Promise<void> {
    if (this.#rows.writes === 0) return;
    await this.#outbox.again();
    this.#rows.flush();
    await this.#settle();
    this.remade += await repair(this.#repair, Number.POSITIVE_INFINITY);
    await this.#mark();
  }

  async #mark(): Promise<void> {
    const oldest = Math.min(this.#rows.oldest(), this.#doubts.oldest());
    const safe = this.#told.findLastIndex(({ writes }) => writes < oldest);
    if (safe < 0) return;
    await this.#o.store.setPosition((this.#told[safe] as { position: number }).position);
    this.#told.splice(0, safe + 1);
  }

  #advance(receivedAt: number): void {
    const before = this.#rows.sweeps;
    this.#rows.advance(receivedAt);
    // A row given as it stands may be given once more: never in one line.
    if (this.#rows.sweeps !== before) for (const rollup of ROLLUPS) this.#lines[rollup].close();
  }

  /**
   * Takes the samples from `from` on, or until one whose number must be taken back; returns where to go on. A field once written
   * stays until written over, and a missing number writes none. So a sample that may replace one (not newer than the last of
   * its tag, or older than this process) says its quality even when Good, and has `#takenBack` remove the number when it has none.
   */
  #take(frame: Frame, from: number): number {
    const lines = this.#lines.raw;
    for (let i = from; i < frame.count; i++) {
      const tag = frame.tag[i] as number;
      const { series, key } = this.#o.places[tag] as Place;
      const time = Math.round(frame.time[i] as number);
      const late = time <= (this.#newest[tag] as number);
      const again = late || time <= this.#o.startedAt;
      const value = Number.isFinite(frame.value[i]) ? (frame.value[i] as number) : Number.NaN;
      const quality = storedQuality(value, frame.quality[i] as number);
      if (!late) this.#newest[tag] = time;
      if (again) lines.close();
      lines.at(series.head.raw, time);
      if (!Number.isNaN(value)) lines.field(key.value, value);
      if (quality !== Quality.Good || again) lines.field(key.quality, quality);
      this.#rows.add(tag, time, value, quality, late);
      this.#samples++;
      if (!again) continue;
      this.#behind = true;
      if (Number.isNaN(value)) this.#takenBack = { tag, time };
      if (Number.isNaN(value)) return i + 1;
    }
    return frame.count;
  }

  /** Takes one number back. InfluxDB deletes whole points, so the point's other fields are written again. One that cannot delete keeps the number, under its new quality. */
  async #takeBack({ tag, time }: { tag: number; time: number }): Promise<void> {
    this.#takenBack = undefined;
    await this.#settle();
    const { store, places } = this.#o;
    const { series, key } = places[tag] as Place;
    const span = { from: time, to: time + 1 };
    const { columns, values } = await store.points({ series, resolution: "raw", columns: "*", ...span });
    const row = values[0];
    if (row === undefined || row[columns.indexOf(key.name)] == null) return;
    this.#rows.takenBack(tag, time);
    const rest = columns.flatMap((name, i) =>
      typeof row[i] === "number" && name !== "time" && name !== key.name ? [`${name}=${row[i]}`] : [],
    );
    const point = `${new TextDecoder().decode(series.head.raw)} ${rest.join(",")} ${time}\n`;
    if (!(await store.remove(series, "raw", span))) this.#o.counters?.dropped("historian_refused");
    else if (rest.length > 0) await this.#outbox.put({ resolution: "raw", lines: Buffer.from(point), samples: 0, behind: true });
  }

  #row(level: Level, tag: number, start: number, row: RowParts): void {
    const { lines, parts } = this.#open(level, tag, start);
    if (row.count > 0) {
      lines.field(parts[0], row.min);
      lines.field(parts[1], row.max);
      if (Number.isFinite(row.sum)) lines.mean(parts[2], row.sum / row.count);
      lines.field(parts[3], row.first);
      lines.field(parts[4], row.last);
    }
    lines.field(parts[5], row.count);
    if (row.quality !== Quality.Good) lines.field(parts[6], row.quality);
    if (start < this.#leaving[level]) this.#leaving[level] = start;
  }

  /** As `#row`, for one that may stand there already: its quality is said even when Good. */
  #replace(level: Level, tag: number, rows: BucketColumns, i: number): void {
    const { lines, parts } = this.#open(level, tag, rows.time[i] as number);
    const columns = [rows.min, rows.max, rows.mean, rows.first, rows.last] as const;
    for (const [part, column] of columns.entries())
      if (Number.isFinite(column[i])) lines.field(parts[part] as Uint8Array, column[i] as number);
    lines.field(parts[5], rows.count[i] as number);
    lines.field(parts[6], rows.quality[i] as number);
  }

  #open(level: Level, tag: number, start: number): { lines: Lines; parts: FieldKey["parts"] } {
    const resolution = ROLLUPS[level] as Resolution;
    const { series, key } = this.#o.places[tag] as Place;
    const lines = this.#lines[resolution];
    lines.at(series.head[resolution], start);
    this.stored[resolution]++;
    return { lines, parts: key.parts };
  }

  /** Sends what is full, or all. */
  async #ship(all: boolean): Promise<void> {
    for (const resolution of RESOLUTIONS) {
      const lines = this.#lines[resolution];
      if (lines.empty || !(all || lines.full)) continue;
      const raw = resolution === "raw";
      const parcel = { resolution, lines: lines.take(), samples: raw ? this.#samples : 0, behind: raw && this.#behind };
      if (raw) [this.#samples, this.#behind] = [0, false];
      await this.#outbox.put(parcel);
    }
  }

  async #settle(): Promise<void> {
    await this.#ship(true);
    await this.#outbox.settle();
    this.#leaving.fill(Number.POSITIVE_INFINITY);
  }

  /** Lines InfluxDB refuses for good (another field type, beyond its retention) are counted and left out: waiting would not help. */
  async #send({ resolution, lines, samples }: Parcel): Promise<void> {
    const refused = await this.#o.store.write(resolution, lines);
    this.#lines[resolution].giveBack(lines);
    if (refused === undefined) this.stored.raw += samples;
    else if (resolution === "raw") this.#o.counters?.dropped("historian_refused", Number(/dropped=(\d+)/.exec(refused)?.[1] ?? samples));
    else this.#o.counters?.dropped("historian_row_refused", Number(/dropped=(\d+)/.exec(refused)?.[1] ?? 1));
  }
}

/** A Good sample without a number would leave no trace: it is stored as Uncertain. */
function storedQuality(value: number, quality: number): Quality {
  const known = knownQuality(quality);
  return Number.isNaN(value) && known === Quality.Good ? Quality.Uncertain : known;
}

function seriesOf(places: readonly Place[]): Series[] {
  return [...new Set(places.map(({ series }) => series))].sort((a, b) => a.index - b.index);
}
