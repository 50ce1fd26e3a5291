/** What happened to the owners of the tags in sight: asked from the journal for the span seen, with what is heard since. */
import type { Cancel, Command, JournalEvent } from "@cellhouse/shared";
import { query } from "../../live/api.ts";
import type { Live } from "../../live/live.ts";
import { Observable } from "../../live/observable.ts";
import { type Mark, marksOf, priorityIn, raisedEvents } from "./marks.ts";

const SETTLE_MS = 250;
/** Asked again after this time though nothing moved, ms: something may have come late. */
const AGE_MS = 60_000;
/** More owners than these are asked for together. */
const MOST_APART = 8;

interface Span {
  from: number;
  to: number;
}

export class MarkBook {
  readonly marks = new Observable<readonly Mark[]>([]);
  #live: Live;
  #changed: () => void;
  #owners: ReadonlySet<string> = new Set();
  #span: Span = { from: 0, to: 0 };
  /** What the answers cover, when they were asked for and for whom. */
  #known = { from: 0, to: 0, asked: Number.NEGATIVE_INFINITY, owners: "" };
  #events: readonly JournalEvent[] = [];
  #commands: readonly Command[] = [];
  #pending: Cancel | undefined;
  #asking: AbortController | undefined;
  #stop: (() => void)[] = [];

  /** `changed` is called after each answer. */
  constructor(live: Live, changed: () => void) {
    this.#live = live;
    this.#changed = changed;
  }

  start(): void {
    const { commands, alarms, epoch } = this.#live;
    this.#stop = [commands.subscribe(() => this.#mark()), alarms.subscribe(() => this.#mark()), epoch.subscribe(() => this.#doubt())];
  }

  stop(): void {
    this.#pending?.();
    this.#pending = undefined;
    this.#asking?.abort();
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }

  look(owners: ReadonlySet<string>, span: Span): void {
    this.#owners = owners;
    this.#span = span;
    const { clock } = this.#live;
    if (this.#isKnown() || owners.size === 0) return;
    this.#pending ??= clock.at(clock.now() + SETTLE_MS, () => {
      this.#pending = undefined;
      void this.#fetch();
    });
  }

  #doubt(): void {
    this.#known.asked = Number.NEGATIVE_INFINITY;
  }

  /** What is newer than the last answer is heard, not asked for. */
  #isKnown(): boolean {
    const { from, to, asked, owners } = this.#known;
    const sought = Math.min(this.#span.to, this.#live.now() - AGE_MS);
    const fresh = this.#live.clock.now() - asked < AGE_MS;
    return fresh && owners === [...this.#owners].join() && from <= this.#span.from && to >= sought;
  }

  async #fetch(): Promise<void> {
    const width = this.#span.to - this.#span.from;
    const span = { from: Math.floor(this.#span.from - width / 4), to: Math.ceil(Math.min(this.#span.to + width / 4, this.#live.now())) };
    const owners = [...this.#owners];
    this.#asking?.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const asked = this.#live.clock.now();
    this.#known = { ...span, asked, owners: owners.join() };
    try {
      const [events, { commands }] = await Promise.all([
        this.#journal(owners, span, signal),
        this.#live.api.get<{ commands: Command[] }>(`commands${query({ ...span, limit: 1000 })}`, signal),
      ]);
      [this.#events, this.#commands] = [events, commands];
      this.#mark();
      this.#changed();
    } catch {
      // A trend without marks still is one: they are asked for again when what is known has aged.
    }
  }

  async #journal(owners: readonly string[], span: Span, signal: AbortSignal): Promise<JournalEvent[]> {
    const cells = owners.length > MOST_APART ? [undefined] : owners;
    const ask = (cell: string | undefined) =>
      this.#live.api.get<{ events: JournalEvent[] }>(
        `journal${query({ ...span, kind: "alarm", cell, order: "desc", limit: 1000 })}`,
        signal,
      );
    return (await Promise.all(cells.map(ask))).flatMap(({ events }) => events);
  }

  /** What was fetched and what was heard since, once each. */
  #mark(): void {
    const commands = new Map(this.#commands.map((c) => [c.id, c]));
    for (const [id, command] of this.#live.commands.get()) commands.set(id, command);
    const own = [...commands.values()].filter((c) => this.#owners.has(c.tag.split(":")[0]?.split(".").pop() ?? ""));
    const heard = [...this.#live.alarms.get().all.values()].filter((a) => this.#owners.has(a.cell));
    const events = this.#events.filter((e) => typeof e.cell !== "string" || this.#owners.has(e.cell));
    const priority = priorityIn(this.#live.plant.get()?.description.alarms ?? []);
    this.marks.set(marksOf([...events, ...raisedEvents(heard)], own, priority));
  }
}
