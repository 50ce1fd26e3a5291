/** Times as people write them: UTC, and local time of a zone with its offset. */

const BLOCK_MS = 900_000;
/** Blocks remembered, a few weeks. */
const MOST_BLOCKS = 4096;
const MINUTE_MS = 60_000;

/** What a zone's clocks show. Offsets are known in blocks of a quarter of an hour: they change at no other moment. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  /** Throws a RangeError for a name that is no IANA zone. */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** Add it to UTC to get local time, ms. */
  offset(time: number): number {
    const block = Math.floor(time / BLOCK_MS);
    const known = this.#offsets.get(block);
    if (known !== undefined) return known;
    const parts = Object.fromEntries(this.#format.formatToParts(block * BLOCK_MS).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) - block * BLOCK_MS;
    if (this.#offsets.size >= MOST_BLOCKS) this.#offsets.clear();
    this.#offsets.set(block, offset);
    return offset;
  }

  /** UTC of a local time, the earlier of two; undefined for one the clocks skip. */
  utc(local: number): number | undefined {
    const offsets = [this.offset(local - 86_400_000), this.offset(local + 86_400_000)];
    const found = offsets.map((offset) => local - offset).filter((time) => time + this.offset(time) === local);
    return found.length === 0 ? undefined : Math.min(...found);
  }

  /** `2026-11-22T08:53:18.000+08:00` */
  text(time: number): string {
    const offset = this.offset(time);
    const minutes = Math.abs(offset) / MINUTE_MS;
    const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
    return `${new Date(time + offset).toISOString().slice(0, -1)}${offset < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
  }
}
