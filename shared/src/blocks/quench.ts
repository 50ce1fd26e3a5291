/**
 * How an anode effect is ended. A cell with its own rectifier cuts its current and feeds; a cell in series cannot, so it feeds,
 * has the bath stirred, and pumps its anodes. Once a second.
 */

/** What the quench reads; percent, hold, ramp and shot are the parameters EIC-210. */
export interface QuenchInput {
  /** Mean voltage of the second, and what is usual at the present current, V. */
  volts: number;
  usual: number;
  feederFault: boolean;
  /** A tap or an anode change: hands are at the cell, nothing may move (interlock 9). */
  inhibited: boolean;
  /** Current to cut to, percent; s; s; kg. */
  percent: number;
  hold: number;
  ramp: number;
  shot: number;
}

/** `hold` acts, `ramp` returns to normal, `standby` waits for people. */
export type QuenchState = "watch" | "hold" | "ramp" | "standby";

/** State and orders of one quench. */
export interface Quench {
  readonly series: boolean;
  /** An effect stands. */
  active: boolean;
  state: QuenchState;
  /** Orders: factor on the rectifier's demand; oxide to feed now at full speed, kg; bath to be stirred; beam offset, mm. */
  cut: number;
  feed: number;
  stir: boolean;
  pump: number;
  /** Seconds in effect: this one, and all since the start. */
  activeFor: number;
  total: number;
  /** Effects since the start. */
  count: number;
  /** A quench is wanted and has not begun. */
  asked: boolean;
  /** The last effect was less than a quarter of an hour before this one. */
  repeated: boolean;
  elapsed: number;
  tries: number;
  calm: number;
  sinceLast: number;
  /** In standby: for the feeder's sake. */
  forFeeder: boolean;
}

const CUT_S = 3;
const MOST_STANDBY_S = 600;
const STANDBY_SHARE = 0.3;
const RETRIES = 2;
const REPEAT_S = 900;
/** It has ended when the voltage has been within 0.5 V of the usual so long, s. */
const CALM_S = 3;
const CALM_V = 0.5;
/** Series: the air lance is in the bath, and the pumping begins, so long after the onset, s. */
const LANCE_S = 20;
/** Three strokes of 30 mm either way at 1 mm/s. */
const STROKE_MM = 30;
const STROKES_S = 3 * 4 * STROKE_MM;

export function createQuench(series: boolean): Quench {
  return {
    series,
    active: false,
    state: "watch",
    cut: 1,
    feed: 0,
    stir: false,
    pump: 0,
    activeFor: 0,
    total: 0,
    count: 0,
    asked: false,
    repeated: false,
    elapsed: 0,
    tries: 0,
    calm: 0,
    sinceLast: Number.POSITIVE_INFINITY,
    forFeeder: false,
  };
}

/** An effect has been seen. */
export function beginEffect(q: Quench): void {
  if (q.active) return;
  q.active = true;
  q.activeFor = 0;
  q.calm = 0;
  q.repeated = q.sinceLast < REPEAT_S;
  q.sinceLast = 0;
  q.count++;
  askQuench(q);
}

/** Asks for a quench, by hand or because of an effect; it begins at the next second in which it may. */
export function askQuench(q: Quench): void {
  q.asked = true;
  q.tries = 0;
}

/** One second (process model, "Anode effect and quench"). */
export function stepQuench(q: Quench, input: QuenchInput): void {
  q.feed = 0;
  q.sinceLast++;
  q.elapsed++;
  if (q.active) burn(q, input);
  if (q.asked && !input.inhibited) act(q, input);
  if (q.series) stepSeries(q, input);
  else stepOwn(q, input);
}

function burn(q: Quench, { volts, usual }: QuenchInput): void {
  q.total++;
  q.activeFor++;
  q.calm = volts < usual + CALM_V ? q.calm + 1 : 0;
  if (q.calm >= CALM_S) q.active = false;
}

function enter(q: Quench, state: QuenchState): void {
  q.state = state;
  q.elapsed = 0;
}

function act(q: Quench, input: QuenchInput): void {
  q.asked = false;
  q.feed = input.shot;
  enter(q, "hold");
}

/** Waits for people: with a dead feeder, at the second effect within a quarter of an hour, or when the tries are used up. */
function standBy(q: Quench, forFeeder: boolean): void {
  q.forFeeder = forFeeder;
  enter(q, "standby");
}

function stepOwn(q: Quench, input: QuenchInput): void {
  const low = input.percent / 100;
  if (q.state === "hold") {
    q.cut = Math.max(low, q.cut - (1 - low) / CUT_S);
    if (q.elapsed < input.hold) return;
    if (q.active && q.tries < RETRIES) {
      q.tries++;
      act(q, input);
    } else if (q.active || q.repeated || input.feederFault) standBy(q, input.feederFault);
    else enter(q, "ramp");
  } else if (q.state === "standby") {
    q.cut = Math.min(low, STANDBY_SHARE);
    const fed = q.forFeeder && !input.feederFault;
    if (fed) q.feed = input.shot;
    if (fed || q.elapsed >= MOST_STANDBY_S) enter(q, "ramp");
  } else if (q.state === "ramp") {
    q.cut = Math.min(1, q.cut + (1 - low) / input.ramp);
    if (q.cut >= 1) enter(q, "watch");
  }
}

/** Shot at once, lance and strokes after 20 s. What three rounds have not ended only a dip of the line will, and that is the shift leader's. */
function stepSeries(q: Quench, input: QuenchInput): void {
  if (q.state === "watch" || input.inhibited) return;
  if (q.state === "ramp") {
    q.pump -= Math.sign(q.pump) * Math.min(1, Math.abs(q.pump));
    if (q.pump === 0) enter(q, "watch");
    return;
  }
  if (!q.active && q.elapsed > LANCE_S) {
    q.stir = false;
    enter(q, "ramp");
  } else if (q.elapsed >= LANCE_S) {
    q.stir = q.active;
    q.pump = q.state === "hold" ? stroke(q.elapsed - LANCE_S) : 0;
    if (q.state === "standby" || q.elapsed < LANCE_S + STROKES_S) return;
    if (q.tries++ < RETRIES) act(q, input);
    else standBy(q, input.feederFault);
  }
}

/** Beam offset of the pumping, mm: down 30, up 60, down 30, at 1 mm/s. */
function stroke(second: number): number {
  const s = second % (4 * STROKE_MM);
  if (s <= STROKE_MM) return -s;
  return s <= 3 * STROKE_MM ? s - 2 * STROKE_MM : 4 * STROKE_MM - s;
}
