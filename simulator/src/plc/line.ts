/** The PLC of a line: rectifier, cooling water, off-gas, oxide and the crew's round, in the service of its cells. */
import { LINE_TAGS, type Line, refuse, type Verdict } from "@cellhouse/shared";
import { between, createRng, type Rng } from "@cellhouse/shared/process";
import type { Plc } from "../contracts.ts";
import type { CellPlc } from "./cell.ts";
import { HallAir } from "./hall/air.ts";
import { Cooling } from "./hall/cooling.ts";
import { fillLine } from "./hall/fill.ts";
import { OffGas } from "./hall/offgas.ts";
import { Rectifier } from "./hall/rectifier.ts";
import { CELLS_PER_CREW, Round } from "./hall/round.ts";
import { createServices } from "./hall/services.ts";
import { Conveyor, Silo } from "./hall/silo.ts";
import { addUp, createSum } from "./hall/sum.ts";
import { Image, lineIndex } from "./image.ts";
import type { LineSupply } from "./supply.ts";

/** Published each second: the second of everything else. */
const SECOND = lineIndex("II-001");
/** Chance of the lines is a stream of its own, beside those of the cells. */
const LINE_STREAM = 2_000_000;
/** The line has run this long before we look, s. */
const BEFORE_S = 900;
/** Drives on the line's meter, kW per cell of 6 kA: fan at 44 Hz, pump, all else; and the conveyor. */
const FAN_KW = 3.5;
const FAN_HZ = 44;
const PUMP_KW = 1;
const OTHER_KW = 2;
const CONVEYOR_KW = 30;
const REFERENCE_A = 6000;

export interface LinePlcOptions {
  line: Line;
  cells: readonly CellPlc[];
  seed: number;
  /** The forced current of a series line; absent where each cell has its own rectifier. */
  supply?: LineSupply;
  /** ms the plant's clock is ahead of UTC. */
  dayOffset: number;
}

export class LinePlc extends Image implements Plc {
  readonly line: Line;
  readonly cells: readonly CellPlc[];
  readonly supply: LineSupply | undefined;
  readonly rng: Rng;
  readonly rectifier: Rectifier;
  readonly cooling: Cooling;
  readonly offGas: OffGas;
  readonly air: HallAir;
  readonly silo: Silo;
  readonly conveyor: Conveyor;
  readonly #rounds: readonly Round[];
  readonly #services = createServices();
  readonly #sum = createSum();
  readonly #fields;
  readonly #size: number;
  readonly #drive = { water: 1, waterIn: 32, drives: 0 };
  readonly #dayOffset: number;
  #day = Number.NaN;
  #effectsBefore = 0;
  #elapsed = 0;

  constructor({ line, cells, seed, supply, dayOffset }: LinePlcOptions) {
    super(line, LINE_TAGS, 0);
    this.line = line;
    this.cells = cells;
    this.supply = supply;
    this.#dayOffset = dayOffset;
    this.#fields = cells.map((plc) => plc.field);
    const number = Number(line.id.slice(1));
    const { current, voltage: volts } = (cells[0] as CellPlc).cell.cellClass;
    const size = (cells.length * current) / REFERENCE_A;
    const rng = createRng(seed, LINE_STREAM + number);
    this.#size = size;
    this.rng = rng;
    this.rectifier = new Rectifier({ current, volts, cells: cells.length, bridge: supply !== undefined }, this.#services.waterIn);
    this.cooling = new Cooling(cells.length, 50 * this.rectifier.rated, between(rng, 72, 84));
    this.offGas = new OffGas(cells.length, size, between(rng, 1000, 1400));
    this.air = new HallAir(size);
    this.silo = new Silo(number, size, between(rng, 0.3, 0.9));
    this.conveyor = new Conveyor(this.#fields, this.silo);
    this.#rounds = rounds(cells);
    for (const field of this.#fields) field.services = this.#services;
    addUp(this.#fields, this.#sum);
    for (let s = 0; s < BEFORE_S; s++) this.#common();
  }

  /** Anode effects since the plant's midnight. */
  get effectsToday(): number {
    return this.#effects() - this.#effectsBefore;
  }

  /** The rectifier trips (all cells without current), or comes back over some minutes. */
  trip(on: boolean): void {
    this.rectifier.trip(on);
    this.#supplyCells();
  }

  /** The off-gas fan trips (draft lost), or starts again. */
  fanTrip(on: boolean): void {
    this.offGas.running = !on;
  }

  /** The pump of the cooling water trips (no flow at any cell), or starts again. */
  pumpTrip(on: boolean): void {
    this.cooling.running = !on;
  }

  /** `dt` s of process time, before the cells' own. */
  advance(dt: number): void {
    this.supply?.advance(dt);
    this.#elapsed += dt;
    for (; this.#elapsed > 1 - 1e-9; this.#elapsed--) this.#second();
  }

  /** Publishes what is due at `now`; `all` for the first image. */
  scan(now: number, all = false): void {
    if (!all && !this.due(SECOND, now)) return;
    this.#turnDay(now);
    fillLine(this);
    this.publish(now, all);
  }

  write(tag: string, _value: number): Verdict {
    return refuse("E_NOT_WRITABLE", `${this.line.id}: ${tag} cannot be written`);
  }

  #second(): void {
    for (const round of this.#rounds) round.second();
    this.conveyor.second();
    this.silo.second();
    addUp(this.#fields, this.#sum);
    this.#common();
  }

  /** One second of what all cells share. */
  #common(): void {
    const { cooling, rectifier, offGas, air } = this;
    const drive = this.#drive;
    drive.water = this.#services.water;
    drive.waterIn = this.#services.waterIn;
    drive.drives = this.#drives();
    rectifier.second(this.#sum, drive);
    this.#supplyCells();
    cooling.second(this.#sum, 1000 * rectifier.loss, this.#services);
    offGas.second(this.#sum, air.dew, this.#services);
    air.second(offGas.escaped, this.rng);
  }

  #supplyCells(): void {
    this.#services.amps = this.rectifier.amps;
    if (this.supply !== undefined) this.supply.most = this.rectifier.amps;
  }

  /** kW of fan, pump, conveyor and the rest. */
  #drives(): number {
    const fan = FAN_KW * (this.offGas.hertz / FAN_HZ) ** 3;
    const pump = PUMP_KW * this.#services.water;
    return this.#size * (fan + pump + OTHER_KW) + (this.conveyor.running ? CONVEYOR_KW : 0);
  }

  #effects(): number {
    return this.cells.reduce((sum, plc) => sum + plc.anodeEffect.count, 0);
  }

  #turnDay(now: number): void {
    const day = Math.floor((now + this.#dayOffset) / 86_400_000);
    if (day === this.#day) return;
    this.#day = day;
    this.#effectsBefore = this.#effects();
  }
}

/** The cells in as many parts as crews are needed for them. */
function rounds(cells: readonly CellPlc[]): Round[] {
  const crews = Math.ceil(cells.length / CELLS_PER_CREW);
  const each = Math.ceil(cells.length / crews);
  return Array.from({ length: crews }, (_, i) => new Round(cells.slice(i * each, (i + 1) * each).map((plc) => plc.crew)));
}
