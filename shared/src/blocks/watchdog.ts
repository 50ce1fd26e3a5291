/** Watchdog of the supervisor: how old its heartbeat is, and what a PLC does without one. Runs on wall time. */

/** `late` after 3 s, `lost` after 10 s, `gone` after a quarter of an hour. */
export type Presence = "here" | "late" | "lost" | "gone";

/** State of one watchdog. */
export interface Watchdog {
  /** Counter last heard, and seconds since it last changed. */
  beat: number;
  age: number;
  /** Seconds without a late beat. */
  goodFor: number;
  /** A beat has been heard at all. */
  heard: boolean;
}

const LATE_S = 3;
const LOST_S = 10;
/** A PLC that has just started gives its supervisor this long for the first beat. */
const FIRST_S = 30;
const GONE_S = 900;
const GOOD_S = 60;
/** Remote and local setpoint must be this close for a return, as a share. */
const CLOSE = 0.05;

export function createWatchdog(): Watchdog {
  return { beat: 0, age: 0, goodFor: 0, heard: false };
}

/** Takes the supervisor's counter; one that does not move is no sign of life. */
export function hearBeat(w: Watchdog, beat: number): void {
  if (w.heard && beat === w.beat) return;
  w.beat = beat;
  w.age = 0;
  w.heard = true;
}

/** Lets `dt` s of wall time pass (process model, "Supervisor lost"). */
export function stepWatchdog(w: Watchdog, dt: number): Presence {
  w.age += dt;
  w.goodFor = w.heard && w.age < LATE_S ? w.goodFor + dt : 0;
  return presence(w);
}

export function presence({ age, heard }: Watchdog): Presence {
  if (age >= GONE_S) return "gone";
  if (age > (heard ? LOST_S : FIRST_S)) return "lost";
  return heard && age > LATE_S ? "late" : "here";
}

/** May a PLC that fell back return by itself? After a minute of good beats, with both setpoints close. */
export function mayReturn(w: Watchdog, remote: number, local: number): boolean {
  return w.goodFor >= GOOD_S && Math.abs(remote - local) < CLOSE * Math.abs(local);
}
