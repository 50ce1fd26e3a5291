/** The mode of a cell, and what becomes of it when the supervisor falls silent and comes back. */
import { type Mode, OK, refuse, type Verdict } from "@cellhouse/shared";
import {
  createWatchdog,
  hearBeat,
  type ModeConditions,
  mayReturn,
  type Presence,
  requestMode,
  stepWatchdog,
} from "@cellhouse/shared/blocks";

/** What the supervisor is given back only under conditions: the cell's own share of them. */
export type OwnConditions = Pick<ModeConditions, "valueGood" | "faulted">;

export class Supervision {
  /** A PLC starts with its supervisor on trust: the watchdog takes that back when no beat comes. */
  mode: Mode = "CASCADE";
  presence: Presence = "here";
  /** The mode fell from CASCADE to AUTO by itself and goes back by itself. */
  fallback = false;
  /** The feed follows the PLC's own current instead of the setpoint. */
  local = false;
  readonly #watchdog = createWatchdog();
  /** The operators let the PLC return to CASCADE unasked. */
  readonly #preAuthorised: boolean;

  constructor(preAuthorised: boolean) {
    this.#preAuthorised = preAuthorised;
  }

  /** Counter last heard, YC-906. */
  get beat(): number {
    return this.#watchdog.beat;
  }

  /** No supervisor to speak of. */
  get alone(): boolean {
    return this.presence === "lost" || this.presence === "gone";
  }

  /** Takes the supervisor's counter. */
  hear(value: number): Verdict {
    if (!Number.isFinite(value)) return refuse("E_FIELD_REFUSED", `YC-906: ${value} is not a number`);
    hearBeat(this.#watchdog, Math.trunc(value) >>> 0);
    return OK;
  }

  /** A mode asked for by hand; granted or refused (process model, "Modes"). Whoever asks takes the cell out of its fallback. */
  request(mode: Mode, own: OwnConditions): Verdict {
    const verdict = requestMode(mode, this.#conditions(own, true));
    if (verdict.ok) this.#enter(mode);
    return verdict;
  }

  /** A person has set the feed: it counts, and the cell goes back to CASCADE only by hand. */
  takeOver(): void {
    this.fallback = false;
    this.local = false;
  }

  /** A trip takes the cell out of the supervisor's hands; only people give it back. */
  drop(): void {
    if (this.mode === "CASCADE") this.#enter("AUTO");
    this.fallback = false;
  }

  /** One second of wall time. `remote` and `local` are the feed setpoints, kg/h (process model, "Supervisor lost"). */
  second(own: OwnConditions, remote: number, local: number): void {
    this.presence = stepWatchdog(this.#watchdog, 1);
    if (this.alone && this.mode === "CASCADE") {
      this.mode = "AUTO";
      this.fallback = true;
      this.local = true;
    } else if (
      this.fallback &&
      mayReturn(this.#watchdog, remote, local) &&
      requestMode("CASCADE", this.#conditions(own, this.#preAuthorised)).ok
    )
      this.#enter("CASCADE");
  }

  #enter(mode: Mode): void {
    this.mode = mode;
    this.fallback = false;
    this.local = false;
  }

  /** What was accepted as remote setpoint lies inside the clamps already. */
  #conditions(own: OwnConditions, granted: boolean): ModeConditions {
    return { ...own, heartbeatAge: this.#watchdog.age, remoteInside: true, granted };
  }
}
