/** The live values of the browser: columns by tag id, subscribers per tag, one flush per animation frame. No React here. */
import { Quality, type ValuesMessage } from "@cellhouse/shared";

/** Sees every sample at once, also those a frame would overtake: what trends are fed from. */
export type SampleSink = (time: number, value: number, quality: number) => void;
export type Flush = (changed: readonly number[]) => void;

export class Store {
  /** `NaN` before the first sample. */
  value = new Float64Array(0);
  /** Source time, epoch ms. */
  time = new Float64Array(0);
  quality = new Uint8Array(0);
  /** Of the last message, on the clock of the pipe. */
  receivedAt = 0;
  /** Samples taken in since the start; the footer of the System page shows it. */
  samples = 0;

  #index: Int32Array = new Int32Array(0);
  #dirty = new Uint8Array(0);
  #changed: number[] = [];
  #listeners = new Map<number, Set<() => void>>();
  #sinks = new Map<number, Set<SampleSink>>();
  #flushes = new Set<Flush>();
  #scheduled = false;
  #schedule: (run: () => void) => void;

  constructor(schedule: (run: () => void) => void) {
    this.#schedule = schedule;
  }

  /** Room for a plant of `tags` tags; everything known before is forgotten. */
  resize(tags: number): void {
    this.value = new Float64Array(tags).fill(Number.NaN);
    this.time = new Float64Array(tags);
    this.quality = new Uint8Array(tags).fill(Quality.Stale);
    this.#dirty = new Uint8Array(tags);
    this.#changed = [];
    this.#index = new Int32Array(0);
  }

  /** The socket's index: wire position -> tag id, -1 for a tag this plant does not have. */
  setIndex(index: Int32Array): void {
    this.#index = index;
  }

  /** Takes in one message; positions outside the index are left out. */
  apply(message: ValuesMessage): void {
    this.receivedAt = message.receivedAt;
    for (let i = 0; i < message.count; i++) {
      const tag = this.#index[message.tag[i] as number] ?? -1;
      if (tag < 0) continue;
      this.samples++;
      this.#put(tag, message.time[i] as number, message.value[i] as number, message.quality[i] as number);
    }
    this.#wake();
  }

  #put(tag: number, time: number, value: number, quality: number): void {
    this.value[tag] = value;
    this.time[tag] = time;
    this.quality[tag] = quality;
    if (this.#dirty[tag] === 0) {
      this.#dirty[tag] = 1;
      this.#changed.push(tag);
    }
    const sinks = this.#sinks.get(tag);
    if (sinks !== undefined) for (const sink of sinks) sink(time, value, quality);
  }

  /** Time jumped: nothing shown so far counts any more. */
  forget(): void {
    this.value.fill(Number.NaN);
    this.quality.fill(Quality.Stale);
    this.touchAll();
  }

  /** Every tag counts as changed: all that is drawn is drawn again. */
  touchAll(): void {
    this.#dirty.fill(1);
    this.#changed = Array.from(this.#dirty, (_, i) => i);
    this.#wake();
  }

  /** What is watched and stale is drawn again, so that its age goes on counting. */
  touchStale(): void {
    for (const tag of this.#listeners.keys()) {
      if (this.quality[tag] !== Quality.Stale || this.#dirty[tag] === 1) continue;
      this.#dirty[tag] = 1;
      this.#changed.push(tag);
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#scheduled || this.#changed.length === 0) return;
    this.#scheduled = true;
    this.#schedule(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    const changed = this.#changed;
    this.#changed = [];
    for (const tag of changed) {
      this.#dirty[tag] = 0;
      const listeners = this.#listeners.get(tag);
      if (listeners !== undefined) for (const listener of listeners) listener();
    }
    for (const flush of this.#flushes) flush(changed);
  };

  /** Calls `listener` in the frame after the tag changed. */
  onTag(tag: number, listener: () => void): () => void {
    return add(this.#listeners, tag, listener);
  }

  onSample(tag: number, sink: SampleSink): () => void {
    return add(this.#sinks, tag, sink);
  }

  /** Calls `flush` once per frame with all that changed. */
  onFlush(flush: Flush): () => void {
    this.#flushes.add(flush);
    return () => this.#flushes.delete(flush);
  }
}

function add<T>(map: Map<number, Set<T>>, key: number, item: T): () => void {
  const set = map.get(key) ?? new Set<T>();
  map.set(key, set.add(item));
  return () => {
    set.delete(item);
    if (set.size === 0 && map.get(key) === set) map.delete(key);
  };
}
