/** Decides which values of a PLC's image are due: the reporting half of a PLC's communication processor, the same for every protocol. */
import { Quality, type TagDefinition } from "@cellhouse/shared";
import type { PlcImage } from "../contracts.ts";

/** `raw`: every scan of a tag. `exception`: only beyond the deadband. Tags without a scan rate go on change in both. */
export type PublishMode = "raw" | "exception";

/** No quality has this code: the tag was never handed out. */
const NEVER = 255;

/**
 * Follows one image, whose PLC stamps each tag when it scans it. After `collect` the indices to send stand in `due[0 .. count)` and their samples in
 * `time`, `value`, `quality`: what was last handed out, by tag index. No two samples of a tag share a source time.
 */
export class Sampler {
  readonly image: PlcImage;
  readonly due: Uint16Array;
  count = 0;
  /** Whole epoch ms. */
  readonly time: Float64Array;
  /** As it goes over the wire: f32 tags rounded to f32. */
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly #raw: boolean;
  /** The image's own time of each tag when last looked at: a new one is a new scan. */
  readonly #seen: Float64Array;

  constructor(image: PlcImage, mode: PublishMode) {
    const n = image.definitions.length;
    this.image = image;
    this.due = new Uint16Array(n);
    this.time = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
    this.value = new Float64Array(n).fill(Number.NaN);
    this.quality = new Uint8Array(n).fill(NEVER);
    this.#raw = mode === "raw";
    this.#seen = new Float64Array(n).fill(Number.NaN);
  }

  /** What has become due since the last call; the first gives every tag. */
  collect(): number {
    this.count = 0;
    for (let i = 0; i < this.due.length; i++) if (this.#isDue(i)) this.#take(i);
    return this.count;
  }

  /** Every tag, due or not: for a birth. What stands unchanged since it was last handed out keeps its sample and is not listed in `due`. */
  collectAll(): number {
    this.count = 0;
    for (let i = 0; i < this.due.length; i++) {
      this.#seen[i] = this.image.time[i] as number;
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

  #isDue(i: number): boolean {
    const { scanMs, deadband } = this.image.definitions[i] as TagDefinition;
    const time = this.image.time[i] as number;
    const scanned = time !== this.#seen[i];
    this.#seen[i] = time;
    if (!scanned && scanMs > 0) return false;
    return (this.#raw && scanMs > 0) || this.#quality(i) !== this.quality[i] || this.#moved(i, deadband);
  }

  #moved(i: number, deadband: number): boolean {
    const before = this.value[i] as number;
    const value = onWire(this.image.definitions[i] as TagDefinition, this.image.value[i] as number);
    return Math.abs(value - before) > deadband || Number.isNaN(value) !== Number.isNaN(before);
  }

  /** A number that is missing is Bad, whatever the PLC says. */
  #quality(i: number): number {
    return Number.isNaN(this.image.value[i]) ? Quality.Bad : (this.image.quality[i] as number);
  }

  #take(i: number): void {
    const { image } = this;
    const value = onWire(image.definitions[i] as TagDefinition, image.value[i] as number);
    const quality = this.#quality(i);
    let time = Math.round(image.time[i] as number);
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
