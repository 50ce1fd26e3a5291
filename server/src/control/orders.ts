/** The orders under way to the PLCs: each write's sequence number, and the PLC's echo of it in YS-908 and YS-909. */
import {
  type Clock,
  type Command,
  type FaultCode,
  type Frame,
  ORDER_RESULTS,
  type Plant,
  type TagId,
  type WriteOrder,
} from "@cellhouse/shared";
import type { ModelView } from "../contracts.ts";

const SEQUENCE = "YS-908";
const RESULT = "YS-909";

interface OrdersOptions {
  plant: Plant;
  model: ModelView;
  /** The pipe's. */
  clock: Clock;
  token: number;
}

interface Given<T> {
  readonly cell: Waiting<T>;
  readonly seq: number;
}

/** A cell that owes an echo. */
interface Waiting<T> {
  readonly result: TagId;
  readonly bySeq: Map<number, T>;
}

/** `T` is whatever waits for the echo. */
export class Orders<T> {
  readonly #options: OrdersOptions;
  /** By the TagId of the cell's YS-908; only cells that owe an echo. */
  readonly #waiting = new Map<TagId, Waiting<T>>();
  /** 1: the tag is a key of `#waiting`; looked at once per sample. */
  readonly #owes: Uint8Array;
  readonly #given = new Map<T, Given<T>>();
  #seq = 0;

  constructor(options: OrdersOptions) {
    this.#options = options;
    this.#owes = new Uint8Array(options.plant.tags.length);
  }

  /** The order that goes with a write of `tag`, whose echo is `one`'s. */
  give(tag: TagId, one: T, { by, at }: Pick<Command, "by" | "at">): WriteOrder {
    const seq = ++this.#seq;
    const home = this.#home(tag);
    if (home !== undefined) {
      const [echo, result] = home;
      const cell = this.#waiting.get(echo) ?? { result, bySeq: new Map<number, T>() };
      this.#waiting.set(echo, cell);
      this.#owes[echo] = 1;
      cell.bySeq.set(seq, one);
      this.#given.set(one, { cell, seq });
    }
    return { seq, user: by, at, token: this.#options.token };
  }

  /** Looks for echoes in a frame the model has already taken; `heard` is given the refusal's code, or undefined for a success. */
  step(frame: Frame, heard: (one: T, code: FaultCode | undefined) => void): void {
    if (this.#waiting.size === 0) return;
    for (let i = 0; i < frame.count; i++) {
      const tag = frame.tag[i] as number;
      if (this.#owes[tag] !== 1) continue;
      const cell = this.#waiting.get(tag);
      const one = cell?.bySeq.get(frame.value[i] as number);
      if (cell !== undefined && one !== undefined) heard(one, resultCode(this.#options.model.value(cell.result)));
    }
  }

  /** Its command has ended: an echo that comes later is past. */
  forget(tag: TagId, one: T): void {
    const given = this.#given.get(one);
    if (given === undefined) return;
    this.#given.delete(one);
    given.cell.bySeq.delete(given.seq);
    const echo = this.#home(tag)?.[0];
    if (given.cell.bySeq.size > 0 || echo === undefined) return;
    this.#waiting.delete(echo);
    this.#owes[echo] = 0;
  }

  #home(tag: TagId): [sequence: TagId, result: TagId] | undefined {
    const { plant } = this.#options;
    const tags = plant.cell(plant.tags[tag]?.owner ?? "")?.tags;
    const sequence = tags?.get(SEQUENCE);
    const result = tags?.get(RESULT);
    return sequence === undefined || result === undefined ? undefined : [sequence.id, result.id];
  }
}

/** A number the list does not have is a refusal all the same. */
function resultCode(value: number): FaultCode | undefined {
  return value === 0 ? undefined : (ORDER_RESULTS[value] ?? "E_FIELD_REFUSED");
}
