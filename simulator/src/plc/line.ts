/** The rectifier of a line: its tags, and on a series line the one current of all its cells. */
import { LINE_TAGS, type Line, refuse, type Verdict } from "@cellhouse/shared";
import type { Plc } from "../contracts.ts";
import type { CellPlc } from "./cell.ts";
import { Image, lineIndex } from "./image.ts";

const T = { amps: lineIndex("II-001"), volts: lineIndex("EI-002"), power: lineIndex("JI-003") };
const DIP = 0.3;
const DIP_HOLD_S = 30;
const DIP_RAMP_S = 240;

/** The forced current of a series line. A dip to 30 % ends an anode effect that nothing else has ended. */
export class LineSupply {
  amps: number;
  readonly #nominal: number;
  #dipFor = Number.POSITIVE_INFINITY;

  constructor(nominal: number) {
    this.amps = nominal;
    this.#nominal = nominal;
  }

  dip(): void {
    if (this.#dipFor > DIP_HOLD_S) this.#dipFor = 0;
  }

  /** `dt` s of process time. */
  advance(dt: number): void {
    this.#dipFor += dt;
    const back = Math.max(0, (this.#dipFor - DIP_HOLD_S) / DIP_RAMP_S);
    this.amps = this.#nominal * Math.min(1, DIP + (1 - DIP) * back);
  }
}

export class LinePlc extends Image implements Plc {
  readonly line: Line;
  readonly cells: readonly CellPlc[];
  readonly supply: LineSupply | undefined;

  constructor(line: Line, phase: number, cells: readonly CellPlc[], supply: LineSupply | undefined) {
    super(line, LINE_TAGS, phase);
    this.line = line;
    this.cells = cells;
    this.supply = supply;
  }

  /** Publishes what is due at `now`; `all` for the first image. */
  scan(now: number, all = false): void {
    if (!all && !this.due(T.amps, now)) return;
    let amps = 0;
    let sum = 0;
    let highest = 0;
    let power = 0;
    for (const { meters } of this.cells) {
      amps += meters.amps;
      sum += meters.mean;
      power += (meters.mean * meters.amps) / 1000;
      if (meters.mean > highest) highest = meters.mean;
    }
    this.set(T.amps, (this.supply === undefined ? amps : amps / this.cells.length) / 1000);
    this.set(T.volts, this.supply === undefined ? highest : sum);
    this.set(T.power, power);
    this.publish(now, all);
  }

  write(tag: string, _value: number): Verdict {
    return refuse("E_NOT_WRITABLE", `${this.line.id}: ${tag} cannot be written`);
  }
}
