/** Sensor models: what an instrument shows of the truth. Each is a small state and a read function, noise from the caller's generator. */
import { gauss, type Rng, uniform } from "./noise.ts";

/** What a broken thermocouple shows: the transmitter drives upscale, °C. */
export const BURNOUT = 1820;
const DAY_S = 86_400;
const HOUR_S = 3600;

/** Immersed thermocouple in its sheath. */
export interface Thermocouple {
  /** s: 40 new, 90 crusted. */
  tau: number;
  /** K rms. */
  noise: number;
  /** K per day, negative: the couple ages low. */
  drift: number;
  /** K per hour through a leaking sheath. */
  leak: number;
  /** Accumulated drift, K; the crew changes the couple at -6, unless it leaks: that must be found first. */
  error: number;
  broken: boolean;
  /** Sheath temperature, °C. */
  value: number;
}

export function createThermocouple(start: number, tau = 40): Thermocouple {
  return { tau, noise: 0.4, drift: 0, leak: 0, error: 0, broken: false, value: start };
}

/** °C after `dt` s in a bath of `truth` °C. */
export function readThermocouple(tc: Thermocouple, truth: number, dt: number, rng: Rng): number {
  tc.value += (truth - tc.value) * (1 - Math.exp(-dt / tc.tau));
  tc.error += (tc.drift / DAY_S + tc.leak / HOUR_S) * dt;
  if (tc.error < -6 && tc.leak === 0) tc.error = 0;
  return tc.broken ? BURNOUT : tc.value + tc.error + tc.noise * gauss(rng);
}

/** Thermocouple in the crucible wall: slow, low, and hard to kill. `tc` is a `createThermocouple(start, 360)`. */
export function readWall(tc: Thermocouple, truth: number, lining: number, dt: number, rng: Rng): number {
  return readThermocouple(tc, 0.7 * truth + 0.3 * lining - 10, dt, rng);
}

/** Two-colour pyrometer over the bath: reads low, and lower through fume and crust. */
export interface Pyrometer {
  /** K it reads low on a clear bath. */
  bias: number;
  /** Fume episodes per second. */
  fumeRate: number;
  /** K it reads lower through a dirty window. */
  dirt: number;
  /** Remaining seconds of fume, its depth in K, and the filtered depth. */
  fumeLeft: number;
  fumeDepth: number;
  veil: number;
}

export function createPyrometer(): Pyrometer {
  return { bias: 8, fumeRate: 1 / 600, dirt: 0, fumeLeft: 0, fumeDepth: 0, veil: 0 };
}

/** °C; 3 K rms on a clear bath, down to 60 K lower for 5-60 s in fume. */
export function readPyrometer(pyro: Pyrometer, truth: number, dt: number, rng: Rng): number {
  pyro.fumeLeft -= dt;
  if (pyro.fumeLeft <= 0 && uniform(rng) < pyro.fumeRate * dt) {
    pyro.fumeLeft = 5 + 55 * uniform(rng);
    pyro.fumeDepth = 60 * uniform(rng);
  }
  const depth = (pyro.fumeLeft > 0 ? pyro.fumeDepth : 0) + pyro.dirt;
  pyro.veil += (depth - pyro.veil) * (1 - Math.exp(-dt));
  return truth - pyro.bias - pyro.veil + 3 * gauss(rng);
}

/** Voltage taps: an offset, and the filtered ripple left at the 10 Hz sample. */
export interface VoltageSensor {
  /** V. */
  offset: number;
  /** V rms. */
  ripple: number;
  broken: boolean;
}

export function createVoltageSensor(offset = 0): VoltageSensor {
  return { offset, ripple: 0.015, broken: false };
}

/** V; 0 with a broken lead. */
export function readVoltage(sensor: VoltageSensor, truth: number, rng: Rng): number {
  return sensor.broken ? 0 : truth + sensor.offset + sensor.ripple * gauss(rng);
}

/** Shunt or Hall sensor of the cell current. */
export interface CurrentSensor {
  /** 1 ± 0.003. */
  gain: number;
  /** Zero offset, A. */
  zero: number;
  value: number;
}

export function createCurrentSensor(start: number, gain = 1, zero = 0): CurrentSensor {
  return { gain, zero, value: start };
}

/** A; tau 0.1 s, 8 A rms. */
export function readCurrent(sensor: CurrentSensor, truth: number, dt: number, rng: Rng): number {
  sensor.value += (truth * sensor.gain + sensor.zero - sensor.value) * (1 - Math.exp(-dt / 0.1));
  return Math.max(0, sensor.value + 8 * gauss(rng));
}

/** Load cell under the feed hopper: 10 g resolution class, shaken by the screw, creeping. */
export interface LoadCell {
  /** Accumulated creep, kg. */
  creep: number;
  /** Creep, kg/h. */
  drift: number;
}

export function createLoadCell(drift = 0.005): LoadCell {
  return { creep: 0, drift };
}

/** kg; ±10 g, 20 g rms more while the screw turns. A refill tares the creep away. */
export function readLoadCell(cell: LoadCell, truth: number, dt: number, turning: boolean, rng: Rng): number {
  cell.creep += (cell.drift * dt) / HOUR_S;
  return truth + cell.creep + (turning ? 0.022 : 0.005) * gauss(rng);
}

/** Flow, level and draft: 1 % noise through a 2 s filter. `value` is the filtered state. */
export interface Lag {
  value: number;
}

/** One reading of a slow transmitter. */
export function readLag(lag: Lag, truth: number, dt: number, rng: Rng): number {
  lag.value += (truth * (1 + 0.01 * gauss(rng)) - lag.value) * (1 - Math.exp(-dt / 2));
  return lag.value;
}
