/** The one current of a series line. */

const DIP = 0.3;
const DIP_HOLD_S = 30;
const DIP_RAMP_S = 240;

/** The forced current of a series line. A dip to 30 % ends an anode effect that nothing else has ended. */
export class LineSupply {
  /** What the rectifier can give, A. */
  most = Number.POSITIVE_INFINITY;
  readonly #nominal: number;
  #wanted: number;
  #dipFor = Number.POSITIVE_INFINITY;

  constructor(nominal: number) {
    this.#wanted = nominal;
    this.#nominal = nominal;
  }

  /** A. */
  get amps(): number {
    return Math.min(this.#wanted, this.most);
  }

  dip(): void {
    if (this.#dipFor > DIP_HOLD_S) this.#dipFor = 0;
  }

  /** `dt` s of process time. */
  advance(dt: number): void {
    this.#dipFor += dt;
    const back = Math.max(0, (this.#dipFor - DIP_HOLD_S) / DIP_RAMP_S);
    this.#wanted = this.#nominal * Math.min(1, DIP + (1 - DIP) * back);
  }
}
