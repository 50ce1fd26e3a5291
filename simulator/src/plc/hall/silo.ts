/** The oxide of a line: its silo, filled lot by lot, and the conveyor that serves one hopper at a time. */
import type { CellField } from "../field.ts";

/** Room for so much per cell of 6 kA, kg: near two days. */
const ROOM_KG = 420;
/** A lot is ordered at the first share of the room and fills it to the second, in this time, s. */
const ORDER_AT = 0.25;
const FULL = 0.95;
const DELIVERY_S = 1800;
/** What the conveyor blows into a hopper, kg/s. */
const CONVEYOR_KG_S = 40 / 60;
/** Lots are numbered within their line: the third of line 7 is 7003. */
const LOTS = 1000;

export class Silo {
  /** kg. */
  weight: number;
  readonly #room: number;
  /** Oldest first: lots lie on each other, the oldest leaves first. */
  readonly #lots: { number: number; kg: number }[];
  #delivering = false;

  /** `size`: all cells against one of 6 kA; `fill` 0..1 at the start. */
  constructor(line: number, size: number, fill: number) {
    this.#room = ROOM_KG * size;
    this.weight = fill * this.#room;
    this.#lots = [{ number: line * LOTS + 1, kg: this.weight }];
  }

  /** Number of the lot at the outlet. */
  get lot(): number {
    return (this.#lots[0] as { number: number }).number;
  }

  /** One second: orders and takes in deliveries. */
  second(): void {
    if (!this.#delivering && this.weight < ORDER_AT * this.#room) {
      this.#delivering = true;
      this.#lots.push({ number: (this.#lots.at(-1) as { number: number }).number + 1, kg: 0 });
    }
    if (!this.#delivering) return;
    const rate = ((FULL - ORDER_AT) * this.#room) / DELIVERY_S;
    (this.#lots.at(-1) as { kg: number }).kg += rate;
    this.weight += rate;
    this.#delivering = this.weight < FULL * this.#room;
  }

  /** Takes `kg`, at most what lies there, oldest lot first. */
  take(kg: number): void {
    this.weight = Math.max(0, this.weight - kg);
    const oldest = this.#lots[0] as { kg: number };
    oldest.kg -= kg;
    if (oldest.kg <= 0 && this.#lots.length > 1) {
      this.#lots.shift();
      (this.#lots[0] as { kg: number }).kg += oldest.kg;
    }
  }
}

export class Conveyor {
  running = false;
  readonly #fields: readonly CellField[];
  readonly #silo: Silo;
  #at = 0;

  constructor(fields: readonly CellField[], silo: Silo) {
    this.#fields = fields;
    this.#silo = silo;
  }

  /** One second: fills the hopper it stands at, else turns to the next one that is open; the others wait. */
  second(): void {
    if (this.#fields[this.#at]?.refilling !== true) this.#turn();
    const field = this.#fields[this.#at] as CellField;
    field.served = field.refilling;
    const kg = field.served ? field.refill(Math.min(CONVEYOR_KG_S, this.#silo.weight)) : 0;
    this.#silo.take(kg);
    this.running = kg > 0;
  }

  #turn(): void {
    const n = this.#fields.length;
    (this.#fields[this.#at] as CellField).served = false;
    for (let i = 1; i <= n; i++) {
      const next = (this.#at + i) % n;
      if (this.#fields[next]?.refilling !== true) continue;
      this.#at = next;
      return;
    }
  }
}
