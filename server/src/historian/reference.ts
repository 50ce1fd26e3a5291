/** A historian as slow and obvious as can be: what every engine is measured against. */
import { type Frame, Quality } from "@cellhouse/shared";

export interface Sample {
  time: number;
  value: number;
  quality: number;
  received: number;
}

export interface Bucket {
  time: number;
  min: number;
  max: number;
  mean: number;
  first: number;
  last: number;
  count: number;
  quality: number;
}

export class Reference {
  readonly #arrived: (Sample & { tag: number })[] = [];

  write(frame: Frame): void {
    for (let i = 0; i < frame.count; i++)
      this.#arrived.push({
        tag: frame.tag[i] as number,
        time: Math.round(frame.time[i] as number),
        value: frame.value[i] as number,
        quality: frame.quality[i] as number,
        received: frame.receivedAt,
      });
  }

  /** Samples of a tag in order of time, the latest arrival of each. */
  samples(tag: number, from: number, to: number): Sample[] {
    const latest = new Map<number, Sample>();
    for (const { tag: of, ...sample } of this.#arrived) if (of === tag) latest.set(sample.time, sample);
    return [...latest.values()].filter((s) => s.time >= from && s.time < to).sort((a, b) => a.time - b.time);
  }

  at(tag: number, time: number): Sample | undefined {
    return this.samples(tag, Number.NEGATIVE_INFINITY, time + 1).at(-1);
  }

  buckets(tag: number, from: number, to: number, count: number): Bucket[] {
    const groups = Map.groupBy(this.samples(tag, from, to), (s) => Math.floor(((s.time - from) * count) / (to - from)));
    return [...groups].map(([i, samples]) => bucketOf(from + (i * (to - from)) / count, samples));
  }

  /** Buckets whose edges are whole multiples of `width`; the first begins at `from`. */
  multiples(tag: number, from: number, to: number, width: number): Bucket[] {
    const groups = Map.groupBy(this.samples(tag, from, to), ({ time }) => Math.max(from, Math.floor(time / width) * width));
    return [...groups].map(([start, samples]) => bucketOf(start, samples));
  }

  /** Buckets between edges in order. */
  between(tag: number, edges: readonly number[]): Bucket[] {
    return edges.slice(0, -1).map((from, i) => bucketOf(from, this.samples(tag, from, edges[i + 1] as number)));
  }
}

function bucketOf(time: number, samples: readonly Sample[]): Bucket {
  const values = samples.filter((s) => s.quality < Quality.Bad && !Number.isNaN(s.value)).map((s) => s.value);
  const none = values.length === 0;
  return {
    time,
    min: none ? Number.NaN : Math.min(...values),
    max: none ? Number.NaN : Math.max(...values),
    mean: none ? Number.NaN : values.reduce((a, b) => a + b, 0) / values.length,
    first: values[0] ?? Number.NaN,
    last: values.at(-1) ?? Number.NaN,
    count: values.length,
    quality: Math.max(...samples.map((s) => s.quality)),
  };
}
