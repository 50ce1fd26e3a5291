/** The program of a cell's PLC with all it works on: each 100 ms of process time it drives the field, each second it thinks. */
import { CELL_TAGS, type Cell, type Mode, Quality, type Verdict } from "@cellhouse/shared";
import {
  createFused,
  currentShare,
  dipFused,
  type FaradayFeed,
  type FusedInput,
  type FusedTemperature,
  faradayFeed,
  feedStopped,
  handsOff,
  powerOff,
  stepFused,
  tripped,
} from "@cellhouse/shared/blocks";
import { between, oxidePercent } from "@cellhouse/shared/process";
import { Crew } from "./crew.ts";
import { CellField, SCAN_S } from "./field.ts";
import { Image } from "./image.ts";
import { Feeder } from "./loops/feeder.ts";
import { BEAM_HOME, Setpoints } from "./loops/setpoints.ts";
import { TemperatureTrim } from "./loops/trim.ts";
import { Dose } from "./measure/dose.ts";
import { Meters } from "./measure/meters.ts";
import { OxideEstimate } from "./measure/oxide.ts";
import { AnodeEffect } from "./safety/anode-effect.ts";
import { Protection } from "./safety/protection.ts";
import { type OwnConditions, Supervision } from "./safety/supervision.ts";
import type { LineSupply } from "./supply.ts";

const SCANS_PER_SECOND = 10;
const QUENCH_A_S = 1500;
/** Below this the cell counts as without power, A; below the second no oxide is fed. */
const POWERED_A = 100;
const FEEDING_A = 500;
/** A current that differs so much from its minute's mean has moved, as a share of the nominal one: the resistance is not judged. */
const MOVED = 0.02;
/** On a series line an effect that stands so long, and again each time it has stood as long once more, has the shift leader dip the line, s. */
const SHIFT_LEADER_S = 150;
/** The supervisor's mean share of Faraday's rate is learnt over so long, s: many cycles of a demand feed; and within this factor. */
const LEARN_S = 6 * 3600;
const MOST_LEARNT = 1.2;
/** Share of that rate that is fed once the supervisor is gone for good. */
const GONE_SHARE = 0.98;

export interface ProgramOptions {
  cell: Cell;
  seed: number;
  /** Place of this cell's publishing within the second, ms. */
  phase: number;
  /** The series line's supply; absent with an own rectifier. */
  supply?: LineSupply;
  /** Whether the cell may return to CASCADE unasked after its supervisor was lost; true where nothing is said. */
  preAuthorised?: boolean;
}

export class CellProgram extends Image {
  readonly cell: Cell;
  readonly field: CellField;
  readonly setpoints: Setpoints;
  readonly meters: Meters;
  readonly temperature: FusedTemperature;
  readonly feeder: Feeder;
  readonly anodeEffect: AnodeEffect;
  readonly protection: Protection;
  readonly supervision: Supervision;
  readonly crew: Crew;
  readonly trim = new TemperatureTrim();
  readonly oxide: OxideEstimate;
  readonly dose: Dose;
  /** Current asked of the rectifier, A. */
  demand: number;
  /** What Faraday's law asks for at the cell's own current, kg/h, and what a supervisor has fed of it on average. */
  forward: number;
  learnt = 1;
  readonly series: boolean;
  readonly #supply: LineSupply | undefined;
  readonly #instruments: FusedInput = { immersed: 0, pyrometer: 0, wall: 0, age: 0 };
  readonly #faraday: FaradayFeed;
  readonly #conditions: OwnConditions = { valueGood: true, faulted: false };
  #scan = 0;

  constructor({ cell, seed, phase, supply, preAuthorised = true }: ProgramOptions) {
    super(cell, CELL_TAGS, phase);
    const { recipe, cellClass } = cell;
    this.cell = cell;
    this.field = new CellField(cell, seed);
    this.#supply = supply;
    this.series = supply !== undefined;
    this.setpoints = new Setpoints(cell);
    this.crew = new Crew(this.field, cell.number);
    this.demand = cellClass.current;
    for (let i = 0; i < SCANS_PER_SECOND; i++) this.field.advance();
    this.meters = new Meters(this.field.volts, this.field.amps);
    this.temperature = createFused(this.#read());
    this.forward = this.setpoints.nominalFeed;
    this.#faraday = { ...recipe, current: cellClass.current, efficiency: cellClass.currentEfficiency };
    this.feeder = new Feeder(this.field, this.forward);
    this.anodeEffect = new AnodeEffect(this.field);
    this.protection = new Protection(recipe.temperature, cellClass.current);
    this.supervision = new Supervision(preAuthorised);
    this.dose = new Dose(this.field.state.params.size);
    this.oxide = new OxideEstimate(oxidePercent(this.field.state) + between(this.field.rng, -0.2, 0.2));
  }

  get mode(): Mode {
    return this.supervision.mode;
  }

  /** TI-503, °C. */
  get waterOut(): number {
    const { input, state } = this.field;
    return input.coolingIn + 0.8 * (state.clamp - input.coolingIn);
  }

  get powered(): boolean {
    return this.field.amps > POWERED_A;
  }

  /** Oxide may be fed. */
  get feeding(): boolean {
    return this.mode !== "OFF" && this.field.amps > FEEDING_A && !this.feeder.stopped && !feedStopped(this.protection.interlocks);
  }

  /** The cell's own share of what a mode depends on. */
  get conditions(): OwnConditions {
    const own = this.#conditions;
    own.valueGood = this.temperature.quality !== Quality.Bad;
    own.faulted = this.feeder.dosing.fault === "jam" || tripped(this.protection.interlocks);
    return own;
  }

  /** The feed without a supervisor, kg/h. */
  get own(): number {
    return this.learnt * this.forward;
  }

  /** Changes the mode by hand, or refuses. A loop that closes begins where it stands. */
  changeMode(mode: Mode): Verdict {
    const byHand = this.mode === "MAN" || this.mode === "OFF";
    const verdict = this.supervision.request(mode, this.conditions);
    if (verdict.ok && byHand) this.trim.reseat(this.#error());
    return verdict;
  }

  /** 100 ms of process time. */
  step(): void {
    const { field, meters, anodeEffect, setpoints, feeder } = this;
    field.input.current = this.#supply === undefined ? this.#drive() : this.#lineCurrent(this.#supply);
    field.advance();
    meters.sample(field.volts, field.amps);
    anodeEffect.scan(field, meters, this.demand);
    feeder.scan(field, setpoints.feed.working.value, this.feeding);
    if (++this.#scan % SCANS_PER_SECOND === 0) this.#second();
  }

  /** Moves the rectifier's demand, at most 1500 A/s; an interlock opens it at once. */
  #drive(): number {
    const { working } = this.setpoints.current;
    if (powerOff(this.protection.interlocks)) working.value = this.demand = 0;
    const wanted = working.value * (1 + this.trim.trim) * this.anodeEffect.quench.cut;
    const most = QUENCH_A_S * SCAN_S;
    this.demand += Math.max(-most, Math.min(most, wanted - this.demand));
    return this.demand;
  }

  /** A series cell that is off stands bypassed: the line's current goes round it. */
  #lineCurrent(supply: LineSupply): number {
    this.demand = this.mode === "OFF" || powerOff(this.protection.interlocks) ? 0 : supply.amps;
    return this.demand;
  }

  #second(): void {
    const { field, meters, setpoints, temperature, crew, protection } = this;
    stepFused(temperature, this.#read());
    const low = field.amps < 0.5 * this.cell.cellClass.current;
    meters.second(temperature.value - this.cell.recipe.temperature, this.anodeEffect.active || low);
    crew.second();
    if (!Number.isNaN(crew.dipped)) dipFused(temperature, crew.dipped);
    protection.second(this);
    if (protection.interlocks.latched !== 0) this.supervision.drop();
    this.#quench();
    this.#feed();
    setpoints.rampCurrent(this.mode === "OFF" ? 0 : this.#share());
    this.#move();
    this.#watchResistance();
    if (this.#scan % (10 * SCANS_PER_SECOND) === 0) this.anodeEffect.judge(meters, this.oxide.value);
    if (this.#scan % (60 * SCANS_PER_SECOND) === 0) this.#minute();
  }

  /** Of the current setpoint, so that interlock and quench together leave what the stricter of them allows. */
  #share(): number {
    return Math.min(1, currentShare(this.protection.interlocks) / this.anodeEffect.quench.cut);
  }

  #quench(): void {
    const { anodeEffect, feeder, field, protection } = this;
    const { quench } = anodeEffect;
    anodeEffect.feederFault = feeder.dosing.fault === "jam";
    anodeEffect.inhibited = handsOff(protection.interlocks);
    anodeEffect.second(this.meters, this.setpoints);
    feeder.askBurst(quench.feed);
    field.input.stir = quench.stir ? 1 : 0;
    if (quench.active && quench.activeFor % SHIFT_LEADER_S === 0) this.#supply?.dip();
  }

  /** The setpoint; without a supervisor what the cell's own current asks for. */
  #feed(): void {
    const { feeder, setpoints, supervision, meters } = this;
    this.#faraday.current = meters.amps60;
    this.forward = faradayFeed(this.#faraday);
    feeder.dosing.shot = setpoints.shot.target;
    feeder.second(this.field, this.forward);
    this.#learn();
    const own = supervision.presence === "gone" ? GONE_SHARE * this.own : this.own;
    setpoints.ramp(supervision.local ? own : setpoints.feed.target, this.forward, feeder.full);
  }

  /** In CASCADE at normal current: nobody tells the PLC efficiency and correction, but what it is made to feed says both. */
  #learn(): void {
    const normal = this.mode === "CASCADE" && this.anodeEffect.quench.state === "watch" && this.forward > 0.5 * this.setpoints.nominalFeed;
    if (!normal) return;
    const share = Math.min(MOST_LEARNT, Math.max(1 / MOST_LEARNT, this.setpoints.feed.target / this.forward));
    this.learnt += (share - this.learnt) / LEARN_S;
  }

  /** Trim and beam. */
  #move(): void {
    const { trim, setpoints, anodeEffect, protection } = this;
    const free = !handsOff(protection.interlocks);
    if (free) setpoints.moveBeam();
    trim.second(this.#error(), this.#trimHeld(), this.series && free);
    this.field.input.beam = (setpoints.beam.working.value - BEAM_HOME + anodeEffect.quench.pump) / 1000 + trim.beam;
  }

  #error(): number {
    return this.setpoints.temperature.working.value - this.temperature.value;
  }

  /** Something else than oxide moves the resistance: a tap by as much as was tapped, the rest by nobody knows how much. */
  #watchResistance(): void {
    const { meters, setpoints, anodeEffect, crew, cell, dose } = this;
    const { beam } = setpoints;
    const driven = Math.abs(meters.secondAmps - meters.amps60) > MOVED * cell.cellClass.current || beam.working.value !== beam.target;
    const moved = driven || crew.changing || anodeEffect.active || anodeEffect.quench.state !== "watch";
    const disturbed = moved || crew.tapping || crew.disturbed;
    if (disturbed) meters.blank();
    dose.second(disturbed, moved);
  }

  #minute(): void {
    const { cell, meters, oxide, feeder, field, dose, crew } = this;
    const used = faradayFeed({ ...cell.recipe, current: meters.amps60, efficiency: cell.cellClass.currentEfficiency, utilisation: 1 });
    oxide.minute(feeder.rate, used, field.state.params.bath, meters.blanked ? Number.NaN : meters.slope);
    const { shots, shot } = feeder.dosing;
    const { resistance } = meters;
    dose.minute({ shots, shot, used, made: used / cell.recipe.oxideRatio, tapped: crew.total, resistance });
  }

  #trimHeld(): boolean {
    const { mode, anodeEffect, crew, temperature, supervision, protection } = this;
    return (
      (mode !== "AUTO" && mode !== "CASCADE") ||
      anodeEffect.quench.state !== "watch" ||
      anodeEffect.active ||
      crew.tapping ||
      crew.changing ||
      (supervision.local && supervision.presence === "gone") ||
      protection.interlocks.latched !== 0 ||
      temperature.quality === Quality.Bad
    );
  }

  #read(): FusedInput {
    const input = this.#instruments;
    input.immersed = this.field.bathTc;
    input.pyrometer = this.field.pyrometer;
    input.wall = this.field.wallTc;
    return input;
  }
}
