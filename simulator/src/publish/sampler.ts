/** Decides which values of a PLC's image are due: the reporting half of a PLC's communication processor, the same for every protocol. */
import { Quality, type TagDefinition } from "@cellhouse/shared";
import type { PlcImage } from "../contracts.ts";

/** What is looked at: the image's own columns, or what a fault of the data makes of them. */
type Columns = Pick<PlcImage, "value" | "quality" | "time">;

/** `raw`: every scan of a tag. `exception`: only beyond the deadband. Tags without a scan rate go on change in both. */
export type PublishMode = "raw" | "exception";

/** No quality has this code: the tag was never handed out. */
const NEVER = 255;

/**
 * Follows one image, whose PLC stamps each tag when it scans it. After `collect` the indices to send stand in `due[0 .. count)` and their samples in
 * `time`, `value`, `quality`: what was last handed out, by tag index. No two samples of a tag share a source time.
 * `due[count .. count + again)` are of these to be sent a second time: the same samples, not to be counted.
 */
export class Sampler {
  readonly image: PlcImage;
  readonly due: Uint16Array;
  count = 0;
  again = 0;
  /** Whole epoch ms. */
  readonly time: Float64Array;
  /** As it goes over the wire: f32 tags rounded to f32. */
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly #raw: boolean;
  /** The image's own time of each tag when last looked at: a new one is a new scan. */
  readonly #seen: Float64Array;
  #columns: Columns;

  constructor(image: PlcImage, mode: PublishMode) {
    const n = image.definitions.length;
    this.image = image;
    this.#columns = image;
    this.due = new Uint16Array(2 * n);
    this.time = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
    this.value = new Float64Array(n).fill(Number.NaN);
    this.quality = new Uint8Array(n).fill(NEVER);
    this.#raw = mode === "raw";
    this.#seen = new Float64Array(n).fill(Number.NaN);
  }

  /** What has become due since the last call; the first gives every tag. */
  collect(): number {
    this.#look();
    for (let i = 0; i < this.#seen.length; i++) if (this.#isDue(i)) this.#take(i);
    this.#repeat();
    return this.count;
  }

  /** Every tag, due or not: for a birth. What stands unchanged since it was last handed out keeps its sample and is not listed in `due`. */
  collectAll(): number {
    this.#look();
    for (let i = 0; i < this.#seen.length; i++) {
      this.#seen[i] = this.#columns.time[i] as number;
      this.#take(i);
    }
    return this.count;
  }

  /** Gives the time for a sample of tag `i` that the sender makes itself (communication lost or restored): now, but later than its last. */
  stamp(i: number, now: number): number {
    const time = Math.max(now, (this.time[i] as number) + 1);
    this.time[i] = time;
    return time;
  }

  #look(): void {
    const { image } = this;
    this.#columns = image.tamper?.active ? image.tamper.pass() : image;
    this.count = 0;
    this.again = 0;
  }

  #repeat(): void {
    const { tamper } = this.image;
    if (!tamper?.active) return;
    for (let k = 0; k < this.count; k++) if (tamper.twice()) this.due[this.count + this.again++] = this.due[k] as number;
  }

  #isDue(i: number): boolean {
    const { scanMs, deadband } = this.image.definitions[i] as TagDefinition;
    const time = this.#columns.time[i] as number;
    const scanned = time !== this.#seen[i];
    this.#seen[i] = time;
    if (!scanned && scanMs > 0) return false;
    return (this.#raw && scanMs > 0) || this.#quality(i) !== this.quality[i] || this.#moved(i, deadband);
  }

  #moved(i: number, deadband: number): boolean {
    const before = this.value[i] as number;
    const value = onWire(this.image.definitions[i] as TagDefinition, this.#columns.value[i] as number);
    return Math.abs(value - before) > deadband || Number.isNaN(value) !== Number.isNaN(before);
  }

  /** A number that is missing is Bad, whatever the PLC says. */
  #quality(i: number): number {
    const { value, quality } = this.#columns;
    return Number.isNaN(value[i]) ? Quality.Bad : (quality[i] as number);
  }

  #take(i: number): void {
    const value = onWire(this.image.definitions[i] as TagDefinition, this.#columns.value[i] as number);
    const quality = this.#quality(i);
    let time = Math.round(this.#columns.time[i] as number);
    if (time === this.time[i]) {
      if (Object.is(value, this.value[i]) && quality === this.quality[i]) return;
      time += 1;
    }
    this.time[i] = time;
    this.value[i] = value;
    this.quality[i] = quality;
    this.due[this.count++] = i;
  }
}

/** The value as its type can carry it. */
function onWire(definition: TagDefinition, value: number): number {
  if (definition.type === "f32") return Math.fround(value);
  if (Number.isNaN(value) || definition.type === "f64") return value;
  if (definition.type === "bool") return value === 0 ? 0 : 1;
  return definition.type === "u32" ? value >>> 0 : Math.round(value);
}
