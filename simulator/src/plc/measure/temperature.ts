/** Fused bath temperature TY-100: the thermocouple while it is good, else the pyrometer, else the wall, each corrected by its learnt bias. */
import { Quality } from "@cellhouse/shared";
import type { CellField } from "../field.ts";

const WINDOW = 60;
const PERCENTILE_90 = 53;
const BLEND_S = 60;
const BAD_AFTER_S = 120;
const JUMP_K = 20;
type Primary = "immersed" | "pyrometer" | "wall";

export class FusedTemperature {
  value: number;
  quality: Quality = Quality.Good;
  /** TI-101 broken or implausible. */
  sensorBad = false;
  #source: Primary = "immersed";
  #last: number;
  #badFor = 0;
  #goodFor = 60;
  #biasPyro = 8;
  #biasWall: number;
  #offset = 0;
  #blend = 0;
  #at = 0;
  #pyroGood = false;
  #pyro = Number.NaN;
  readonly #window: Float64Array;
  readonly #sorted: Float64Array;

  constructor(field: CellField) {
    this.value = field.bathTc;
    this.#last = field.bathTc;
    this.#biasWall = field.bathTc - field.wallTc;
    this.#window = new Float64Array(WINDOW).fill(field.pyrometer);
    this.#sorted = new Float64Array(WINDOW);
  }

  /** One second. */
  second(field: CellField): void {
    const immersed = this.#judge(field.bathTc);
    this.#filterPyrometer(field.pyrometer);
    if (immersed) this.#learn(field);
    const source = immersed ? "immersed" : this.#pyroGood ? "pyrometer" : "wall";
    const reading =
      source === "immersed" ? field.bathTc : source === "pyrometer" ? this.#pyro + this.#biasPyro : field.wallTc + this.#biasWall;
    if (source !== this.#source) this.#switchTo(source, reading);
    this.#blend = Math.max(0, this.#blend - 1 / BLEND_S);
    this.value = reading + this.#offset * this.#blend;
    this.sensorBad = !immersed;
    this.#badFor = source === "wall" ? this.#badFor + 1 : 0;
    this.quality = this.#badFor > BAD_AFTER_S ? Quality.Bad : source === "immersed" ? Quality.Good : Quality.Uncertain;
  }

  /** In range and no jump; after a fault good again only when it has been so for 30 s. */
  #judge(value: number): boolean {
    const plausible = value > 600 && value < 1300 && Math.abs(value - this.#last) < JUMP_K;
    this.#last = value;
    this.#goodFor = plausible ? Math.min(60, this.#goodFor + 1) : 0;
    return this.#goodFor >= 30;
  }

  /** 90th percentile of a minute: fume only ever lowers the reading. Good while its upper half stands close. */
  #filterPyrometer(value: number): void {
    this.#window[this.#at % WINDOW] = value;
    if (this.#at++ % 5 !== 0) return;
    this.#sorted.set(this.#window);
    this.#sorted.sort();
    this.#pyro = this.#sorted[PERCENTILE_90] as number;
    this.#pyroGood = this.#pyro - (this.#sorted[WINDOW / 2] as number) < 15;
  }

  #learn(field: CellField): void {
    if (this.#pyroGood) this.#biasPyro += 0.001 * (field.bathTc - this.#pyro - this.#biasPyro);
    this.#biasWall += (field.bathTc - field.wallTc - this.#biasWall) / 900;
  }

  #switchTo(source: Primary, reading: number): void {
    this.#offset = this.value - reading;
    this.#blend = 1;
    this.#source = source;
  }
}
