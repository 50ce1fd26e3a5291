/** Feeder dosing: a wanted rate becomes shots of a screw, weighed, calibrated and guarded against jams. Runs each 100 ms in the PLC. */

/** What the screw is told. */
export type ScrewOrder = "stop" | "forward" | "reverse";
export type DosingFault = "none" | "jam" | "bridge";

export interface DosingInput {
  /** Wanted rate, kg/h. */
  rate: number;
  /** Feeding allowed. */
  ready: boolean;
  /** Hopper weight, kg, filtered. */
  weight: number;
  /** Motor current, A. */
  motor: number;
  /** Hopper being refilled: the weight means nothing. */
  refilling: boolean;
}

/** State and settings of one dosing block. */
export interface Dosing {
  /** Shot, g (30-120 practical), full screw speed, r/min, and the motor current of a free screw, A. */
  shot: number;
  speed: number;
  motorBase: number;
  /** Calibration, g per revolution. */
  gramsPerRev: number;
  /** Grams owed to the cell. */
  owed: number;
  /** Revolutions still to turn of this shot; what a scan turned too far counts for the next. */
  turning: number;
  order: ScrewOrder;
  fault: DosingFault;
  vibrate: boolean;
  /** The jam is one of the motor; it ends when the screw turns freely. */
  stalled: boolean;
  shots: number;
  /** Seconds between the last two shots; NaN before the second. */
  interval: number;
  sinceShot: number;
  /** Calibration window: shots and weight at its start. */
  windowShots: number;
  windowWeight: number;
  /** Loss-in-weight check: g commanded and weight at its start, s. */
  commanded: number;
  checkWeight: number;
  checkTime: number;
  overload: number;
  reversing: number;
  retries: number;
  waiting: number;
  turnedFree: number;
  /** Seconds since the weight was last meaningless. */
  settled: number;
}

const OWED_SHOTS = 3;
const CALIBRATION_SHOTS = 20;
const CHECK_S = 120;
const OVERLOAD_S = 2;
const REVERSE_S = 3;
const RETRIES = 2;
/** A jammed screw is tried again this often. */
const TRIAL_S = 60;
/** Turning this long without overload ends a jam, s. */
const FREE_S = 3;
const SETTLE_S = 30;

export function createDosing(shot = 50, gramsPerRev = 5): Dosing {
  return {
    shot,
    speed: 120,
    motorBase: 1.2,
    gramsPerRev,
    owed: 0,
    turning: 0,
    order: "stop",
    fault: "none",
    vibrate: false,
    stalled: false,
    shots: 0,
    interval: Number.NaN,
    sinceShot: Number.NaN,
    windowShots: -1,
    windowWeight: 0,
    commanded: 0,
    checkWeight: Number.NaN,
    checkTime: 0,
    overload: 0,
    reversing: 0,
    retries: 0,
    waiting: 0,
    turnedFree: 0,
    settled: 0,
  };
}

/**
 * One scan of `dt` s; returns the order to the screw (process model, "Dosing"). What is owed never exceeds three shots,
 * so a stop is not followed by a flood, and mass lost to a jam is not repaid.
 */
export function stepDosing(d: Dosing, input: DosingInput, dt: number): ScrewOrder {
  d.sinceShot += dt;
  d.settled = input.refilling ? 0 : d.settled + dt;
  if (!input.ready) return rest(d);
  d.owed = Math.min(d.owed + (input.rate / 3.6) * dt, OWED_SHOTS * d.shot);
  watchMotor(d, input, dt);
  if (d.reversing > 0) return reverse(d, dt);
  if (d.waiting > 0) {
    d.waiting -= dt;
    d.order = "stop";
    return d.order;
  }
  watchWeight(d, input, dt);
  if (d.turning <= 0 && d.owed >= d.shot) beginShot(d, input);
  turn(d, input, dt);
  return d.order;
}

/** Not ready: the shot is given up, nothing is owed when feeding begins again. */
function rest(d: Dosing): ScrewOrder {
  d.turning = 0;
  d.owed = 0;
  d.overload = 0;
  d.checkWeight = Number.NaN;
  d.order = "stop";
  return d.order;
}

function beginShot(d: Dosing, input: DosingInput): void {
  calibrate(d, input);
  d.turning += d.shot / d.gramsPerRev;
  d.owed -= d.shot;
  d.commanded += d.shot;
  d.shots = (d.shots + 1) >>> 0;
  if (d.sinceShot > 0) d.interval = d.sinceShot;
  d.sinceShot = 0;
}

function turn(d: Dosing, input: DosingInput, dt: number): void {
  d.order = d.turning > 0 ? "forward" : "stop";
  if (d.turning <= 0) return;
  d.turning -= (d.speed / 60) * dt;
  if (input.motor < 1.6 * d.motorBase) d.turnedFree += dt;
  if (d.turnedFree < FREE_S) return;
  d.retries = 0;
  if (!d.stalled) return;
  d.stalled = false;
  d.fault = "none";
  d.checkWeight = Number.NaN;
}

/** Every 20 shots the weight lost corrects the grams per revolution, a fifth of the way, within 3..8 g. */
function calibrate(d: Dosing, input: DosingInput): void {
  if (d.settled < SETTLE_S) {
    d.windowShots = -1;
    return;
  }
  if (d.windowShots < 0) {
    d.windowShots = d.shots;
    d.windowWeight = input.weight;
    return;
  }
  const shots = d.shots - d.windowShots;
  if (shots < CALIBRATION_SHOTS) return;
  const lost = (d.windowWeight - input.weight) * 1000;
  const seen = (d.gramsPerRev * lost) / (shots * d.shot);
  if (lost > 0.5 * shots * d.shot && d.fault === "none")
    d.gramsPerRev = Math.min(8, Math.max(3, d.gramsPerRev + 0.2 * (seen - d.gramsPerRev)));
  d.windowShots = d.shots;
  d.windowWeight = input.weight;
}

/** A motor at 1.6 times its free current for 2 s: reverse 3 s, twice again, then jam. */
function watchMotor(d: Dosing, input: DosingInput, dt: number): void {
  d.overload = input.motor > 1.6 * d.motorBase && d.order === "forward" ? d.overload + dt : 0;
  if (d.overload < OVERLOAD_S) return;
  d.overload = 0;
  d.turnedFree = 0;
  d.retries++;
  if (d.retries > RETRIES) {
    d.fault = "jam";
    d.stalled = true;
    d.waiting = TRIAL_S;
    d.owed = 0;
    d.turning = 0;
  } else d.reversing = REVERSE_S;
}

function reverse(d: Dosing, dt: number): ScrewOrder {
  d.reversing -= dt;
  d.order = "reverse";
  return d.order;
}

/** Over 120 s the hopper must have lost half of what was commanded; else the oxide bridges: vibrate, then it is a jam. */
function watchWeight(d: Dosing, input: DosingInput, dt: number): void {
  if (d.settled < SETTLE_S || Number.isNaN(d.checkWeight)) {
    d.checkWeight = input.weight;
    d.checkTime = 0;
    d.commanded = 0;
    return;
  }
  d.checkTime += dt;
  if (d.checkTime < CHECK_S) return;
  const lost = (d.checkWeight - input.weight) * 1000;
  const starved = d.commanded >= 2 * d.shot && lost < 0.5 * d.commanded;
  if (starved) d.fault = d.fault === "bridge" ? "jam" : d.fault === "none" ? "bridge" : d.fault;
  else if (d.commanded >= 2 * d.shot) d.fault = "none";
  d.vibrate = starved;
  d.checkWeight = input.weight;
  d.checkTime = 0;
  d.commanded = 0;
}
