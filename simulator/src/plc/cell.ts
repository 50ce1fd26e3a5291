/** The PLC of one cell: its program each 100 ms of process time, and its door for writes. */
import {
  ALARM_WORD,
  CELL_TAGS,
  type Cell,
  MODES,
  type Mode,
  OK,
  type Phase,
  Quality,
  refuse,
  STATUS,
  statusWord,
  type Verdict,
} from "@cellhouse/shared";
import { faradayFeed, requestMode } from "@cellhouse/shared/blocks";
import { between, oxidePercent } from "@cellhouse/shared/process";
import type { Plc } from "../contracts.ts";
import { AnodeEffect } from "./anode-effect.ts";
import { Crew } from "./crew.ts";
import { Feeder } from "./feeder.ts";
import { CellField, SCAN_S } from "./field.ts";
import { fillImage } from "./fill.ts";
import { cellIndex, Image } from "./image.ts";
import { Meters } from "./measure/meters.ts";
import { OxideEstimate } from "./measure/oxide.ts";
import { FusedTemperature } from "./measure/temperature.ts";
import { BEAM_HOME, Setpoints } from "./setpoints.ts";
import type { LineSupply } from "./supply.ts";
import { TemperatureTrim } from "./trim.ts";

const SCANS_PER_SECOND = 10;
const QUENCH_A_S = 1500;
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
}

export class CellPlc extends Image implements Plc {
  readonly cell: Cell;
  readonly field: CellField;
  readonly setpoints: Setpoints;
  readonly meters: Meters;
  readonly temperature: FusedTemperature;
  readonly feeder: Feeder;
  readonly anodeEffect: AnodeEffect;
  readonly crew: Crew;
  readonly trim = new TemperatureTrim();
  readonly oxide: OxideEstimate;
  mode: Mode = "CASCADE";
  heartbeat = 0;
  supervisorHeartbeat = 0;
  /** Current asked of the rectifier, A. */
  demand: number;
  readonly series: boolean;
  readonly #supply: LineSupply | undefined;
  readonly #dayOffset: number;
  #day = 0;
  #effectBefore = 0;
  #scan = 0;
  #written = false;

  constructor({ cell, seed, phase, supply, dayOffset }: CellPlcOptions) {
    super(cell, CELL_TAGS, phase);
    this.cell = cell;
    this.field = new CellField(cell, seed);
    this.#supply = supply;
    this.series = supply !== undefined;
    this.#dayOffset = dayOffset;
    this.setpoints = new Setpoints(cell);
    this.crew = new Crew(this.field, cell.number);
    this.demand = cell.cellClass.current;
    for (let i = 0; i < SCANS_PER_SECOND; i++) this.field.advance();
    this.meters = new Meters(this.field.volts, this.field.amps);
    this.temperature = new FusedTemperature(this.field);
    this.feeder = new Feeder(this.field, this.setpoints.nominalFeed);
    this.anodeEffect = new AnodeEffect(this.field);
    this.oxide = new OxideEstimate(oxidePercent(this.field.state) + between(this.field.rng, -0.2, 0.2));
  }

  /** Seconds in anode effect since the plant's midnight. */
  get effectToday(): number {
    return this.anodeEffect.total - this.#effectBefore;
  }

  /** One scan at `now` (epoch ms) of `times` x 100 ms of process time, then what is due is published. */
  scan(now: number, times: number): void {
    for (let i = 0; i < times; i++) this.#program();
    const second = this.due(HEARTBEAT, now);
    if (second) this.#publish(now, false);
    else if (this.#written) {
      fillImage(this, now);
      this.publishChanges(now);
    }
    this.#written = false;
  }

  /** Fills and publishes everything: the image before the first scan. */
  start(now: number): void {
    this.#day = Math.floor((now + this.#dayOffset) / 86_400_000);
    this.#publish(now, true);
  }

  write(tag: string, value: number): Verdict {
    if (!CELL_TAGS.some((t) => t.name === tag)) return refuse("E_TAG_UNKNOWN", `${this.cell.id}: no tag ${tag}`);
    if (this.offline) return refuse("E_LINK_DOWN", `${this.cell.id}: the PLC is off the network`);
    this.#written = true;
    if (tag === "YC-906") return this.#beat(value);
    return tag === "HS-910" ? this.#requestMode(value) : this.setpoints.write(tag, value);
  }

  /** YS-901. */
  status(): number {
    const { anodeEffect, crew, feeder, field } = this;
    const on = field.amps > 100;
    let bits = STATUS.ready;
    if (on && this.mode !== "OFF") bits |= STATUS.run;
    if (this.mode === "CASCADE") bits |= STATUS.remote;
    if (on) bits |= STATUS.powerOn;
    if (this.#feeding()) bits |= STATUS.feederRun;
    if (crew.tapping) bits |= STATUS.tapping;
    if (crew.changing) bits |= STATUS.anodeChange;
    if (anodeEffect.active) bits |= STATUS.anodeEffect;
    if (anodeEffect.quench) bits |= STATUS.quench;
    if (this.temperature.sensorBad) bits |= STATUS.sensorFault;
    if (feeder.refilling) bits |= STATUS.hopperFill;
    return statusWord(bits, this.mode, this.#phase());
  }

  /** YS-902. */
  alarms(): number {
    const { dosing } = this.feeder;
    let bits = 0;
    if (dosing.fault === "jam") bits |= ALARM_WORD.feedJam;
    if (dosing.fault === "bridge") bits |= ALARM_WORD.feedBridge;
    if (this.temperature.sensorBad) bits |= ALARM_WORD.sensorBad;
    if (this.feeder.low) bits |= ALARM_WORD.hopperLow;
    return bits;
  }

  #publish(now: number, all: boolean): void {
    this.meters.latch();
    this.heartbeat = (this.heartbeat + 1) >>> 0;
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
    anodeEffect.scan(field, meters, this.demand, setpoints.target("EIC-210.V"));
    feeder.scan(field, setpoints.feed.working.value, this.#feeding());
    if (++this.#scan % SCANS_PER_SECOND === 0) this.#second();
  }

  /** Moves the rectifier's demand, at most 1500 A/s. */
  #drive(): number {
    const wanted = this.setpoints.current.working.value * (1 + this.trim.trim) * this.anodeEffect.cut;
    const most = QUENCH_A_S * SCAN_S;
    this.demand += Math.max(-most, Math.min(most, wanted - this.demand));
    return this.demand;
  }

  /** A series cell that is off stands bypassed: the line's current goes round it. */
  #lineCurrent(supply: LineSupply): number {
    this.demand = this.mode === "OFF" ? 0 : supply.amps;
    return this.demand;
  }

  #feeding(): boolean {
    return this.mode !== "OFF" && this.field.amps > 500;
  }

  #second(): void {
    const { field, meters, anodeEffect, setpoints, feeder, temperature, crew, trim } = this;
    setpoints.ramp(1, this.mode === "OFF");
    temperature.second(field);
    const low = field.amps < 0.5 * this.cell.cellClass.current;
    meters.second(temperature.value - this.cell.recipe.temperature, anodeEffect.active || low);
    crew.second();
    feeder.dosing.shot = setpoints.target("FIC-303.SHOT");
    feeder.second(field);
    const jammed = feeder.dosing.fault === "jam";
    anodeEffect.second(field, meters, setpoints, jammed);
    if (anodeEffect.wantsShot) feeder.burst = setpoints.target("EIC-210.SHOT");
    if (anodeEffect.wantsDip) this.#supply?.dip();
    if (anodeEffect.active || crew.disturbed || anodeEffect.state !== "watch") meters.blank();
    anodeEffect.wantsShot = false;
    anodeEffect.wantsDip = false;
    trim.second(setpoints.temperature.working.value - temperature.value, this.#trimHeld(), this.series);
    field.input.beam = (setpoints.beam.working.value - BEAM_HOME) / 1000 + trim.beam;
    if (this.#scan % (10 * SCANS_PER_SECOND) === 0) anodeEffect.judge(meters, jammed, this.oxide.value);
    if (this.#scan % (60 * SCANS_PER_SECOND) === 0) this.#minute();
  }

  #minute(): void {
    const { cell, meters, oxide, feeder, field } = this;
    const used = faradayFeed({ ...cell.recipe, current: meters.amps60, efficiency: cell.cellClass.currentEfficiency, utilisation: 1 });
    oxide.minute(feeder.rate, used, field.state.params.bath, meters.blanked ? Number.NaN : meters.slope);
  }

  #trimHeld(): boolean {
    const automatic = this.mode === "AUTO" || this.mode === "CASCADE";
    return (
      !automatic ||
      this.anodeEffect.state !== "watch" ||
      this.anodeEffect.active ||
      this.crew.tapping ||
      this.temperature.quality === Quality.Bad
    );
  }

  #phase(): Phase {
    if (this.mode === "OFF") return "COOLDOWN";
    if (this.anodeEffect.active) return "AE";
    if (this.anodeEffect.state === "standby") return "STANDBY";
    if (this.crew.tapping) return "TAP";
    return this.crew.changing ? "ANODE_CHANGE" : "RUN";
  }

  #beat(value: number): Verdict {
    if (!Number.isFinite(value)) return refuse("E_FIELD_REFUSED", `YC-906: ${value} is not a number`);
    this.supervisorHeartbeat = Math.trunc(value) >>> 0;
    return OK;
  }

  #requestMode(value: number): Verdict {
    const mode = MODES[value];
    if (mode === undefined) return refuse("E_FIELD_REFUSED", `HS-910: ${value} is no mode; 0 OFF, 1 MAN, 2 AUTO, 3 CASCADE`);
    const verdict = requestMode(mode, {
      heartbeatAge: 0,
      valueGood: this.temperature.quality !== Quality.Bad,
      faulted: this.feeder.dosing.fault === "jam",
      remoteInside: true,
      granted: true,
    });
    if (verdict.ok) this.mode = mode;
    return verdict;
  }
}
