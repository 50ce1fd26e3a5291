/** What a trend shows: its window, the past asked for, the present heard since, what happened. No React; draws through `onDraw`. */
import type { Tag } from "@cellhouse/shared";
import type { Live } from "../../live/live.ts";
import { Observable } from "../../live/observable.ts";
import type { Curve } from "../../live/past/curve.ts";
import { Heard } from "../../live/past/heard.ts";
import { Past, type PastState } from "../../live/past/past.ts";
import { MarkBook } from "./mark-book.ts";
import { follow, type Span } from "./window.ts";

export class TrendModel {
  readonly window: Observable<Span>;
  readonly past: Observable<PastState>;
  readonly marks: MarkBook;
  #live: Live;
  #past: Past;
  #tags: readonly Tag[] = [];
  /** How far behind a second picture of each tag is shown, ms; 0: none. */
  #behind = 0;
  #heard = new Map<number, Heard>();
  #sinks = new Map<number, () => void>();
  #lines = new Map<string, Curve>();
  #draws = new Set<() => void>();
  #pixels = 1000;
  /** The last time drawn. */
  #drawn = 0;
  #stop: (() => void)[] = [];

  constructor(live: Live, window: Span) {
    this.#live = live;
    this.window = new Observable(window);
    this.#past = new Past({ api: live.api, clock: live.clock, now: () => live.now() }, () => this.#renew());
    this.past = this.#past.state;
    this.marks = new MarkBook(live, () => this.draw());
  }

  start(): void {
    this.#stop.push(this.#live.epoch.subscribe(() => this.#restart()));
    this.marks.start();
    this.#listen();
    this.#look();
  }

  stop(): void {
    for (const stop of [...this.#stop, ...this.#sinks.values()]) stop();
    this.#stop = [];
    this.#sinks.clear();
    this.#heard.clear();
    this.#past.stop();
    this.marks.stop();
  }

  /** The tags drawn, and how far behind each is drawn again, ms; 0: it is not. */
  watch(tags: readonly Tag[], behind = 0): void {
    this.#tags = tags;
    this.#behind = behind;
    if (this.#stop.length === 0) return;
    this.#listen();
    this.#renew();
    this.#look();
  }

  onDraw(draw: () => void): () => void {
    this.#draws.add(draw);
    return () => this.#draws.delete(draw);
  }

  /** Columns of a tag for the present window, or for that so many ms before it, with the times it had. */
  line(tag: Tag, behind = 0): Curve {
    const key = `${tag.id}|${behind}`;
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const { from, to } = this.window.get();
    const line = this.#past.line(tag, { from: from - behind, to: to - behind, pixels: this.#pixels }, this.#heard.get(tag.id));
    this.#lines.set(key, line);
    return line;
  }

  /** Called each second: a following window moves on, what is old is asked for again. */
  tick(): void {
    const { from, to, following } = this.window.get();
    if (following) this.window.set(follow(to - from, this.#live.now()));
    this.#look();
    if (this.#hasMoved()) this.#renew();
  }

  /** A year moves by a pixel in some hours: what would look the same is not drawn again. */
  #hasMoved(): boolean {
    const { from, to } = this.window.get();
    return Math.abs(Math.min(to, this.#live.now()) - this.#drawn) > (to - from) / this.#pixels / 2;
  }

  show(window: Span): void {
    this.window.set(window);
    this.#look();
    this.#renew();
  }

  /** Pixels across: how many points are worth asking for. */
  resize(pixels: number): void {
    if (pixels === this.#pixels) return;
    this.#pixels = Math.max(100, pixels);
    this.#renew();
    this.#look();
  }

  draw(): void {
    this.#drawn = Math.min(this.window.get().to, this.#live.now());
    for (const draw of this.#draws) draw();
  }

  /** Begins to hear what is newly watched, and forgets what no longer is. */
  #listen(): void {
    const wanted = new Set(this.#tags.map((tag) => tag.id));
    for (const [id, stop] of this.#sinks)
      if (!wanted.has(id)) {
        stop();
        this.#sinks.delete(id);
        this.#heard.delete(id);
      }
    for (const id of wanted) {
      if (this.#sinks.has(id)) continue;
      const heard = new Heard();
      this.#heard.set(id, heard);
      const hear = (time: number, value: number, quality: number): void => heard.add({ time, value, quality }, this.#live.now());
      this.#sinks.set(id, this.#live.store.onSample(id, hear));
    }
  }

  #look(): void {
    const { from, to } = this.window.get();
    const behind = this.#behind;
    const shifts = behind === 0 ? [0] : [0, behind];
    this.#past.look(shifts.map((shift) => ({ tags: this.#tags, from: from - shift, to: to - shift, pixels: this.#pixels })));
    this.marks.look(new Set(this.#tags.map((tag) => tag.owner)), { from, to });
  }

  /** Time jumped, or words were missed: nothing heard so far can be joined to anything. */
  #restart(): void {
    for (const heard of this.#heard.values()) heard.clear();
    this.#past.doubt();
    const { from, to, following } = this.window.get();
    if (following || to > this.#live.now()) this.window.set(follow(to - from, this.#live.now()));
    this.#look();
    this.#renew();
  }

  #renew(): void {
    this.#lines.clear();
    this.draw();
  }
}
