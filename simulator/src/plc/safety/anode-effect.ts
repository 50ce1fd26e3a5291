/** Anode effect in the PLC: looked for each scan, quenched locally, its risk published before it. */
import {
  askQuench,
  beginEffect,
  createEffectWatch,
  createQuench,
  type EffectInput,
  effectRisk,
  type Quench,
  type QuenchInput,
  seeEffect,
  stepQuench,
} from "@cellhouse/shared/blocks";
import { type CellField, SCAN_S } from "../field.ts";
import type { Setpoints } from "../loops/setpoints.ts";
import type { Meters } from "../measure/meters.ts";

export class AnodeEffect {
  readonly quench: Quench;
  /** Active now, or since it was last published. */
  seen = false;
  /** Effects since the start. */
  count = 0;
  risk = 0;
  /** Set by the program each second: the feeder cannot feed; hands are at the cell. */
  feederFault = false;
  inhibited = false;
  readonly #watch = createEffectWatch();
  readonly #effect: EffectInput;
  readonly #input: QuenchInput = {
    volts: 0,
    usual: 0,
    feederFault: false,
    inhibited: false,
    percent: 0,
    hold: 0,
    ramp: 0,
    shot: 0,
  };

  constructor({ state }: CellField) {
    const { ceiling } = state.params;
    this.quench = createQuench(ceiling === Number.POSITIVE_INFINITY);
    this.#effect = { volts: 0, amps: 0, usual: 0, demand: 0, ceiling, limit: Number.POSITIVE_INFINITY };
  }

  get active(): boolean {
    return this.quench.active;
  }

  /** Seconds active since the start. */
  get total(): number {
    return this.quench.total;
  }

  /** The quench is at work. */
  get quenching(): boolean {
    return this.quench.state === "hold" || this.quench.state === "ramp";
  }

  /** A quench by hand. */
  ask(): void {
    askQuench(this.quench);
  }

  /** 100 ms: `demand` is the current asked of the rectifier, A. */
  scan(field: CellField, meters: Meters, demand: number): void {
    const input = this.#effect;
    input.volts = field.volts;
    input.amps = field.amps;
    input.usual = meters.volts60;
    input.demand = demand;
    if (!seeEffect(this.#watch, input, SCAN_S) || this.active) return;
    beginEffect(this.quench);
    this.seen = true;
    this.count++;
  }

  /** One second of the quench. */
  second(meters: Meters, setpoints: Setpoints): void {
    const input = this.#input;
    input.volts = meters.secondVolts;
    input.usual = meters.usualVolts;
    input.feederFault = this.feederFault;
    input.inhibited = this.inhibited;
    input.percent = setpoints.percent.target;
    input.hold = setpoints.hold.target;
    input.ramp = setpoints.rampUp.target;
    input.shot = setpoints.quenchShot.target;
    this.#effect.limit = setpoints.effectVolts.target;
    stepQuench(this.quench, input);
  }

  /** Every ten seconds. */
  judge({ slope, rise, noise, blanked }: Meters, oxide: number): void {
    this.risk = effectRisk({ slope, rise, noise, blanked, feederFault: this.feederFault, oxide });
  }
}
