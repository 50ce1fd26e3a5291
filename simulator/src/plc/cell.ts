/** The PLC of one cell: its program on the plant's clock, its door for writes, and what it publishes. */
import { OK, refuse, type Verdict, type WriteOrder } from "@cellhouse/shared";
import { createRng } from "@cellhouse/shared/process";
import type { Plc } from "../contracts.ts";
import { Tamper } from "../faults/tamper.ts";
import { fillImage } from "./fill.ts";
import { cellIndex } from "./image.ts";
import { cellDefinition, obey } from "./orders/door.ts";
import { Handshake } from "./orders/handshake.ts";
import { CellProgram, type ProgramOptions } from "./program.ts";

/** The chance of faults on the data is a stream of its own: the process runs the same with and without them. */
const TAMPER_STREAM = 1e6;
/** II-306 shows the peak since its last scan: a stalled screw draws its current for two seconds only. */
const MOTOR = cellIndex("II-306");
/** XS-209 shows whether there was an effect since its last scan: a quench ends one sooner than that. */
const EFFECT = cellIndex("XS-209");
/** Published each second: the second of everything else. */
const HEARTBEAT = cellIndex("YC-905");

export interface CellPlcOptions extends ProgramOptions {
  /** ms the plant's clock is ahead of UTC. */
  dayOffset: number;
}

export class CellPlc extends CellProgram implements Plc {
  readonly handshake = new Handshake();
  readonly tamper: Tamper;
  heartbeat = 0;
  readonly #dayOffset: number;
  #day = 0;
  #effectBefore = 0;
  /** Time of the last scan, epoch ms: the PLC's clock. */
  #now = 0;
  #written = false;

  constructor(options: CellPlcOptions) {
    super(options);
    const { cell, seed, dayOffset } = options;
    this.tamper = new Tamper(this, createRng(seed, TAMPER_STREAM + cell.number));
    this.#dayOffset = dayOffset;
  }

  /** Seconds in anode effect since the plant's midnight. */
  get effectToday(): number {
    return this.anodeEffect.total - this.#effectBefore;
  }

  /** One scan at `now` (epoch ms) of `times` x 100 ms of process time, then what is due is published. */
  scan(now: number, times: number): void {
    if (this.field.disturbance.frozen) {
      for (let i = 0; i < times; i++) this.field.advance();
      return;
    }
    this.#now = now;
    for (let i = 0; i < times; i++) this.step();
    const echoed = this.handshake.show();
    const second = this.due(HEARTBEAT, now);
    if (second) this.#publish(now, false);
    else if (this.#written || echoed) {
      fillImage(this, now);
      this.publishChanges(now);
    }
    this.#written = false;
  }

  /** Fills and publishes everything: the image before the first scan. */
  start(now: number): void {
    this.#now = now;
    this.#day = Math.floor((now + this.#dayOffset) / 86_400_000);
    this.#publish(now, true);
  }

  write(tag: string, value: number, order?: WriteOrder): Verdict {
    if (this.offline) return refuse("E_LINK_DOWN", `${this.cell.id}: the PLC is off the network`);
    if (this.field.disturbance.frozen) return OK; // its communication part takes it, nobody reads it
    const verdict = this.#judge(tag, value, order);
    if (order !== undefined) this.handshake.echo(order, verdict);
    return verdict;
  }

  #judge(tag: string, value: number, order: WriteOrder | undefined): Verdict {
    const definition = cellDefinition(tag);
    if (definition === undefined) return refuse("E_TAG_UNKNOWN", `${this.cell.id}: no tag ${tag.slice(0, 80)}`);
    const fresh = order === undefined ? OK : this.handshake.accept(order, this.#now);
    if (!fresh.ok) return fresh;
    this.#written ||= tag !== "YC-906"; // a beat can wait for its second
    return obey(this, definition, value, order);
  }

  #publish(now: number, all: boolean): void {
    this.meters.latch();
    this.heartbeat = (this.heartbeat + 1) >>> 0;
    this.supervision.second(this.conditions, this.setpoints.feed.target, this.own);
    this.#turnDay(now);
    fillImage(this, now);
    this.publish(now, all);
    if (this.due(MOTOR, now)) this.feeder.motorPeak = 0;
    if (this.due(EFFECT, now)) this.anodeEffect.seen = this.anodeEffect.active;
  }

  #turnDay(now: number): void {
    const day = Math.floor((now + this.#dayOffset) / 86_400_000);
    if (day === this.#day) return;
    this.#day = day;
    this.#effectBefore = this.anodeEffect.total;
  }
}
