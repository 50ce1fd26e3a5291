/** The air of the hall around a line: what the hoods lose, and its moisture. */
import { gauss, type Rng } from "@cellhouse/shared/process";

/** m3 of air per cell of 6 kA, and how often it is changed, 1/s. */
const AIR_M3 = 600;
const CHANGES = 8 / 3600;
const OUTSIDE_CO = 1;
const CO_G_MOL = 28.01;
/** The weather: mean and spread of the dew point, °C and K, and how slowly it wanders, s. */
const DEW_C = 9;
const DEW_K = 2;
const DEW_S = 7200;

export class HallAir {
  /** mg/m3. */
  co = OUTSIDE_CO;
  /** °C. */
  dew = DEW_C;
  readonly #volume: number;

  /** `size`: all cells against one of 6 kA. */
  constructor(size: number) {
    this.#volume = AIR_M3 * size;
  }

  /** One second: `escaped` mol/s of carbon monoxide passed the hoods. */
  second(escaped: number, rng: Rng): void {
    this.co += (escaped * CO_G_MOL * 1000) / this.#volume - (this.co - OUTSIDE_CO) * CHANGES;
    this.dew += (DEW_C - this.dew) / DEW_S + DEW_K * Math.sqrt(2 / DEW_S) * gauss(rng);
  }
}
