/** The field of one cell: process, feeder hardware and instruments, with the cell's own small differences. Steps of 100 ms. */
import type { Cell } from "@cellhouse/shared";
import type { ScrewOrder } from "@cellhouse/shared/blocks";
import {
  between,
  type CellInput,
  type CellState,
  cellParams,
  createCell,
  createCurrentSensor,
  createInput,
  createLoadCell,
  createPyrometer,
  createRng,
  createThermocouple,
  createVoltageSensor,
  gauss,
  type Lag,
  type Rng,
  readCurrent,
  readLag,
  readLoadCell,
  readPyrometer,
  readThermocouple,
  readVoltage,
  readWall,
  step,
} from "@cellhouse/shared/process";
import { type Disturbance, noDisturbance } from "../faults/disturbance.ts";
import { createServices, type Services } from "./hall/services.ts";

export const SCAN_S = 0.1;
const SCANS_PER_STEP = 10;
const SCREW_RPM = 120;
const MOTOR_FREE_A = 1.2;
const HOPPER_FULL_KG = 58;
/** The screw fills itself fully as long as this much oxide stands above it, kg. */
const SCREW_COVERED_KG = 1;
/** A bath colder than its recipe by the first has a crust, which lasts until it is as near as the second, K; what it does to the resistance. */
const CRUST_FORMS_K = 50;
const CRUST_MELTS_K = 20;
const CRUST_OHM = 1.5;
/** What a broken anode still conducts, by its stub; the cell's noise with one. */
const STUB = 0.01;
const BROKEN_NOISE = 3;
/** The shell over leaking metal, K/s, and how long it takes to cool, s. */
const RUNOUT_SHELL_K_S = 20 / 60;
const SHELL_COOLS_S = 1800;

export class CellField {
  readonly state: CellState;
  readonly input: CellInput;
  readonly rng: Rng;
  readonly disturbance: Disturbance = noDisturbance();
  /** What the line gives; its PLC puts its own here. */
  services: Services = createServices();
  /** Orders of the PLC; `refilling` opens the hopper for the line's conveyor. */
  screw: ScrewOrder = "stop";
  refilling = false;
  /** The conveyor stands at this hopper. */
  served = false;
  /** True oxide in the hopper, kg. */
  hopper: number;
  /** Instruments, 10 Hz. */
  volts = 0;
  amps = 0;
  motor = 0;
  /** Instruments, 1 Hz. */
  bathTc = 0;
  wallTc = 0;
  pyrometer = 0;
  weight = 0;
  readonly flow: Lag;
  readonly draft: Lag;
  readonly bottomShell: Lag;
  readonly sideShell: Lag;
  readonly duct: Lag;
  readonly #gramsPerRev: number;
  /** The instruments, for faults to break. */
  readonly sensors;
  /** Water this cell's valve lets through, kg/s. */
  readonly #water: number;
  #delivered = 0;
  #scan = 0;
  #turned = false;
  #crusted = false;
  /** K the bottom shell stands above what the lining makes of it. */
  #shellHeat = 0;

  constructor(cell: Cell, seed: number) {
    const rng = createRng(seed, cell.number);
    this.rng = rng;
    const params = cellParams(cell.recipe, cell.cellClass, cell.line.description.supply);
    params.liningToHall *= between(rng, 0.99, 1.01);
    params.anodeRadius += between(rng, -0.0005, 0.0005);
    this.state = createCell(params);
    this.input = createInput(params);
    this.#water = between(rng, 0.31, 0.37);
    this.input.coolingFlow = this.#water;
    const state = this.state;
    state.dissolved = (between(rng, 1.95, 2.25) / 100) * state.bath;
    this.hopper = between(rng, 20, HOPPER_FULL_KG);
    this.#gramsPerRev = between(rng, 4.85, 5.15);
    this.sensors = {
      tc: createThermocouple(state.temperature, between(rng, 40, 55)),
      wall: createThermocouple(0.7 * state.temperature + 0.3 * state.lining - 10, 360),
      pyro: createPyrometer(),
      volts: createVoltageSensor(between(rng, -0.01, 0.01)),
      amps: createCurrentSensor(state.current, between(rng, 0.997, 1.003)),
      load: createLoadCell(between(rng, -0.005, 0.005)),
    };
    this.sensors.tc.drift = between(rng, -1.5, -0.5);
    this.flow = { value: this.input.coolingFlow * 60 };
    this.draft = { value: between(rng, -130, -100) };
    this.bottomShell = { value: 0 };
    this.sideShell = { value: 0 };
    this.duct = { value: 95 };
    this.#settleShell();
    this.#readSlow();
    this.#readFast();
  }

  /** Volume of metal or bath taken out and added is in `input`; the crew sets it. Advances 100 ms of process time. */
  advance(): void {
    this.#turnScrew();
    if (++this.#scan % SCANS_PER_STEP === 0) this.#stepProcess();
    this.#readFast();
  }

  /** True once the hopper is as full as a refill makes it. */
  get full(): boolean {
    return this.hopper >= HOPPER_FULL_KG;
  }

  /** Oxide from the conveyor, at most `kg`; gives what went in. */
  refill(kg: number): number {
    const taken = this.disturbance.refillBlocked ? 0 : Math.max(0, Math.min(kg, HOPPER_FULL_KG - this.hopper));
    this.hopper += taken;
    return taken;
  }

  #turnScrew(): void {
    const turning = this.screw !== "stop";
    this.#turned ||= turning;
    const { feederJammed: jammed, bridged, feederGain } = this.disturbance;
    this.motor = turning ? MOTOR_FREE_A * (jammed && this.screw === "forward" ? 2.5 : 1) * (1 + 0.03 * gauss(this.rng)) : 0;
    if (this.screw !== "forward" || jammed || bridged) return;
    const filled = Math.min(1, this.hopper / SCREW_COVERED_KG);
    const mass = Math.min(this.hopper, ((SCREW_RPM / 60) * SCAN_S * this.#gramsPerRev * feederGain * filled) / 1000);
    this.hopper -= mass;
    this.#delivered += mass;
  }

  #stepProcess(): void {
    const dt = SCANS_PER_STEP * SCAN_S;
    this.input.feed = this.#delivered / dt;
    this.#delivered = 0;
    this.#disturb(dt);
    this.#stepCell(dt);
    this.#readSlow();
    this.#turned = false;
  }

  /** The cell as the faults and the line's services let it be. */
  #disturb(dt: number): void {
    const { input, state, disturbance, services, sensors } = this;
    input.heat = disturbance.heat;
    input.coolingFlow = this.#water * services.water * disturbance.cooling;
    input.coolingIn = services.waterIn;
    const below = state.params.reference - state.temperature;
    this.#crusted = below > (this.#crusted ? CRUST_MELTS_K : CRUST_FORMS_K);
    input.bathOhm = disturbance.bathOhm * (this.#crusted ? CRUST_OHM : 1);
    for (let k = 0; k < input.contact.length; k++) input.contact[k] = (disturbance.brokenAnodes >> k) & 1 ? STUB : 1;
    this.#shellHeat = disturbance.runout > 0 ? this.#shellHeat + RUNOUT_SHELL_K_S * dt : this.#shellHeat * (1 - dt / SHELL_COOLS_S);
    sensors.tc.broken = disturbance.tcBroken;
    sensors.tc.leak = disturbance.tcLeak;
    sensors.pyro.dirt = disturbance.pyroDirt;
  }

  /** One step of the model. Current, tap and bath are the PLC's and the crew's orders: a fault acts beside them and leaves them as they are. */
  #stepCell(dt: number): void {
    const { input, state, disturbance } = this;
    const { current, tap, bath } = input;
    input.current = disturbance.unpowered ? 0 : Math.min(current, this.services.amps);
    input.tap += disturbance.runout;
    input.bath -= disturbance.runout;
    const before = state.bath;
    step(state, input, dt, this.rng);
    input.current = current;
    input.tap = tap;
    input.bath = bath;
    if (disturbance.runout > 0) this.#carryOut(before);
    if (disturbance.film && state.current > 0) {
      state.film = 1;
      state.anodeEffect = true;
    }
  }

  /** The bath that runs out takes its oxide along; `before` kg there were. */
  #carryOut(before: number): void {
    const left = this.state.bath / before;
    this.state.dissolved *= left;
    this.state.suspended *= left;
  }

  #readFast(): void {
    const { state, rng } = this;
    const noise = state.noise * (this.disturbance.brokenAnodes === 0 ? 1 : BROKEN_NOISE);
    this.volts = Math.max(0, readVoltage(this.sensors.volts, state.voltage + noise, rng));
    this.amps = readCurrent(this.sensors.amps, state.current, SCAN_S, rng);
  }

  #readSlow(): void {
    const { state, rng } = this;
    const s = this.sensors;
    this.bathTc = readThermocouple(s.tc, state.temperature, 1, rng);
    this.wallTc = readWall(s.wall, state.temperature, state.lining, 1, rng);
    this.pyrometer = readPyrometer(s.pyro, state.temperature, 1, rng);
    this.weight = readLoadCell(s.load, this.hopper, 1, this.#turned, rng);
    readLag(this.flow, this.input.coolingFlow * 60, 1, rng);
    readLag(this.draft, this.services.draft, 1, rng);
    readLag(this.duct, 50 + 45 * (state.current / state.params.nominal), 1, rng);
    this.#settleShell();
  }

  /** Shells follow the lining at once: their own lag is small beside its hours. */
  #settleShell(): void {
    const above = this.state.lining - this.state.params.ambient;
    this.bottomShell.value = this.state.params.ambient + 0.17 * above + this.#shellHeat;
    this.sideShell.value = this.state.params.ambient + 0.13 * above;
  }
}
