/** Decides per cell and line whether its values may be believed now: by heartbeat, link and sequence gap. Runs on the pipe's clock. */
import { type Cancel, type Clock, type Plant, Quality } from "@cellhouse/shared";
import type { LinkEvent, LivenessChange, OwnerState } from "../contracts.ts";

/** Heartbeat YC-905 unchanged this long, ms. */
const STALE_AFTER = 2_500;
const BAD_AFTER = 10_000;
/** A cell not heard at all since the pipe began is Bad after this, ms: time for edges to connect and be born. */
const FIRST_WORD_WITHIN = 30_000;

interface Owner {
  readonly id: string;
  /** A cell lives by its heartbeat, a line by its link alone, the system by its word. */
  readonly beats: boolean;
  beat: number;
  heard: boolean;
  /** When the heartbeat last changed; before the first one, such that the cell turns Bad when its first word is overdue. */
  beatAt: number;
  down: boolean;
  gap: boolean;
  quality: Quality;
}

export type Announce = (changes: readonly LivenessChange[]) => void;

/**
 * One timer for all owners, armed for the earliest moment at which a heartbeat can become too old: changes fall on exactly
 * that moment, the same live and replayed. A beat only moves its owner's moment away, so it never touches the timer.
 */
export class Liveness {
  readonly #clock: Clock;
  readonly #announce: Announce;
  readonly #owners: Owner[];
  readonly #index: ReadonlyMap<string, number>;
  #changes: LivenessChange[] = [];
  #due = Number.POSITIVE_INFINITY;
  #cancel: Cancel = () => undefined;

  constructor(plant: Plant, clock: Clock, announce: Announce) {
    this.#clock = clock;
    this.#announce = announce;
    const owner = (id: string, beats: boolean): Owner => ({
      id,
      beats,
      beat: Number.NaN,
      heard: false,
      beatAt: clock.now() + FIRST_WORD_WITHIN - BAD_AFTER,
      down: false,
      gap: false,
      quality: Quality.Stale,
    });
    this.#owners = [...plant.cells.map((c) => owner(c.id, true)), ...[...plant.lines, plant.system].map((home) => owner(home.id, false))];
    this.#index = new Map(this.#owners.map((o, i) => [o.id, i]));
    this.#arm(clock.now() + FIRST_WORD_WITHIN);
  }

  /** The position of an owner, for `quality` and `heard`. */
  indexOf(id: string): number {
    return this.#index.get(id) ?? -1;
  }

  /** Bad for an owner the plant does not have. */
  quality(index: number): Quality {
    return this.#owners[index]?.quality ?? Quality.Bad;
  }

  /** A live sample of a cell's heartbeat, or of any tag of a line. Changes are kept until `flush`. */
  heard(index: number, value: number): void {
    const owner = this.#owners[index] as Owner;
    if (owner.beats && (value === owner.beat || Number.isNaN(value))) return;
    owner.beat = value;
    owner.heard = true;
    owner.beatAt = this.#clock.now();
    if (owner.quality !== Quality.Good) this.#judge(owner);
  }

  link(event: LinkEvent): void {
    for (const id of event.owners) {
      const owner = this.#owners[this.indexOf(id)];
      if (owner === undefined) continue;
      if (event.event === "up" || event.event === "down") owner.down = event.event === "down";
      else owner.gap = event.event === "gap";
      if (event.event === "up" && !owner.beats) owner.heard = true;
      this.#judge(owner);
    }
    this.flush();
  }

  /** Announces what changed since the last call. */
  flush(): void {
    if (this.#changes.length === 0) return;
    const changes = this.#changes;
    this.#changes = [];
    this.#announce(changes);
  }

  /** What is remembered of each owner, for `restore`. */
  states(): OwnerState[] {
    return this.#owners.map(({ id, beat, heard, beatAt, down, gap, quality }) => {
      return { owner: id, beat: Number.isNaN(beat) ? null : beat, heard, beatAt, down, gap, quality };
    });
  }

  /** Takes what `states` gave, announcing nothing; owners the plant does not have are passed over. */
  restore(states: readonly OwnerState[]): void {
    for (const { owner: id, beat, ...state } of states) {
      const owner = this.#owners[this.indexOf(id)];
      if (owner === undefined) continue;
      Object.assign(owner, state, { beat: beat ?? Number.NaN });
      this.#arm(nextMoment(owner, this.#clock.now()));
    }
  }

  #judge(owner: Owner): void {
    const now = this.#clock.now();
    const { quality, reason } = judge(owner, now);
    if (quality !== owner.quality) {
      owner.quality = quality;
      this.#changes.push({ owner: owner.id, quality, time: now, reason });
    }
    this.#arm(nextMoment(owner, now));
  }

  #arm(time: number): void {
    if (time >= this.#due) return;
    this.#cancel();
    this.#due = time;
    this.#cancel = this.#clock.at(time, () => this.#sweep());
  }

  #sweep(): void {
    this.#due = Number.POSITIVE_INFINITY;
    for (const owner of this.#owners) this.#judge(owner);
    this.flush();
  }
}

function judge(owner: Owner, now: number): Pick<LivenessChange, "quality" | "reason"> {
  const age = owner.beats ? now - owner.beatAt : 0;
  const reason = owner.down ? "link" : "heartbeat";
  if (age >= BAD_AFTER) return { quality: Quality.Bad, reason };
  if (owner.down || !owner.heard || age >= STALE_AFTER) return { quality: Quality.Stale, reason };
  return owner.gap ? { quality: Quality.Uncertain, reason: "gap" } : { quality: Quality.Good, reason: "live" };
}

/** When time alone can next make this owner worse; Infinity when it cannot. */
function nextMoment(owner: Owner, now: number): number {
  const age = now - owner.beatAt;
  if (!owner.beats || age >= BAD_AFTER) return Number.POSITIVE_INFINITY;
  return owner.beatAt + (owner.heard && age < STALE_AFTER ? STALE_AFTER : BAD_AFTER);
}
