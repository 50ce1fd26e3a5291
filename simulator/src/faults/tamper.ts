/** Faults of the data: what happens to samples between a PLC's image and the publishers, whatever their protocol. The cell itself runs on untouched. */
import { Quality, type TagDefinition } from "@cellhouse/shared";
import { type Rng, uniform } from "@cellhouse/shared/process";
import type { PlcImage, Tampering } from "../contracts.ts";

/** Single samples of `tag` off by `size` of its range, one each `every` s on average. */
interface Spike {
  tag: number;
  size: number;
  every: number;
}

interface Held {
  tag: number;
  time: number;
  value: number;
  quality: number;
  due: number;
}

/** No two wrong clocks of a PLC give the same milliseconds, nor those of the right one: (tag, source time) stays a sample's name. */
const CLOCKS = 32;
const CLOCK_STEP_MS = 3;

export class Tamper implements Tampering {
  /** Offset of the clock, ms, and its drift, ppm. */
  offset = 0;
  drift = 0;
  /** ms everything is held back; share held back a random part of `shuffleMs` more; share sent twice. */
  late = 0;
  shuffle = 0;
  shuffleMs = 0;
  share = 0;
  readonly spikes: Spike[] = [];
  readonly #image: PlcImage;
  readonly #rng: Rng;
  readonly #stuck: Uint8Array;
  readonly #bad: Uint8Array;
  /** The value a stuck tag stands at, NaN before its first sample. */
  readonly #stuckAt: Float64Array;
  /** Time of the image's sample last looked at. */
  readonly #seen: Float64Array;
  readonly #shown: { value: Float64Array; quality: Uint8Array; time: Float64Array };
  #held: Held[] = [];
  #following = false;
  #now = 0;
  /** Milliseconds of this wrong clock, how many there were, and what it has run away by. */
  #residue = 0;
  #clocks = 0;
  #drifted = 0;

  constructor(image: PlcImage, rng: Rng) {
    const n = image.definitions.length;
    this.#image = image;
    this.#rng = rng;
    this.#stuck = new Uint8Array(n);
    this.#bad = new Uint8Array(n);
    this.#stuckAt = new Float64Array(n).fill(Number.NaN);
    this.#seen = new Float64Array(n);
    this.#shown = { value: new Float64Array(n), quality: new Uint8Array(n), time: new Float64Array(n) };
  }

  get active(): boolean {
    return this.#following || this.#set();
  }

  /** Takes every setting away; what is held back goes out, in its order. */
  clear(): void {
    this.offset = this.drift = this.late = this.shuffle = this.shuffleMs = this.share = 0;
    this.spikes.length = 0;
    this.#stuck.fill(0);
    this.#bad.fill(0);
  }

  /** Holds a tag at its value, or makes it Bad; by its name. */
  stick(tag: string): void {
    this.#stuck[this.index(tag)] = 1;
  }

  spoil(tag: string): void {
    this.#bad[this.index(tag)] = 1;
  }

  index(tag: string): number {
    return this.#image.definitions.findIndex((d) => d.name === tag);
  }

  twice(): boolean {
    return this.share > 0 && uniform(this.#rng) < this.share;
  }

  pass(): Pick<PlcImage, "value" | "quality" | "time"> {
    const { time } = this.#image;
    if (!this.#following) this.#follow();
    this.#turnClock();
    for (let i = 0; i < time.length; i++) {
      if (time[i] === this.#seen[i]) continue;
      this.#seen[i] = time[i] as number;
      this.#take(i);
    }
    this.#release();
    this.#following = this.#set() || this.#held.length > 0 || this.#differs();
    return this.#shown;
  }

  /** Some tag still shows another sample than the image: were the image published now, its last one would go out a second time. */
  #differs(): boolean {
    const { time } = this.#image;
    for (let i = 0; i < time.length; i++) if (this.#shown.time[i] !== time[i]) return true;
    return false;
  }

  #set(): boolean {
    const { offset, drift, late, shuffle, share, spikes } = this;
    return (
      offset !== 0 ||
      drift !== 0 ||
      late > 0 ||
      shuffle > 0 ||
      share > 0 ||
      spikes.length > 0 ||
      this.#stuck.includes(1) ||
      this.#bad.includes(1)
    );
  }

  /** Begins with what the image shows. */
  #follow(): void {
    const { value, quality, time } = this.#image;
    this.#seen.set(time);
    this.#shown.value.set(value);
    this.#shown.quality.set(quality);
    this.#shown.time.set(time);
    this.#now = 0;
  }

  /** Now is the image's latest scan. */
  #turnClock(): void {
    const before = this.#now;
    for (const time of this.#image.time) if (time > this.#now) this.#now = time;
    if (this.offset === 0 && this.drift === 0) this.#residue = this.#drifted = 0;
    else if (this.#residue === 0) this.#residue = CLOCK_STEP_MS * (1 + (this.#clocks++ % CLOCKS));
    else this.#drifted += this.drift * 1e-6 * (this.#now - before);
  }

  /** One new sample of the image, as the faults let it look. */
  #take(i: number): void {
    const { value, quality, time, definitions } = this.#image;
    const skew = this.offset + this.#drifted + this.#residue;
    const isClock = (definitions[i] as TagDefinition).type === "ms";
    const held: Held = {
      tag: i,
      time: (time[i] as number) + skew,
      value: isClock ? (value[i] as number) + skew : this.#altered(i, value[i] as number),
      quality: this.#bad[i] === 1 ? Quality.Bad : (quality[i] as number),
      due: this.#now + this.late,
    };
    if (this.shuffle > 0 && uniform(this.#rng) < this.shuffle) held.due += uniform(this.#rng) * this.shuffleMs;
    if (held.due <= this.#now && this.#held.length === 0) this.#show(held);
    else this.#held.push(held);
  }

  #altered(i: number, value: number): number {
    if (this.#stuck[i] === 0) this.#stuckAt[i] = Number.NaN;
    else if (Number.isNaN(this.#stuckAt[i])) this.#stuckAt[i] = this.#shown.value[i] as number;
    let altered = this.#stuck[i] === 1 ? (this.#stuckAt[i] as number) : value;
    const { range, scanMs } = this.#image.definitions[i] as TagDefinition;
    for (const { tag, size, every } of this.spikes)
      if (tag === i && uniform(this.#rng) < scanMs / 1000 / every) altered += size * (range[1] - range[0]);
    return altered === value ? value : Math.min(range[1], Math.max(range[0], altered));
  }

  /** Shows what is due, of each tag the oldest; once nothing holds samples back, all that waits, in its order. */
  #release(): void {
    if (this.#held.length === 0) return;
    const free = this.late === 0 && this.shuffle === 0;
    const shown = new Set<number>();
    this.#held = this.#held.filter((held) => {
      if ((held.due > this.#now && !free) || shown.has(held.tag)) return true;
      shown.add(held.tag);
      this.#show(held);
      return false;
    });
  }

  #show({ tag, value, quality, time }: Held): void {
    this.#shown.value[tag] = value;
    this.#shown.quality[tag] = quality;
    this.#shown.time[tag] = time;
  }
}
