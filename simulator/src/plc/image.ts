/** The output image of a PLC: what it knows now, and what it has published at each tag's own scan. */
import { CELL_TAGS, type Cell, LINE_TAGS, type Line, Quality, type TagDefinition } from "@cellhouse/shared";
import type { PlcImage } from "../contracts.ts";

/** Position of a cell tag in the image; a bug when the catalogue has no such tag. */
export function cellIndex(name: string): number {
  return indexIn(CELL_TAGS, name);
}

/** Position of a line tag in the image. */
export function lineIndex(name: string): number {
  return indexIn(LINE_TAGS, name);
}

function indexIn(definitions: readonly TagDefinition[], name: string): number {
  const i = definitions.findIndex((d) => d.name === name);
  if (i < 0) throw new Error(`no tag ${name} in the catalogue`);
  return i;
}

/** Columns of one PLC. The program sets `live`; `publish` moves to `value` what is due. */
export class Image implements PlcImage {
  readonly home: Cell | Line;
  readonly definitions: readonly TagDefinition[];
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly time: Float64Array;
  offline = false;
  readonly #live: Float64Array;
  readonly #liveQuality: Uint8Array;
  readonly #f32: Uint8Array;
  /** Place of each tag's scans on the grid of its period, ms. */
  readonly #phase: Uint32Array;

  /** `phase` ms: this PLC's place within the second. */
  constructor(home: Cell | Line, definitions: readonly TagDefinition[], phase: number) {
    const n = definitions.length;
    this.home = home;
    this.definitions = definitions;
    this.#phase = Uint32Array.from(definitions, ({ scanMs }, i) =>
      scanMs === 0 ? 0 : (phase + (i % Math.max(1, scanMs / 1000)) * 1000) % scanMs,
    );
    this.value = new Float64Array(n).fill(Number.NaN);
    this.quality = new Uint8Array(n);
    this.time = new Float64Array(n);
    this.#live = new Float64Array(n);
    this.#liveQuality = new Uint8Array(n);
    this.#f32 = Uint8Array.from(definitions, (d) => (d.type === "f32" ? 1 : 0));
  }

  /** The program's present value of a measurement; without a number, or outside the tag's range, it is Bad. */
  set(i: number, value: number, quality: Quality = Quality.Good): void {
    const { range } = this.definitions[i] as TagDefinition;
    this.setOwn(i, value, value >= range[0] && value <= range[1] ? quality : Quality.Bad);
  }

  /** As `set`, for what the PLC itself decides (a setpoint has its own clamps, by recipe). */
  setOwn(i: number, value: number, quality: Quality = Quality.Good): void {
    this.#live[i] = this.#f32[i] === 1 ? Math.fround(value) : value;
    this.#liveQuality[i] = quality;
  }

  /** True when tag `i` is due at `now`: a fixed grid, the slow tags of a PLC spread over the seconds of their period. */
  due(i: number, now: number): boolean {
    const { scanMs } = this.definitions[i] as TagDefinition;
    return scanMs > 0 && (now - (this.#phase[i] as number)) % scanMs === 0;
  }

  /** Publishes every tag due at `now`; `all` publishes the rest too (birth). */
  publish(now: number, all = false): void {
    for (let i = 0; i < this.definitions.length; i++) {
      const { scanMs } = this.definitions[i] as TagDefinition;
      if (all || (scanMs > 0 ? this.due(i, now) : this.#changed(i))) this.#take(i, now);
    }
  }

  /** Publishes what reports on change only. */
  publishChanges(now: number): void {
    for (let i = 0; i < this.definitions.length; i++)
      if ((this.definitions[i] as TagDefinition).scanMs === 0 && this.#changed(i)) this.#take(i, now);
  }

  #changed(i: number): boolean {
    return this.#liveQuality[i] !== this.quality[i] || !Object.is(this.#live[i], this.value[i]);
  }

  #take(i: number, now: number): void {
    this.value[i] = this.#live[i] as number;
    this.quality[i] = this.#liveQuality[i] as number;
    this.time[i] = now;
  }
}
