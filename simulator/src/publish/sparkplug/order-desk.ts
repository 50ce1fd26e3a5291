/** Obeys what a host asks of an edge and its PLCs: writes and faults at once, births and answers when the edge next speaks. */
import type { Plc, SimulatedPlant } from "../../contracts.ts";
import { writeTag } from "../door.ts";
import { orderFault } from "../fault-order.ts";
import { nameOfAlias } from "./births.ts";
import { type Order, readOrders } from "./orders.ts";

export interface OrderDeskOptions {
  /** By owner: the line's PLC, then its cells'. */
  plcs: readonly Plc[];
  plant: Pick<SimulatedPlant, "startFault" | "stopFault">;
  say(text: string): void;
}

const SAY_EVERY_MS = 1000;
/** Answers not yet fetched; further ones are not kept. */
const MAX_ANSWERS = 100;

export class OrderDesk {
  readonly #options: OrderDeskOptions;
  #saidRefusal = Number.NEGATIVE_INFINITY;
  /** The whole edge was asked to be born again. */
  rebirth = false;
  /** Owners that were asked to be born again on their own. */
  readonly reborn = new Set<number>();
  /** What fault orders came to, by owner. */
  answers: { owner: number; text: string }[] = [];

  constructor(options: OrderDeskOptions) {
    this.#options = options;
  }

  /** Takes a command for the edge itself (no device) or one of its devices. Nothing a host may send throws. */
  receive(device: string | undefined, payload: Uint8Array, now: number): void {
    const { plcs } = this.#options;
    const owner = device === undefined ? 0 : plcs.findIndex((plc, i) => i > 0 && plc.home.id === device);
    const plc = plcs[owner];
    if (plc === undefined) {
      this.#refuse(now, `there is no device ${device}`);
      return;
    }
    const orders = readOrders(payload, (alias) => nameOfAlias(plc.definitions, owner, alias));
    for (const order of orders) this.#obey(order, owner, now);
  }

  #obey(order: Order, owner: number, now: number): void {
    const plc = this.#options.plcs[owner] as Plc;
    if (order.type === "rebirth" && owner === 0) this.rebirth = true;
    else if (order.type === "device-rebirth" && owner > 0) this.reborn.add(owner);
    else if (order.type === "fault" && owner > 0) this.#fault(owner, order.text);
    else if (order.type === "write") {
      const verdict = writeTag(plc, order.tag, order.value, order.order);
      if (!verdict.ok) this.#refuse(now, `${verdict.code}: ${verdict.detail}`);
    } else this.#refuse(now, order.type === "refused" ? order.reason : `${order.type}: not at ${plc.home.id}`);
  }

  #fault(owner: number, text: string): void {
    const { plcs, plant } = this.#options;
    const result = orderFault(plant, (plcs[owner] as Plc).home.id, text);
    if (this.answers.length < MAX_ANSWERS) this.answers.push({ owner, text: JSON.stringify(result) });
  }

  /** At most one line a second: a host may send nonsense as fast as it likes. */
  #refuse(now: number, reason: string): void {
    if (Math.abs(now - this.#saidRefusal) < SAY_EVERY_MS) return;
    this.#saidRefusal = now;
    this.#options.say(`refused a command: ${reason}`);
  }
}
