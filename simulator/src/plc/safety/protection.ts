/** The interlocks in the PLC: feeds them with what the cell measures. What they order is read from their state by the program. */
import { createInterlocks, type InterlockInput, stepInterlocks } from "@cellhouse/shared/blocks";
import type { CellProgram } from "../program.ts";

/** K over the recipe's temperature at which interlock 1 trips. */
const TRIP_K = 70;

export class Protection {
  readonly interlocks = createInterlocks();
  /** The stop button at the cell. */
  stopped = false;
  readonly #input: InterlockInput;
  /** A second ago, A. */
  #demand = 0;

  constructor(reference: number, nominal: number) {
    this.#input = {
      trip: reference + TRIP_K,
      immersed: 0,
      pyrometer: 0,
      wall: 0,
      blind: 0,
      flow: 0,
      waterOut: 0,
      shell: 0,
      volts: 0,
      amps: 0,
      demand: 0,
      nominal,
      effectFor: 0,
      draft: 0,
      stalled: false,
      gateOpen: false,
      busy: false,
      alone: false,
      stopped: false,
    };
  }

  /** One second. */
  second(plc: CellProgram): void {
    const input = this.#input;
    const { temperature, field, meters, anodeEffect, feeder, crew, supervision } = plc;
    input.immersed = temperature.immersedGood ? temperature.immersed : Number.NaN;
    input.pyrometer = temperature.pyrometerGood ? temperature.pyrometer : Number.NaN;
    input.wall = temperature.wall;
    input.blind = temperature.blind;
    input.flow = field.flow.value;
    input.waterOut = plc.waterOut;
    input.shell = Math.max(field.bottomShell.value, field.sideShell.value);
    input.volts = meters.secondVolts;
    input.amps = meters.secondAmps;
    input.demand = Math.max(plc.demand, this.#demand); // a falling demand is ahead of the second's mean
    this.#demand = plc.demand;
    input.effectFor = anodeEffect.active ? anodeEffect.quench.activeFor : 0;
    input.draft = field.draft.value;
    input.stalled = feeder.dosing.stalled;
    input.gateOpen = feeder.refilling;
    input.busy = crew.tapping || crew.changing;
    input.alone = supervision.alone;
    input.stopped = this.stopped;
    stepInterlocks(this.interlocks, input);
  }
}
