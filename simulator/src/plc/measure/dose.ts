/** Dose accounting in the PLC: counts what was commanded, made and tapped, and asks the block each minute what has arrived. */
import { createDoseAccount, type DoseInput, stepDoseAccount } from "@cellhouse/shared/blocks";

export interface DoseFigures {
  /** Shots so far, and their size, g. */
  shots: number;
  shot: number;
  /** Oxide used and metal made by Faraday's law, kg/h, and metal tapped so far, kg. */
  used: number;
  made: number;
  tapped: number;
  resistance: number;
}

export class Dose {
  readonly account;
  readonly #input: DoseInput = { commanded: 0, used: 0, metal: 0, resistance: 0, blind: false, moved: false };
  #made = 0;
  #shots = 0;

  /** `size`: nominal current over 6 kA. */
  constructor(size: number) {
    this.account = createDoseAccount(size);
  }

  /** One second: whether the resistance is disturbed, and whether it stays elsewhere by nobody knows how much. */
  second(disturbed: boolean, moved: boolean): void {
    this.#input.blind ||= disturbed;
    this.#input.moved ||= moved;
  }

  minute({ shots, shot, used, made, tapped, resistance }: DoseFigures): void {
    const input = this.#input;
    this.#made += made / 60;
    input.commanded = ((shots - this.#shots) * shot * 60) / 1000;
    input.used = used;
    input.metal = this.#made - tapped;
    input.resistance = resistance;
    stepDoseAccount(this.account, input);
    this.#shots = shots;
    input.blind = input.moved = false;
  }
}
