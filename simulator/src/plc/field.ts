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
import { createServices, type Services } from "./hall/services.ts";

export const SCAN_S = 0.1;
const SCANS_PER_STEP = 10;
const SCREW_RPM = 120;
const MOTOR_FREE_A = 1.2;
const HOPPER_FULL_KG = 58;

/** What a fault does to the field; all zero or false in a sound cell. */
export interface Disturbance {
  /** Heat into the bath, W. */
  heat: number;
  feederJammed: boolean;
  offline: boolean;
}

export class CellField {
  readonly state: CellState;
  readonly input: CellInput;
  readonly rng: Rng;
  readonly disturbance: Disturbance = { heat: 0, feederJammed: false, offline: false };
  /** What the line gives; its PLC puts its own here. */
  services: Services = createServices();
  /** Orders of the PLC; `refilling` opens the hopper for the line's conveyor. */
  screw: ScrewOrder = "stop";
  refilling = false;
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
    const taken = Math.max(0, Math.min(kg, HOPPER_FULL_KG - this.hopper));
    this.hopper += taken;
    return taken;
  }

  #turnScrew(): void {
    const turning = this.screw !== "stop";
    this.#turned ||= turning;
    const jammed = this.disturbance.feederJammed;
    this.motor = turning ? MOTOR_FREE_A * (jammed && this.screw === "forward" ? 2.5 : 1) * (1 + 0.03 * gauss(this.rng)) : 0;
    if (this.screw !== "forward" || jammed) return;
    const mass = Math.min(this.hopper, ((SCREW_RPM / 60) * SCAN_S * this.#gramsPerRev) / 1000);
    this.hopper -= mass;
    this.#delivered += mass;
  }

  #stepProcess(): void {
    const dt = SCANS_PER_STEP * SCAN_S;
    this.input.feed = this.#delivered / dt;
    this.#delivered = 0;
    this.input.heat = this.disturbance.heat;
    this.#takeServices();
    step(this.state, this.input, dt, this.rng);
    this.#readSlow();
    this.#turned = false;
  }

  #takeServices(): void {
    const { input, services } = this;
    input.current = Math.min(input.current, services.amps);
    input.coolingFlow = this.#water * services.water;
    input.coolingIn = services.waterIn;
  }

  #readFast(): void {
    const { state, rng } = this;
    this.volts = Math.max(0, readVoltage(this.sensors.volts, state.voltage + state.noise, rng));
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
    this.bottomShell.value = this.state.params.ambient + 0.17 * above;
    this.sideShell.value = this.state.params.ambient + 0.13 * above;
  }
}
