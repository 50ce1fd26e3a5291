/** What the crew does at one cell: tap, bath made up at the tap, anode change, dip. When each is due; the line's round says when it is done. */
import { OK, refuse, type Verdict } from "@cellhouse/shared";
import { between, gauss } from "@cellhouse/shared/process";
import type { CellField } from "./field.ts";

const TAP_EVERY_S = 7200;
const TAP_POUR_S = 90;
const TAP_LASTS_S = 180;
const LEFT_IN_CELL_KG = 4;
const BATH_CARRIED_KG = 0.6;
const CHANGE_SOONEST_S = 8 * 3600;
const CHANGE_LATEST_S = 14 * 3600;
const CHANGE_LASTS_S = 300;
/** An anode worn this far is changed, m: 45 mm are usable. */
const WORN_M = 0.039;
const WEAR_M_H = 0.0013;
const DIP_LASTS_S = 30;
const DIP_NOISE_K = 1.5;
/** Metal is not tapped nor an anode set in a bath this much below its temperature, K. */
const COLD_K = 40;
/** Steps that spread consecutive cells evenly over a round, whatever their number (golden section, and the same in two dimensions). */
const TAP_STEP = 0.618034;
const CHANGE_STEP = 0.56984;

type Job = "tap" | "change" | "dip";

export class Crew {
  /** kg in the receiver at the last tap. */
  tapped = 0;
  /** kg in it at all taps so far. */
  total = 0;
  /** True in the second in which a disturbance of the resistance begins or ends. */
  disturbed = false;
  /** °C of the hand thermocouple in the second it is read, else NaN. */
  dipped = Number.NaN;
  readonly #field: CellField;
  #job: Job | undefined;
  /** Seconds until each is due; negative: late. */
  #toTap: number;
  #toChange: number;
  #toDip: number;
  #elapsed = 0;
  /** kg/s, and kg poured so far. */
  #pour = 0;
  #poured = 0;
  #anode = 0;

  /** `number` of the cell: its place in the round. */
  constructor(field: CellField, number: number) {
    const { rng, state } = field;
    this.#field = field;
    this.#toTap = Math.round(300 + (TAP_EVERY_S - 300) * ((number * TAP_STEP) % 1));
    this.#toChange = Math.round(900 + (CHANGE_SOONEST_S - 900) * ((number * CHANGE_STEP) % 1));
    this.#toDip = this.#nextDip();
    const perHour = 8.16 * state.params.size;
    state.metal = LEFT_IN_CELL_KG * state.params.size + (perHour * (TAP_EVERY_S - this.#toTap)) / 3600;
    const turn = (CHANGE_SOONEST_S - this.#toChange) / 3600;
    const first = Math.floor(between(rng, 0, state.wear.length));
    for (let k = 0; k < state.wear.length; k++) state.wear[(first + k) % state.wear.length] = WEAR_M_H * (turn + 8 * k);
  }

  get tapping(): boolean {
    return this.#job === "tap";
  }

  get changing(): boolean {
    return this.#job === "change";
  }

  /** Number of the anode being changed; 0: none. */
  get anode(): number {
    return this.changing ? this.#anode + 1 : 0;
  }

  get busy(): boolean {
    return this.#job !== undefined;
  }

  /** Begins a tap; it ends by itself, or by `endTap`. Refuses while other work is done at the cell. */
  beginTap(): Verdict {
    if (this.#job !== undefined) return this.#occupied();
    const { state } = this.#field;
    this.#begin("tap");
    this.#pour = Math.max(0, state.metal - LEFT_IN_CELL_KG * state.params.size) / TAP_POUR_S;
    this.#poured = 0;
    this.#toTap = Math.min(TAP_EVERY_S, this.#toTap + TAP_EVERY_S); // a late tap does not delay the ones after it
    return OK;
  }

  /** Ends a tap with what has been poured by now. */
  endTap(): Verdict {
    if (this.#job !== "tap") return refuse("E_FIELD_REFUSED", "no tap is under way");
    this.#field.input.tap = 0;
    this.#field.input.bath = 0;
    this.tapped = this.#poured;
    this.total += this.#poured;
    this.#end();
    return OK;
  }

  /** Begins the change of anode 1 to 4; it ends by itself, or by `endChange`. Refuses another number, and while other work is done. */
  beginChange(anode: number): Verdict {
    if (this.#job !== undefined) return this.#occupied();
    if (this.#field.state.wear[anode - 1] === undefined) return refuse("E_FIELD_REFUSED", `there is no anode ${anode}; 1 to 4`);
    this.#begin("change");
    this.#anode = anode - 1;
    return OK;
  }

  /** Ends the change: the new anode stands in its place. */
  endChange(): Verdict {
    if (this.#job !== "change") return refuse("E_FIELD_REFUSED", "no anode change is under way");
    this.#field.state.wear[this.#anode] = 0;
    this.#toChange = CHANGE_SOONEST_S;
    this.#end();
    return OK;
  }

  /** The most urgent work and for how long it has been due, s; NaN: nothing is due, or the cell is not fit for it. */
  lateness(): number {
    const late = -Math.min(this.#toTap, this.#changeDue(), this.#toDip);
    return late >= 0 && this.#fit() ? late : Number.NaN;
  }

  /** Begins the most urgent work. */
  beginDue(): void {
    const change = this.#changeDue();
    if (this.#toTap <= Math.min(change, this.#toDip)) this.beginTap();
    else if (change <= this.#toDip) this.beginChange(this.#mostWorn() + 1);
    else this.#begin("dip");
  }

  /** One second of the work under way. */
  second(): void {
    this.disturbed = false;
    this.dipped = Number.NaN;
    this.#toTap--;
    this.#toChange--;
    this.#toDip--;
    if (this.#job === undefined) return;
    this.#elapsed++;
    if (this.#job === "tap") this.#tap();
    else if (this.#job === "change" && this.#elapsed >= CHANGE_LASTS_S) this.endChange();
    else if (this.#job === "dip" && this.#elapsed >= DIP_LASTS_S) this.#dip();
  }

  #begin(job: Job): void {
    this.#job = job;
    this.#elapsed = 0;
    this.disturbed = job !== "dip";
  }

  #end(): void {
    this.#job = undefined;
    this.disturbed = true;
  }

  #occupied(): Verdict {
    return refuse("E_FIELD_REFUSED", `a ${this.#job} is under way at this cell`);
  }

  #fit(): boolean {
    const { amps, state } = this.#field;
    return amps > 500 && !state.anodeEffect && state.temperature > state.params.reference - COLD_K;
  }

  #changeDue(): number {
    const worn = (this.#field.state.wear[this.#mostWorn()] as number) >= WORN_M;
    return worn ? this.#toChange : this.#toChange + CHANGE_LATEST_S - CHANGE_SOONEST_S;
  }

  #mostWorn(): number {
    const { wear } = this.#field.state;
    let worst = 0;
    for (let k = 1; k < wear.length; k++) if ((wear[k] as number) > (wear[worst] as number)) worst = k;
    return worst;
  }

  #nextDip(): number {
    return Math.round(between(this.#field.rng, 2 * 3600, 4 * 3600));
  }

  #tap(): void {
    const { state, input } = this.#field;
    const pouring = this.#elapsed <= TAP_POUR_S;
    this.#poured += input.tap;
    input.tap = pouring ? this.#pour : 0;
    const missing = Math.max(0, state.params.bath - state.bath + BATH_CARRIED_KG);
    input.bath = pouring ? -BATH_CARRIED_KG / TAP_POUR_S : missing / (TAP_LASTS_S - TAP_POUR_S);
    if (this.#elapsed >= TAP_LASTS_S) this.endTap();
  }

  #dip(): void {
    this.#job = undefined;
    this.#toDip = this.#nextDip();
    this.dipped = this.#field.state.temperature + DIP_NOISE_K * gauss(this.#field.rng);
  }
}
