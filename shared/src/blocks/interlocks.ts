/** The interlocks of a cell: causes, delays, what acts and which was first. In the PLC alone; a supervisor reads them and may never bypass a trip. */

/** What the interlocks look at, once a second. */
export interface InterlockInput {
  /** Temperature that trips, °C, and the three corrected readings; NaN where one is not to be believed. */
  trip: number;
  immersed: number;
  pyrometer: number;
  wall: number;
  /** Seconds without thermocouple and pyrometer. */
  blind: number;
  /** Cooling water, l/min, and its outlet, °C. */
  flow: number;
  waterOut: number;
  /** Hottest shell reading, °C. */
  shell: number;
  volts: number;
  amps: number;
  /** Current asked for, and the cell's nominal one, A. */
  demand: number;
  nominal: number;
  /** Seconds the anode effect stands. */
  effectFor: number;
  /** Duct draft, Pa. */
  draft: number;
  /** The screw is stalled; the hopper's gate is open; hands are at the cell; the supervisor is lost; the stop button is pressed. */
  stalled: boolean;
  gateOpen: boolean;
  busy: boolean;
  alone: boolean;
  stopped: boolean;
}

/**
 * A `trip` acts until it is reset with its cause gone. A `guard` acts while its cause stands and is remembered as first-out.
 * A `hold` belongs to ordinary work: it acts while it stands and leaves no trace.
 */
export type InterlockKind = "trip" | "guard" | "hold";

interface Interlock {
  readonly kind: InterlockKind;
  /** Seconds the cause must stand. */
  readonly delay: number;
  readonly words: string;
  cause(input: InterlockInput): boolean;
}

const define = (kind: InterlockKind, delay: number, words: string, cause: Interlock["cause"]): Interlock => ({ kind, delay, words, cause });

/** By number, the code of YS-903; figures in process model, "Interlocks". */
const INTERLOCKS: Readonly<Record<number, Interlock>> = {
  1: define("trip", 10, "the bath is too hot, or its temperature unknown", tooHot),
  2: define("trip", 5, "cooling water is lost", (i) => i.flow < 8 || i.waterOut >= 65),
  3: define("trip", 0, "the shell is too hot", (i) => i.shell >= 350),
  4: define("trip", 3, "the cell is shorted", (i) => i.volts < 5 && i.amps > 0.5 * i.nominal),
  5: define("trip", 0, "the voltage is above 45 V, or the anode effect does not end", (i) => i.volts > 45 || i.effectFor > 180),
  6: define("guard", 30, "the duct has no draft", (i) => i.draft > -20),
  7: define("guard", 0, "the feeder's motor is overloaded", (i) => i.stalled),
  8: define("hold", 0, "the hopper's gate is open", (i) => i.gateOpen),
  9: define("hold", 0, "a tap or an anode change is under way", (i) => i.busy),
  10: define("trip", 0, "the stop button is pressed", (i) => i.stopped),
  11: define("hold", 0, "the supervisor is lost", (i) => i.alone),
  12: define("guard", 2, "the current is 10 % over its setpoint", (i) => i.amps > 1.1 * i.demand + 0.01 * i.nominal),
};
/** The shell's rise is a cause of interlock 3 of its own, with its own delay. */
const SHELL_RISE = { most: 15, delay: 30, tau: 20 };
export const INTERLOCK_COUNT = 12;
const bit = (n: number): number => 1 << n;
const TRIPS = maskOf("trip");
const HOLDS = maskOf("hold");
/** What a bypass may silence: the draft, hands at the cell, the rectifier's limit. */
const BYPASSABLE = bit(6) | bit(9) | bit(12);
const OFF = bit(2) | bit(3) | bit(4) | bit(10);
/** An effect that was cut and not reset for so long takes the power off, s. */
const CUT_MOST_S = 600;

/** State of the interlocks of one cell. Bit n of the masks is interlock n. */
export interface Interlocks {
  /** Causes that stand past their delay; trips not yet reset. */
  standing: number;
  latched: number;
  /** Number of the first that acted since the last reset; 0: none. YS-903. */
  firstOut: number;
  /** Seconds a bypass has left. */
  bypass: number;
  /** Seconds since interlock 5 acted. */
  cutFor: number;
  readonly timers: Float64Array;
  /** Lagged shell temperature for its rise; NaN before the first reading. */
  shell: number;
  rising: number;
}

export function createInterlocks(): Interlocks {
  return {
    standing: 0,
    latched: 0,
    firstOut: 0,
    bypass: 0,
    cutFor: 0,
    timers: new Float64Array(INTERLOCK_COUNT + 1),
    shell: Number.NaN,
    rising: 0,
  };
}

/** One second. A reading that is no number is no cause, except of interlock 1, which asks for temperatures it can believe. */
export function stepInterlocks(s: Interlocks, input: InterlockInput): void {
  watchShell(s, input.shell);
  let standing = 0;
  for (let n = 1; n <= INTERLOCK_COUNT; n++) {
    const { cause, delay } = INTERLOCKS[n] as Interlock;
    const timer = cause(input) ? (s.timers[n] as number) + 1 : 0;
    s.timers[n] = timer;
    if (timer > 0 && timer >= delay) standing |= bit(n);
  }
  if (s.rising >= SHELL_RISE.delay) standing |= bit(3);
  s.standing = standing;
  s.latched |= standing & TRIPS;
  s.bypass = Math.max(0, s.bypass - 1);
  s.cutFor = s.latched & bit(5) ? s.cutFor + 1 : 0;
  const first = acting(s) & ~HOLDS;
  if (s.firstOut === 0 && first !== 0) s.firstOut = 31 - Math.clz32(first & -first);
}

/** Seconds the shell has been rising by more than 15 K a minute. */
function watchShell(s: Interlocks, shell: number): void {
  if (!Number.isFinite(shell)) return;
  if (Number.isNaN(s.shell)) s.shell = shell;
  s.shell += (shell - s.shell) / SHELL_RISE.tau;
  const rise = ((shell - s.shell) * 60) / SHELL_RISE.tau;
  s.rising = rise > SHELL_RISE.most ? s.rising + 1 : 0;
}

/** Interlock 1: two of three readings at the trip, any of fewer that can be believed; or two minutes without thermocouple and pyrometer. */
function tooHot({ trip, immersed, pyrometer, wall, blind }: InterlockInput): boolean {
  const known = Number(!Number.isNaN(immersed)) + Number(!Number.isNaN(pyrometer)) + Number(!Number.isNaN(wall));
  const hot = Number(immersed >= trip) + Number(pyrometer >= trip) + Number(wall >= trip);
  return hot >= (known === 3 ? 2 : 1) || blind > 120;
}

/** Mask of all that acts now. */
export function acting(s: Interlocks): number {
  return (s.latched | (s.standing & ~TRIPS)) & ~(s.bypass > 0 ? BYPASSABLE : 0);
}

/** Something beyond ordinary work acts: no CASCADE, and the interlock bit of YS-901. */
export function tripped(s: Interlocks): boolean {
  return (acting(s) & ~HOLDS) !== 0;
}

/** The rectifier is to be off. */
export function powerOff(s: Interlocks): boolean {
  return (s.latched & OFF) !== 0 || s.cutFor > CUT_MOST_S;
}

/** Share of the current setpoint that is allowed while the power is on. */
export function currentShare(s: Interlocks): number {
  const now = acting(s);
  if (now & bit(5)) return 0.3;
  if (now & bit(1)) return 0.5;
  return now & bit(12) ? 0.9 : 1;
}

/** No oxide may be fed. */
export function feedStopped(s: Interlocks): boolean {
  return (acting(s) & (bit(1) | bit(6))) !== 0;
}

/** Beam and quench may not move. */
export function handsOff(s: Interlocks): boolean {
  return (acting(s) & bit(9)) !== 0;
}

/** Takes the trips back whose causes are gone; gives the number of the first whose cause still stands, or 0 where all is reset. */
export function resetInterlocks(s: Interlocks): number {
  const left = s.standing & ~HOLDS;
  s.latched &= left;
  if (!(s.latched & bit(5))) s.cutFor = 0;
  const first = left === 0 ? 0 : 31 - Math.clz32(left & -left);
  if (first === 0) s.firstOut = 0;
  return first;
}

/** What an interlock is about, for a refusal: `the duct has no draft`. */
export function interlockWords(number: number): string {
  return INTERLOCKS[number]?.words ?? "none";
}

/** Undefined for a number that is none. */
export function interlockKind(number: number): InterlockKind | undefined {
  return INTERLOCKS[number]?.kind;
}

function maskOf(kind: InterlockKind): number {
  let mask = 0;
  for (const [number, interlock] of Object.entries(INTERLOCKS)) if (interlock.kind === kind) mask |= bit(Number(number));
  return mask;
}
