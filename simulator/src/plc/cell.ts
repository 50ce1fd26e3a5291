/** The PLC of one cell: its program each 100 ms of process time, and its door for writes. */
import { CELL_TAGS, type Cell, type Mode, OK, Quality, refuse, type Verdict, type WriteOrder } from "@cellhouse/shared";
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
import { between, createRng, oxidePercent } from "@cellhouse/shared/process";
import type { Plc } from "../contracts.ts";
import { Tamper } from "../faults/tamper.ts";
import { Crew } from "./crew.ts";
import { Feeder } from "./feeder.ts";
import { CellField, SCAN_S } from "./field.ts";
import { fillImage } from "./fill.ts";
import { cellIndex, Image } from "./image.ts";
import { Meters } from "./measure/meters.ts";
import { OxideEstimate } from "./measure/oxide.ts";
import { cellDefinition, obey } from "./orders/door.ts";
import { Handshake } from "./orders/handshake.ts";
import { AnodeEffect } from "./safety/anode-effect.ts";
import { Protection } from "./safety/protection.ts";
import { type OwnConditions, Supervision } from "./safety/supervision.ts";
import { BEAM_HOME, Setpoints } from "./setpoints.ts";
import type { LineSupply } from "./supply.ts";
import { TemperatureTrim } from "./trim.ts";

const SCANS_PER_SECOND = 10;
const QUENCH_A_S = 1500;
/** Below this the cell counts as without power, A; below the second no oxide is fed. */
const POWERED_A = 100;
const FEEDING_A = 500;
/** A current that differs so much from its minute's mean has moved, as a share of the nominal one: the resistance is not judged. */
const MOVED = 0.02;
/** On a series line an effect that stands so long, and again each time it has stood as long once more, has the shift leader dip the line, s. */
const SHIFT_LEADER_S = 180;
/** Share of Faraday's rate that is fed once the supervisor is gone for good. */
const GONE_SHARE = 0.98;
/** The chance of faults on the data is a stream of its own: the process runs the same with and without them. */
const TAMPER_STREAM = 1e6;
/** II-306 shows the peak since its last scan: a stalled screw draws its current for two seconds only. */
const MOTOR = cellIndex("II-306");
/** XS-209 shows whether there was an effect since its last scan: a quench ends one sooner than that. */
const EFFECT = cellIndex("XS-209");
/** Published each second: the second of everything else. */
const HEARTBEAT = cellIndex("YC-905");

export interface CellPlcOptions {
  cell: Cell;
  seed: number;
  /** Place of this cell's publishing within the second, ms. */
  phase: number;
  /** The series line's supply; absent with an own rectifier. */
  supply?: LineSupply;
  /** ms the plant's clock is ahead of UTC. */
  dayOffset: number;
  /** Whether the cell may return to CASCADE unasked after its supervisor was lost; true where nothing is said. */
  preAuthorised?: boolean;
}

export class CellPlc extends Image implements Plc {
  readonly cell: Cell;
  readonly field: CellField;
  readonly setpoints: Setpoints;
  readonly meters: Meters;
  readonly temperature: FusedTemperature;
  readonly feeder: Feeder;
  readonly anodeEffect: AnodeEffect;
  readonly protection: Protection;
  readonly supervision: Supervision;
  readonly handshake = new Handshake();
  readonly crew: Crew;
  readonly trim = new TemperatureTrim();
  readonly tamper: Tamper;
  readonly oxide: OxideEstimate;
  heartbeat = 0;
  /** Current asked of the rectifier, A. */
  demand: number;
  /** What Faraday's law asks for at the cell's own current, kg/h. */
  forward: number;
  readonly series: boolean;
  readonly #supply: LineSupply | undefined;
  readonly #dayOffset: number;
  readonly #instruments: FusedInput = { immersed: 0, pyrometer: 0, wall: 0, age: 0 };
  readonly #faraday: FaradayFeed;
  readonly #conditions: OwnConditions = { valueGood: true, faulted: false };
  #day = 0;
  #effectBefore = 0;
  #scan = 0;
  /** Time of the last scan, epoch ms: the PLC's clock. */
  #now = 0;
  #written = false;

  constructor({ cell, seed, phase, supply, dayOffset, preAuthorised = true }: CellPlcOptions) {
    super(cell, CELL_TAGS, phase);
    const { recipe, cellClass } = cell;
    this.cell = cell;
    this.field = new CellField(cell, seed);
    this.tamper = new Tamper(this, createRng(seed, TAMPER_STREAM + cell.number));
    this.#supply = supply;
    this.series = supply !== undefined;
    this.#dayOffset = dayOffset;
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
    this.oxide = new OxideEstimate(oxidePercent(this.field.state) + between(this.field.rng, -0.2, 0.2));
  }

  get mode(): Mode {
    return this.supervision.mode;
  }

  /** Seconds in anode effect since the plant's midnight. */
  get effectToday(): number {
    return this.anodeEffect.total - this.#effectBefore;
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

  /** One scan at `now` (epoch ms) of `times` x 100 ms of process time, then what is due is published. */
  scan(now: number, times: number): void {
    if (this.field.disturbance.frozen) {
      for (let i = 0; i < times; i++) this.field.advance();
      return;
    }
    this.#now = now;
    for (let i = 0; i < times; i++) this.#program();
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

  /** Changes the mode by hand, or refuses. A loop that closes begins where it stands. */
  changeMode(mode: Mode): Verdict {
    const byHand = this.mode === "MAN" || this.mode === "OFF";
    const verdict = this.supervision.request(mode, this.#own());
    if (verdict.ok && byHand) this.trim.reseat(this.#error());
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
    this.supervision.second(this.#own(), this.setpoints.feed.target, this.forward);
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

  /** 100 ms of process time. */
  #program(): void {
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
    setpoints.rampCurrent(this.mode === "OFF" ? 0 : currentShare(protection.interlocks));
    this.#move();
    if (this.#disturbed()) meters.blank();
    if (this.#scan % (10 * SCANS_PER_SECOND) === 0) this.anodeEffect.judge(meters, this.oxide.value);
    if (this.#scan % (60 * SCANS_PER_SECOND) === 0) this.#minute();
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
    const own = supervision.presence === "gone" ? GONE_SHARE * this.forward : this.forward;
    setpoints.ramp(supervision.local ? own : setpoints.feed.target, this.forward, feeder.full);
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

  /** Something else than oxide moves the resistance. */
  #disturbed(): boolean {
    const { meters, setpoints, anodeEffect, crew, cell } = this;
    const { beam } = setpoints;
    const moved = Math.abs(meters.secondAmps - meters.amps60) > MOVED * cell.cellClass.current;
    return moved || crew.disturbed || anodeEffect.active || anodeEffect.quench.state !== "watch" || beam.working.value !== beam.target;
  }

  #minute(): void {
    const { cell, meters, oxide, feeder, field } = this;
    const used = faradayFeed({ ...cell.recipe, current: meters.amps60, efficiency: cell.cellClass.currentEfficiency, utilisation: 1 });
    oxide.minute(feeder.rate, used, field.state.params.bath, meters.blanked ? Number.NaN : meters.slope);
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
      tripped(protection.interlocks) ||
      temperature.quality === Quality.Bad
    );
  }

  #own(): OwnConditions {
    const own = this.#conditions;
    own.valueGood = this.temperature.quality !== Quality.Bad;
    own.faulted = this.feeder.dosing.fault === "jam" || tripped(this.protection.interlocks);
    return own;
  }

  #read(): FusedInput {
    const input = this.#instruments;
    input.immersed = this.field.bathTc;
    input.pyrometer = this.field.pyrometer;
    input.wall = this.field.wallTc;
    return input;
  }
}
