/** The off-gas of a line: fan, duct, dry scrubber, and what the analysers in the stack see. */
import type { Services } from "./services.ts";
import type { CellSum } from "./sum.ts";

/** Nm3/h drawn at the hood of a 6 kA cell. */
const HOOD_NM3_H = 2500;
/** Fan: pressure at 50 Hz, what duct and hoods take, Pa; its speed goes so fast, Hz/s, and runs down with this time constant, s. */
const FAN_PA = 3400;
const DUCT_PA = 1400;
const FAN_HZ_S = 0.5;
const RUN_DOWN_S = 15;
/** Draft: the hood's by the fan and by warm air alone, the duct's before the scrubber, Pa. */
const HOOD_PA = 110;
const NATURAL_PA = 5;
const HEADER_PA = 450;
/** A hood takes all its gas down to this draft, Pa, but for a breath. */
const CAPTURE_PA = 40;
const CAPTURED = 0.98;
/** CO that does not burn above the bath: under a drawing hood, and in still air. */
const UNBURNT = 0.035;
const UNBURNT_STILL = 0.2;
const MIX_S = 20;
const FTIR_S = 60;
/** Scrubber, Pa: cleaned from the first down to the second at so much a second; what a kg of dust per cell adds. */
const DIRTY_PA = 1500;
const CLEAN_PA = 1000;
const CLEANING_PA_S = 2;
const DUST_PA_KG = 4500;
/** Share let through: dust, thrice while it is cleaned, and hydrogen fluoride with a clean and a full cake; share of the fume that is hydrolysed. */
const DUST_THROUGH = 0.015;
const HF_THROUGH = 0.05;
const HF_THROUGH_CAKE = 0.02;
const HYDROLYSED = 0.25;
const MOL_NM3 = 0.022414;
const AIR_CO2_PPM = 420;
/** C2F6 per CF4, mol: 10 % of the fluoride current at 6 electrons against 90 % at 4. */
const C2F6 = 0.1 / 6 / (0.9 / 4);

/** What the FTIR shows: means of its last minute. */
export interface Gases {
  hf: number;
  co: number;
  co2: number;
  cf4: number;
  c2f6: number;
}

export class OffGas {
  running = true;
  hertz = 44;
  /** Nm3/h, °C, Pa. */
  flow = 0;
  temperature: number;
  draft = 0;
  drop = 0;
  /** mg/m3. */
  dust = 0;
  readonly gases: Gases = { hf: 0, co: 0, co2: 0, cf4: 0, c2f6: 0 };
  /** CO that stays in the hall, mol/s. */
  escaped = 0;
  readonly #cells: number;
  readonly #design: number;
  /** Drop at full flow, Pa. */
  #cake: number;
  #cleaning = false;
  /** Mixed in the duct: mol/s, and kg/s of dust and fume. */
  readonly #mixed = { co: 0, co2: 0, cf4: 0, dust: 0, fume: 0 };
  readonly #minute: Gases = { hf: 0, co: 0, co2: 0, cf4: 0, c2f6: 0 };
  #seconds = 0;

  /** `size`: all cells against one of 6 kA. `cake` Pa on the scrubber at the start. */
  constructor(cells: number, size: number, cake: number) {
    this.#cells = cells;
    this.#design = HOOD_NM3_H * size;
    this.temperature = 85;
    this.#cake = cake;
  }

  /** One second; `dew` °C of the hall's air. Sets the draft of the cells. */
  second(sum: CellSum, dew: number, services: Services): void {
    const pull = this.#turn();
    this.flow = this.#design * Math.max(0.05, pull);
    this.draft = -HEADER_PA * pull * pull - NATURAL_PA;
    services.draft = -HOOD_PA * pull * pull - NATURAL_PA;
    const captured = CAPTURED * Math.min(1, (HOOD_PA * pull * pull) / CAPTURE_PA);
    this.#mix(sum, captured);
    this.temperature += (sum.duct - 8 - this.temperature) / MIX_S;
    this.#scrub(pull);
    this.#analyse(dew);
  }

  /** Moves the fan; gives its pull against the design flow. */
  #turn(): number {
    const needed = 50 * Math.sqrt((DUCT_PA + this.#cake) / FAN_PA);
    if (this.running) this.hertz += Math.min(FAN_HZ_S, Math.max(-FAN_HZ_S, needed - this.hertz));
    else this.hertz -= this.hertz / RUN_DOWN_S;
    return this.hertz / needed;
  }

  #mix(sum: CellSum, captured: number): void {
    const mixed = this.#mixed;
    const unburnt = sum.co * (UNBURNT + (UNBURNT_STILL - UNBURNT) * (1 - captured / CAPTURED));
    this.escaped = (1 - captured) * unburnt;
    mixed.co += (captured * unburnt - mixed.co) / MIX_S;
    mixed.co2 += (captured * (sum.co2 + sum.co - unburnt) - mixed.co2) / MIX_S;
    mixed.cf4 += (captured * sum.cf4 - mixed.cf4) / MIX_S;
    mixed.dust += (captured * sum.dust - mixed.dust) / MIX_S;
    mixed.fume += (captured * sum.fume - mixed.fume) / MIX_S;
  }

  /** The cake grows with the dust and is knocked off when it has grown too thick. */
  #scrub(pull: number): void {
    const { dust, fume } = this.#mixed;
    this.#cake += ((dust + fume) * DUST_PA_KG) / this.#cells - (this.#cleaning ? CLEANING_PA_S : 0);
    if (this.#cake > DIRTY_PA) this.#cleaning = true;
    else if (this.#cake < CLEAN_PA) this.#cleaning = false;
    this.drop = this.#cake * pull * pull;
    this.dust = this.#milligrams(dust + fume) * DUST_THROUGH * (this.#cleaning ? 3 : 1);
  }

  #analyse(dew: number): void {
    const { co, co2, cf4, fume } = this.#mixed;
    const sum = this.#minute;
    const cake = Math.min(1, Math.max(0, (this.#cake - CLEAN_PA) / (DIRTY_PA - CLEAN_PA)));
    const through = HF_THROUGH + (HF_THROUGH_CAKE - HF_THROUGH) * cake;
    sum.hf += this.#milligrams(fume) * HYDROLYSED * (1 + 0.02 * (dew - 9)) * through;
    sum.co += this.#ppm(co);
    sum.co2 += AIR_CO2_PPM + this.#ppm(co2);
    sum.cf4 += this.#ppm(cf4);
    sum.c2f6 += this.#ppm(cf4 * C2F6);
    if (++this.#seconds % FTIR_S !== 0) return;
    for (const gas of Object.keys(sum) as (keyof Gases)[]) {
      this.gases[gas] = sum[gas] / FTIR_S;
      sum[gas] = 0;
    }
  }

  /** mg/Nm3 of kg/s in the flow. */
  #milligrams(rate: number): number {
    return (rate * 3600 * 1e6) / this.flow;
  }

  #ppm(rate: number): number {
    return ((rate * MOL_NM3 * 3600) / this.flow) * 1e6;
  }
}
