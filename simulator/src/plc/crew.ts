/** The crew's round at one cell: tap every two hours, one of the four anodes every eight, bath made up at the tap. */
import { between } from "@cellhouse/shared/process";
import type { CellField } from "./field.ts";

const TAP_EVERY_S = 7200;
const TAP_POUR_S = 90;
const TAP_LASTS_S = 180;
const LEFT_IN_CELL_KG = 4;
const BATH_CARRIED_KG = 0.6;
const CHANGE_EVERY_S = 8 * 3600;
const CHANGE_LASTS_S = 300;
const NEW_ANODE_M = 0;

export class Crew {
  tapping = false;
  changing = false;
  /** kg in the receiver at the last tap. */
  tapped = 0;
  /** True in the second in which a disturbance of the resistance begins or ends. */
  disturbed = false;
  #toTap: number;
  #toChange: number;
  #elapsed = 0;
  #pour = 0;
  #done = 0;

  constructor(field: CellField) {
    const { rng, state } = field;
    this.#toTap = Math.round(between(rng, 600, TAP_EVERY_S));
    this.#toChange = Math.round(between(rng, 900, CHANGE_EVERY_S));
    const perHour = 8.16 * state.params.size;
    state.metal = LEFT_IN_CELL_KG * state.params.size + (perHour * (TAP_EVERY_S - this.#toTap)) / 3600;
    const turn = (CHANGE_EVERY_S - this.#toChange) / 3600;
    for (let k = 0; k < state.wear.length; k++) state.wear[k] = 0.0013 * (turn + 8 * k);
  }

  /** One second of the round. */
  second(field: CellField): void {
    this.disturbed = false;
    if (this.tapping) this.#tap(field);
    else if (this.changing) this.#change(field);
    else if (--this.#toTap <= 0) this.#beginTap(field);
    else if (--this.#toChange <= 0) this.#begin("changing");
  }

  #begin(what: "tapping" | "changing"): void {
    this[what] = true;
    this.disturbed = true;
    this.#elapsed = 0;
  }

  #beginTap(field: CellField): void {
    const { state } = field;
    this.#begin("tapping");
    this.#done = Math.max(0, state.metal - LEFT_IN_CELL_KG * state.params.size);
    this.#pour = this.#done / TAP_POUR_S;
  }

  #tap(field: CellField): void {
    const { state, input } = field;
    this.#elapsed++;
    const pouring = this.#elapsed <= TAP_POUR_S;
    input.tap = pouring ? this.#pour : 0;
    const missing = state.params.bath - state.bath + BATH_CARRIED_KG;
    input.bath = pouring ? -BATH_CARRIED_KG / TAP_POUR_S : Math.max(0, missing) / (TAP_LASTS_S - TAP_POUR_S);
    if (this.#elapsed < TAP_LASTS_S) return;
    input.bath = 0;
    this.tapped = this.#done;
    this.tapping = false;
    this.disturbed = true;
    this.#toTap = TAP_EVERY_S;
  }

  /** The most worn anode is taken out and a new one set at its place. */
  #change(field: CellField): void {
    if (++this.#elapsed < CHANGE_LASTS_S) return;
    const { wear } = field.state;
    let worst = 0;
    for (let k = 1; k < wear.length; k++) if ((wear[k] as number) > (wear[worst] as number)) worst = k;
    wear[worst] = NEW_ANODE_M;
    this.changing = false;
    this.disturbed = true;
    this.#toChange = CHANGE_EVERY_S;
  }
}
