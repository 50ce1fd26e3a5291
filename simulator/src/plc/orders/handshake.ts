/** Tells orders apart: each is obeyed once, none when it is old or comes from a server that no longer owns the hall. */
import { OK, ORDER_MAX_AGE_MS, ORDER_RESULTS, refuse, type Verdict, type WriteOrder } from "@cellhouse/shared";

/** Orders that may overtake each other on the way. */
const WINDOW = 32;
/** Echoes that wait for scans of their own; an echo stands for three, so that a publisher that is a scan late still sees it. */
const MOST_WAITING = 64;
const STANDS = 3;
const U32 = 0xffffffff;

export class Handshake {
  /** Shown as YS-908 and YS-909. */
  seq = 0;
  result = 0;
  #token = 0;
  /** Highest sequence under this token, and a bit for each of the 32 up to it that has been had. */
  #highest = 0;
  #had = 0;
  #standing = 0;
  readonly #waiting: { seq: number; result: number }[] = [];

  /** Takes the order or says why not (process model, "Command handshake"). `now` is the PLC's clock, epoch ms. */
  accept(order: WriteOrder, now: number): Verdict {
    const { seq, at, token } = order;
    for (const [field, value, least] of [["seq", seq, 1] as const, ["token", token, 0] as const])
      if (!(Number.isInteger(value) && value >= least && value <= U32))
        return refuse("E_FIELD_REFUSED", `order.${field}: ${value} is no whole number from ${least} to ${U32}`);
    if (!Number.isFinite(at)) return refuse("E_FIELD_REFUSED", `order.at: ${at} is no time`);
    if (token < this.#token) return refuse("E_ORDER_TOKEN", `token ${token}, and ${this.#token} has been here`);
    if (now - at > ORDER_MAX_AGE_MS) return refuse("E_ORDER_OLD", `given ${Math.round((now - at) / 1000)} s ago; at most 10 s are allowed`);
    if (token > this.#token) this.#takeOver(token);
    return this.#once(seq) ? OK : refuse("E_ORDER_REPEATED", `order ${seq} of token ${token} has been here`);
  }

  /** The answer to an order, refusals too, waits for the next scan. */
  echo({ seq }: WriteOrder, verdict: Verdict): void {
    if (this.#waiting.length === MOST_WAITING) this.#waiting.shift();
    this.#waiting.push({ seq: seq >>> 0, result: verdict.ok ? 0 : Math.max(1, ORDER_RESULTS.indexOf(verdict.code as never)) });
  }

  /** One scan: shows the next echo when the one before has stood; false where nothing changed. */
  show(): boolean {
    if (this.#standing > 0) this.#standing--;
    const next = this.#standing > 0 ? undefined : this.#waiting.shift();
    if (next === undefined) return false;
    this.#standing = STANDS;
    this.seq = next.seq;
    this.result = next.result;
    return true;
  }

  #takeOver(token: number): void {
    this.#token = token;
    this.#highest = 0;
    this.#had = 0;
  }

  #once(seq: number): boolean {
    const ahead = seq - this.#highest;
    if (ahead > 0) {
      this.#had = ahead < WINDOW ? (this.#had << ahead) | 1 : 1;
      this.#highest = seq;
      return true;
    }
    const bit = 1 << -ahead;
    if (-ahead >= WINDOW || (this.#had & bit) !== 0) return false;
    this.#had |= bit;
    return true;
  }
}
