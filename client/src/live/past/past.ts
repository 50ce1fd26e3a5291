/** The past of the tags one looks at: asked for in tiles, kept, shown at once in whatever zoom is there, refined as answers come. */
import type { Cancel, Clock, History, HistorySeries, QualityName, Tag } from "@cellhouse/shared";
import { type Api, query } from "../api.ts";
import { Observable } from "../observable.ts";
import { type Curve, joinCurve, type Piece } from "./curve.ts";
import { type Grid, gridKey, gridOf, tilesOf } from "./grid.ts";
import type { Heard } from "./heard.ts";
import { type Stretch, stretchOf } from "./stretch.ts";
import { Tiles } from "./tiles.ts";

/** Moves within this time are one question, ms. */
const SETTLE_MS = 60;
/** After a refusal the same tile is not asked for again so soon, ms. */
const RETRY_MS = 5000;
const MOST_PAGES = 8;

/** What is looked at: these tags over this span, on so many pixels. */
export interface Sight {
  tags: readonly Tag[];
  from: number;
  to: number;
  pixels: number;
}

export interface PastState {
  busy: boolean;
  error: unknown;
}

/** The last value at or before a time. */
interface Standing {
  tag: string;
  value: number | null;
  quality: QualityName;
}

interface Question {
  grid: Grid;
  tile: number;
  tags: Tag[];
}

export interface PastDeps {
  api: Api;
  clock: Clock;
  /** The pipe's time: behind it there is no past yet. */
  now: () => number;
}

export class Past {
  readonly state = new Observable<PastState>({ busy: false, error: undefined });
  readonly #deps: PastDeps;
  readonly #tiles = new Tiles();
  readonly #asking = new Map<string, { stop: AbortController; tags: Set<number> }>();
  readonly #refused = new Map<string, number>();
  readonly #changed: () => void;
  #sights: readonly Sight[] = [];
  #pending: Cancel | undefined;

  /** `changed` is called after each answer. */
  constructor(deps: PastDeps, changed: () => void) {
    this.#deps = deps;
    this.#changed = changed;
  }

  /** Tells what is looked at now; questions for anything else are given up. */
  look(sights: readonly Sight[]): void {
    this.#sights = sights;
    const { clock } = this.#deps;
    this.#pending ??= clock.at(clock.now() + SETTLE_MS, () => {
      this.#pending = undefined;
      this.#ask();
    });
  }

  /** Words were missed or time jumped: everything is shown until it has been asked for again. */
  doubt(): void {
    this.#tiles.doubt();
    this.#refused.clear();
    for (const { stop } of this.#asking.values()) stop.abort();
    this.#asking.clear();
  }

  stop(): void {
    this.#pending?.();
    this.#pending = undefined;
    for (const { stop } of this.#asking.values()) stop.abort();
    this.#asking.clear();
  }

  /** The best there is of one tag now; `heard` continues it. */
  line(tag: Tag, { from, to, pixels }: Omit<Sight, "tags">, heard?: Heard): Curve {
    const grid = gridOf(to - from, pixels);
    const end = Math.min(to, this.#deps.now());
    const pieces = tilesOf(grid, from, end).flatMap((tile): Piece[] => {
      const [begin, close] = [tile * grid.length, (tile + 1) * grid.length];
      const stretch = this.#tiles.get(tag.id, gridKey(grid), tile);
      if (stretch !== undefined) return [{ from: stretch.from, to: stretch.to, stretch }];
      return this.#tiles.instead(tag.id, { from: begin, to: Math.min(close, end) });
    });
    return joinCurve({ pieces, heard, end, stepped: tag.definition.kind !== "analog" || tag.definition.access !== "r" });
  }

  #ask(): void {
    const seen = this.#sights.flatMap((sight) => this.#questions(sight, 0));
    const beside = this.#sights.flatMap((sight) => this.#questions(sight, 1));
    const keys = new Set([...seen, ...beside].map(keyOf));
    // What lies beside waits until all in sight is there.
    const wanted = seen.some(({ tags }) => tags.length > 0) ? seen : beside;
    for (const [key, { stop }] of this.#asking)
      if (!keys.has(key)) {
        stop.abort();
        this.#asking.delete(key);
      }
    for (const question of wanted) if (this.#isOpen(question) && !this.#isAsked(question)) void this.#fetch(question);
    this.#tell();
  }

  /** The tiles in sight, or `around` them those a small move would bring in, with the tags due in each. */
  #questions({ tags, from, to, pixels }: Sight, around: number): Question[] {
    const grid = gridOf(to - from, pixels);
    const now = this.#deps.now();
    const edge = around * grid.length;
    return tilesOf(grid, from - edge, Math.min(to + edge, now)).map((tile) => ({
      grid,
      tile,
      tags: tags.filter((tag) => this.#tiles.isDue({ tag: tag.id, grid, tile, now, clock: this.#deps.clock.now() })),
    }));
  }

  #isOpen(question: Question): boolean {
    const refused = this.#refused.get(keyOf(question)) ?? Number.NEGATIVE_INFINITY;
    return question.tags.length > 0 && this.#deps.clock.now() - refused > RETRY_MS;
  }

  #isAsked(question: Question): boolean {
    const asking = this.#asking.get(keyOf(question));
    return asking !== undefined && question.tags.every((tag) => asking.tags.has(tag.id));
  }

  async #fetch(question: Question): Promise<void> {
    const key = keyOf(question);
    this.#asking.get(key)?.stop.abort();
    const stop = new AbortController();
    this.#asking.set(key, { stop, tags: new Set(question.tags.map((tag) => tag.id)) });
    this.#tell();
    try {
      const stretches = await this.#answer(question, stop.signal);
      if (stop.signal.aborted) return;
      for (const [tag, stretch] of stretches)
        this.#tiles.put(tag, gridKey(question.grid), { tile: question.tile, stretch }, this.#deps.clock.now());
      this.#settle(key, undefined);
    } catch (error) {
      if (stop.signal.aborted) return;
      this.#refused.set(key, this.#deps.clock.now());
      this.#settle(key, error);
    }
  }

  #settle(key: string, error: unknown): void {
    this.#asking.delete(key);
    this.state.set({ busy: this.#asking.size > 0, error });
    this.#changed();
    this.look(this.#sights);
  }

  async #answer({ grid, tile, tags }: Question, signal: AbortSignal): Promise<[tag: number, stretch: Stretch][]> {
    const span = { from: tile * grid.length, to: Math.min((tile + 1) * grid.length, Math.ceil(this.#deps.now())) };
    const whole = grid.length / Math.max(1, grid.points);
    const how = grid.points === 0 ? { raw: 1 } : { points: Math.max(1, Math.round((span.to - span.from) / whole)) };
    const series = await this.#pages({ tags: tags.map((tag) => tag.path).join(","), ...span, ...how }, signal);
    const found = tags.flatMap((tag): [Tag, Stretch][] => {
      const own = series.filter((s) => s.tag === tag.path);
      const stretch = own.length === 0 ? undefined : stretchOf(joined(own), span, whole);
      return stretch === undefined ? [] : [[tag, stretch]];
    });
    await this.#addStanding(found, { grid, tile }, signal);
    return found.map(([tag, stretch]) => [tag.id, stretch]);
  }

  async #pages(params: Record<string, string | number | undefined>, signal: AbortSignal): Promise<HistorySeries[]> {
    const series: HistorySeries[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const history: History = await this.#deps.api.get<History>(`history${query({ ...params, cursor })}`, signal);
      series.push(...history.series);
      cursor = history.next;
      if (cursor === undefined) break;
    }
    return series;
  }

  /** What is reported by exception may have its last sample long before; in a gap nothing stood. */
  async #addStanding(found: readonly [Tag, Stretch][], place: { grid: Grid; tile: number }, signal: AbortSignal): Promise<void> {
    const open = found.filter(([, { t, from, gaps }]) => (t[0] ?? Number.POSITIVE_INFINITY) > from && (gaps[0]?.[0] ?? from + 1) > from);
    const short = open.filter(([tag, stretch]) => {
      const left = this.#tiles.get(tag.id, gridKey(place.grid), place.tile - 1);
      stretch.before = left === undefined || left.to < stretch.from ? Number.NaN : (left.last.at(-1) ?? left.before);
      return Number.isNaN(stretch.before);
    });
    const from = short[0]?.[1].from;
    if (from === undefined) return;
    const params = { tags: short.map(([tag]) => tag.path).join(","), at: from };
    const { values } = await this.#deps.api.get<{ values: Standing[] }>(`values${query(params)}`, signal);
    for (const [tag, stretch] of short) {
      const stood = values.find((value) => value.tag === tag.path);
      if (stood?.quality === "good" || stood?.quality === "uncertain") stretch.before = stood.value ?? Number.NaN;
    }
  }

  #tell(): void {
    const { busy, error } = this.state.get();
    if (busy !== this.#asking.size > 0) this.state.set({ busy: !busy, error });
  }
}

const keyOf = ({ grid, tile }: Question): string => `${gridKey(grid)}|${tile}`;

/** One series of those that the pages brought. */
function joined(series: readonly HistorySeries[]): HistorySeries {
  const [first, ...more] = series as [HistorySeries, ...HistorySeries[]];
  if (more.length === 0) return first;
  const all = [first, ...more];
  const received = all.every((s) => s.received !== undefined) ? { received: all.flatMap((s) => s.received ?? []) } : {};
  return {
    ...first,
    ...received,
    t: all.flatMap((s) => s.t),
    v: all.flatMap((s) => s.v ?? []),
    q: all.flatMap((s) => s.q),
    gaps: all.flatMap((s) => s.gaps),
  };
}
