/** One cell's trends: the window, the past fetched for it, the present heard since. No React; draws through `onDraw`. */
import type { Cancel, Command, History, JournalEvent, Tag } from "@cellhouse/shared";
import { Quality } from "@cellhouse/shared";
import { query } from "../../live/api.ts";
import type { Live } from "../../live/live.ts";
import { Observable } from "../../live/observable.ts";
import { extended, joinLive, lastOf, noPoints, type Points, pointsOf, withStanding } from "./columns.ts";
import { type Mark, marksOf, priorityIn, raisedEvents } from "./marks.ts";
import { follow, type Span } from "./window.ts";

/** Samples kept per tag; when full, the past is fetched again and they begin anew. */
const LIVE_KEPT = 20_000;
const SETTLE_MS = 180;
const LEAD_MS = 900_000;
/** How far back the value is looked for that stood at the left edge, and in how many buckets. */
const STANDING_MS = 30 * 86_400_000;
const STANDING_POINTS = 60;

export interface TrendState {
  window: Span;
  loading: boolean;
  error: unknown;
  /** Coarsest source among the series. */
  source: string;
}

export class TrendModel {
  readonly state: Observable<TrendState>;
  readonly marks = new Observable<readonly Mark[]>([]);
  #known: { events: readonly JournalEvent[]; commands: readonly Command[] } = { events: [], commands: [] };
  readonly tags: readonly Tag[];
  #live: Live;
  #cell: string;
  #past = new Map<number, Points>();
  #heard = new Map<number, Points>();
  #draws = new Set<() => void>();
  #width = 1000;
  #asked = 0;
  #pending: Cancel | undefined;
  #stop: (() => void)[] = [];

  constructor(live: Live, cell: string, tags: readonly Tag[], window: Span) {
    this.#live = live;
    this.#cell = cell;
    this.tags = tags;
    this.state = new Observable<TrendState>({ window, loading: true, error: undefined, source: "" });
  }

  start(): void {
    for (const tag of this.tags) {
      this.#heard.set(tag.id, noPoints());
      this.#stop.push(this.#live.store.onSample(tag.id, (time, value, quality) => this.#hear(tag.id, time, value, quality)));
    }
    this.#stop.push(this.#live.epoch.subscribe(() => this.#restart()));
    this.#stop.push(this.#live.commands.subscribe(() => this.#mark()));
    this.#stop.push(this.#live.alarms.subscribe(() => this.#mark()));
    this.#fetchSoon();
  }

  stop(): void {
    this.#pending?.();
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }

  onDraw(draw: () => void): () => void {
    this.#draws.add(draw);
    return () => this.#draws.delete(draw);
  }

  /** Columns of a tag for the present window. */
  points(tag: Tag): Points {
    const joined = joinLive(this.#past.get(tag.id) ?? noPoints(), this.#heard.get(tag.id) ?? noPoints());
    const { quality } = this.#live.store;
    return (quality[tag.id] as number) < Quality.Stale ? extended(joined, this.#live.now()) : joined;
  }

  /** Called each second: a following window moves on. */
  tick(): void {
    const { window } = this.state.get();
    if (window.following) this.#set({ window: follow(window.to - window.from, this.#live.now()) });
    this.draw();
  }

  show(window: Span): void {
    this.#set({ window });
    this.draw();
    this.#fetchSoon();
  }

  /** Pixels across: how many points are worth fetching. */
  resize(width: number): void {
    const grown = width > this.#width * 1.3;
    this.#width = Math.max(100, width);
    if (grown) this.#fetchSoon();
  }

  draw(): void {
    for (const draw of this.#draws) draw();
  }

  /** Time jumped, or words were missed: nothing heard so far can be joined to anything. */
  #restart(): void {
    for (const id of this.#heard.keys()) this.#heard.set(id, noPoints());
    this.#past.clear();
    const { window } = this.state.get();
    if (window.following || window.to > this.#live.now()) this.#set({ window: follow(window.to - window.from, this.#live.now()) });
    this.draw();
    this.#fetchSoon();
  }

  /** What is lost holds until now, when it was learnt: its own stamp is that of the last good sample. */
  #hear(id: number, time: number, value: number, quality: number): void {
    const points = this.#heard.get(id);
    if (points === undefined) return;
    const last = points.t.at(-1) ?? Number.NEGATIVE_INFINITY;
    const held = points.v.at(-1) ?? null;
    if (quality < Quality.Stale && !Number.isNaN(value)) {
      if (time <= last) return;
      points.t.push(time);
      points.v.push(value);
    } else if (points.t.length === 0 || held !== null) {
      const lost = Math.max(this.#live.now(), last + 2);
      points.t.push(...(held === null ? [lost] : [lost - 1, lost]));
      points.v.push(...(held === null ? [null] : [held, null]));
    }
    if (points.t.length > LIVE_KEPT) this.#restart();
  }

  #fetchSoon(): void {
    this.#pending?.();
    this.#set({ loading: true });
    this.#pending = this.#live.clock.at(this.#live.clock.now() + SETTLE_MS, () => void this.#fetch());
  }

  async #fetch(): Promise<void> {
    const asked = ++this.#asked;
    const { window } = this.state.get();
    const seen = window.to - window.from;
    // What is reported by exception may have its last sample well before the left edge.
    const lead = Math.max(seen * 0.1, Math.min(seen * 1.5, LEAD_MS));
    const span = { from: Math.floor(window.from - lead), to: Math.ceil(Math.min(window.to, this.#live.now())) };
    const points = Math.round((this.#width * (span.to - span.from)) / seen);
    try {
      const history = await this.#live.api.get<History>(
        `history${query({ tags: this.tags.map((t) => t.path).join(","), ...span, points })}`,
      );
      if (asked !== this.#asked) return;
      this.#take(history, span, points);
      this.#set({ loading: false, error: undefined });
      this.draw();
      await this.#fetchStanding(history, span.from, asked);
      await this.#fetchMarks(span, asked);
    } catch (error) {
      if (asked === this.#asked) this.#set({ loading: false, error });
    }
  }

  #take(history: History, span: { from: number; to: number }, points: number): void {
    const sources = ["raw", "10s", "1m", "1h"];
    let coarsest = 0;
    for (const [i, series] of history.series.entries()) {
      const tag = this.tags.find((t) => t.path === series.tag) ?? this.tags[i];
      if (tag === undefined) continue;
      this.#past.set(tag.id, pointsOf(series, (span.to - span.from) / points, span.to));
      coarsest = Math.max(coarsest, sources.indexOf(series.source));
    }
    this.#set({ source: sources[coarsest] ?? "" });
  }

  /** Asks only for the tags whose past does not reach the left edge, and not through a gap. */
  async #fetchStanding({ series }: History, from: number, asked: number): Promise<void> {
    const { window } = this.state.get();
    const short = series.filter(({ t, gaps }) => (t[0] ?? Number.POSITIVE_INFINITY) > window.from && !((gaps[0]?.[0] ?? from + 1) <= from));
    if (short.length === 0) return;
    const before = { from: from - STANDING_MS, to: from, points: STANDING_POINTS };
    const found = await this.#live.api.get<History>(`history${query({ tags: short.map((s) => s.tag).join(","), ...before })}`);
    if (asked !== this.#asked) return;
    for (const { tag: path, gaps } of short) {
      const id = this.tags.find((t) => t.path === path)?.id ?? -1;
      const ended = found.series.find((s) => s.tag === path);
      const value = ended && lastOf(ended);
      const points = this.#past.get(id);
      if (value !== undefined && points !== undefined) this.#past.set(id, withStanding(points, from, value, gaps));
    }
    this.draw();
  }

  async #fetchMarks(span: { from: number; to: number }, asked: number): Promise<void> {
    const [journal, commands] = await Promise.all([
      this.#live.api.get<{ events: JournalEvent[] }>(`journal${query({ ...span, kind: "alarm", cell: this.#cell, limit: 1000 })}`),
      this.#live.api.get<{ commands: Command[] }>(`commands${query({ ...span, limit: 1000 })}`),
    ]);
    if (asked !== this.#asked) return;
    this.#known = { events: journal.events, commands: commands.commands };
    this.#mark();
    this.draw();
  }

  /** What was fetched and what was heard since, once each. */
  #mark(): void {
    const commands = new Map(this.#known.commands.map((c) => [c.id, c]));
    for (const [id, command] of this.#live.commands.get()) commands.set(id, command);
    const own = [...commands.values()].filter((c) => c.tag.split(":")[0]?.endsWith(`.${this.#cell}`));
    const heard = [...this.#live.alarms.get().all.values()].filter((a) => a.cell === this.#cell);
    const priority = priorityIn(this.#live.plant.get()?.description.alarms ?? []);
    this.marks.set(marksOf([...this.#known.events, ...raisedEvents(heard)], own, priority));
  }

  #set(change: Partial<TrendState>): void {
    this.state.set({ ...this.state.get(), ...change });
  }
}
