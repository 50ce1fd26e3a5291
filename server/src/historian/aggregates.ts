/** Figures of a span in which a value holds until the next sample, taken in one pass over pages of raw; the definitions stand in `shared/docs/history.md`. */
import { GAP_MS, Quality } from "@cellhouse/shared";
import type { AggregateQuery, Aggregates, Band, RawColumns } from "../contracts.ts";

const HOUR_MS = 3_600_000;

interface Span {
  from: number;
  to: number;
}
type Sample = NonNullable<Aggregates["first"]>;

/** Finds the stretches of a span in which one tag was silent for `GAP_MS` or longer. */
export class Absences {
  readonly found: [number, number][] = [];
  readonly #to: number;
  #heard: number;

  constructor({ from, to }: Span) {
    this.#heard = from;
    this.#to = to;
  }

  /** Samples in order of time, page after page. */
  add({ time }: Pick<RawColumns, "time">): void {
    for (const at of time) this.#until(at);
  }

  /** What is silent to the end is found now. */
  end(): [number, number][] {
    this.#until(this.#to);
    return this.found;
  }

  #until(time: number): void {
    if (time - this.#heard >= GAP_MS) this.found.push([this.#heard, time]);
    this.#heard = time;
  }
}

interface Context extends Span {
  /** The last sample before the span. */
  before: Sample | undefined;
  /** Where the owner's heartbeat was silent, in order. */
  absences: readonly (readonly [number, number])[];
  bands: AggregateQuery["bands"];
}

const HOLDS: Readonly<Record<Band, (value: number, than: number) => boolean>> = {
  above: (value, than) => value > than,
  below: (value, than) => value < than,
  is: (value, than) => value === than,
};

/** Time and excursions of one condition. */
class BandTime {
  ms = 0;
  excursions = 0;
  readonly #holds: (value: number) => boolean;
  #inside = false;

  constructor(band: Band, than: number) {
    this.#holds = (value) => HOLDS[band](value, than);
  }

  held(value: number, ms: number): void {
    const inside = this.#holds(value);
    if (inside) this.ms += ms;
    if (inside && !this.#inside) this.excursions++;
    this.#inside = inside;
  }
}

/** Takes one tag's samples page after page and remembers only sums. */
export class AggregateSums {
  readonly #context: Context;
  readonly #bands: [Band, BandTime][];
  readonly #ms = { good: 0, uncertain: 0, stale: 0, bad: 0, gap: 0 };
  #held: Sample | undefined;
  #since: number;
  #absence = 0;
  #believedMs = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #samples = 0;
  #changes = 0;
  #known: number;
  #first: Sample | undefined;

  constructor(context: Context) {
    this.#context = context;
    this.#held = context.before;
    this.#since = context.from;
    this.#known = context.before !== undefined && believed(context.before) ? context.before.value : Number.NaN;
    this.#bands = (Object.entries(context.bands) as [Band, number][]).map(([band, than]) => [band, new BandTime(band, than)]);
  }

  /** Samples of the span in order of time, page after page. */
  add({ time, value, quality }: RawColumns): void {
    for (let i = 0; i < time.length; i++)
      this.#sample({ time: time[i] as number, value: value[i] as number, quality: quality[i] as Quality });
  }

  #sample(sample: Sample): void {
    this.#hold(sample.time);
    this.#held = sample;
    this.#first ??= sample;
    this.#samples++;
    if (!believed(sample)) return;
    this.#extend(sample.value);
    if (!Number.isNaN(this.#known) && sample.value !== this.#known) this.#changes++;
    this.#known = sample.value;
  }

  /** Ends the span. */
  result(): Aggregates {
    const { from, to } = this.#context;
    this.#hold(to);
    const span = to - from;
    const share = (ms: number): number => ms / span;
    const { good, uncertain, stale, bad, gap } = this.#ms;
    const any = this.#min <= this.#max;
    return {
      mean: this.#believedMs === 0 ? Number.NaN : this.#sum / this.#believedMs,
      min: any ? this.#min : Number.NaN,
      max: any ? this.#max : Number.NaN,
      integral: this.#believedMs === 0 ? Number.NaN : this.#sum / HOUR_MS,
      shares: { good: share(good), uncertain: share(uncertain), stale: share(stale), bad: share(bad), gap: share(gap) },
      coverage: share(this.#believedMs),
      bands: Object.fromEntries(this.#bands.map(([band, { ms, excursions }]) => [band, { ms, excursions }])),
      samples: this.#samples,
      changes: this.#changes,
      first: this.#first,
      last: this.#samples === 0 ? undefined : this.#held,
    };
  }

  /** What is held stands until `time`, less the gaps. */
  #hold(time: number): void {
    const ms = time - this.#since;
    const gap = this.#held === undefined ? ms : this.#silent(time);
    this.#ms.gap += gap;
    if (this.#held !== undefined && ms > gap) this.#stand(this.#held, ms - gap);
    this.#since = time;
  }

  #stand(held: Sample, ms: number): void {
    this.#ms[SHARE[held.quality]] += ms;
    if (!believed(held)) return;
    this.#believedMs += ms;
    this.#sum += held.value * ms;
    this.#extend(held.value);
    for (const [, band] of this.#bands) band.held(held.value, ms);
  }

  #extend(value: number): void {
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** How much of the time since the last sample the heartbeat was silent too, in stretches long enough for a gap. */
  #silent(until: number): number {
    const { absences } = this.#context;
    let ms = 0;
    for (; this.#absence < absences.length; this.#absence++) {
      const [start, end] = absences[this.#absence] as readonly [number, number];
      const common = Math.min(end, until) - Math.max(start, this.#since);
      if (common >= GAP_MS) ms += common;
      if (end > until) break;
    }
    return ms;
  }
}

const SHARE = ["good", "uncertain", "stale", "bad"] as const satisfies readonly (keyof Aggregates["shares"])[];

function believed({ value, quality }: Sample): boolean {
  return quality !== Quality.Bad && !Number.isNaN(value);
}
