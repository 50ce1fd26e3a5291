/** Setpoints and parameters of a cell's PLC: what is accepted (`.SP`), and what is worked with (`.SPW`, ramped). */
import { CELL_TAGS, type Cell, OK, refuse, type TagDefinition, type Verdict } from "@cellhouse/shared";
import { createLimiter, faradayFeed, type Limiter, limit } from "@cellhouse/shared/blocks";
import { cellIndex } from "../image.ts";

/** The feed's clamps as shares of what Faraday's law asks for. */
const FEED_LOW = 0.5;
const FEED_HIGH = 1.6;

/** Home position of the anode beam, mm. */
export const BEAM_HOME = 100;

export interface Entry {
  /** Position in the image. */
  readonly index: number;
  readonly low: number;
  readonly high: number;
  target: number;
  /** Ramped working value; equals the target where the tag has no ramp. */
  readonly working: Limiter;
}

export class Setpoints {
  readonly #entries = new Map<string, Entry>();
  /** All, in the catalogue's order. */
  readonly list: readonly Entry[];
  /** What Faraday's law asks for at nominal current and design efficiency, kg/h. */
  readonly nominalFeed: number;
  readonly temperature: Entry;
  readonly current: Entry;
  readonly feed: Entry;
  readonly beam: Entry;
  /** Parameters the program reads all the time. */
  readonly shot: Entry;
  readonly effectVolts: Entry;
  readonly percent: Entry;
  readonly hold: Entry;
  readonly rampUp: Entry;
  readonly quenchShot: Entry;
  readonly #series: boolean;

  constructor(cell: Cell) {
    const { recipe, cellClass } = cell;
    this.#series = cell.line.description.supply.kind === "series";
    this.nominalFeed = faradayFeed({ ...recipe, current: cellClass.current, efficiency: cellClass.currentEfficiency });
    const defaults: Record<string, number> = {
      "TIC-101.SP": recipe.temperature,
      "IIC-202.SP": cellClass.current,
      "FIC-303.SP": this.nominalFeed,
      "FIC-303.SHOT": 50,
      "FIC-303.RBASE": this.nominalFeed,
      "FIC-303.RU": 0.75,
      "FIC-303.RO": 1.3,
      "XIC-207.THR": 0.9,
      "XIC-207.OXT": 1.75,
      "ZIC-403.SP": BEAM_HOME,
      "EIC-210.V": 14,
      "EIC-210.QPCT": 30,
      "EIC-210.HOLD": 30,
      "EIC-210.RAMP": 240,
      "EIC-210.SHOT": 2.5,
    };
    for (const definition of CELL_TAGS) {
      const start = defaults[definition.name];
      if (start === undefined) continue;
      const [low, high] = clamps(definition, cell, this.nominalFeed);
      const target = Math.min(high, Math.max(low, start));
      this.#entries.set(definition.name, {
        index: cellIndex(definition.name),
        low,
        high,
        target,
        working: createLimiter(target, low, high, definition.ramp),
      });
    }
    this.list = [...this.#entries.values()];
    this.temperature = this.#entry("TIC-101.SP");
    this.current = this.#entry("IIC-202.SP");
    this.current.working.low = 0;
    this.feed = this.#entry("FIC-303.SP");
    this.beam = this.#entry("ZIC-403.SP");
    this.shot = this.#entry("FIC-303.SHOT");
    this.effectVolts = this.#entry("EIC-210.V");
    this.percent = this.#entry("EIC-210.QPCT");
    this.hold = this.#entry("EIC-210.HOLD");
    this.rampUp = this.#entry("EIC-210.RAMP");
    this.quenchShot = this.#entry("EIC-210.SHOT");
  }

  /** Accepts a target, clamped; refuses what is no number, no setpoint, or not this cell's to decide. */
  write(name: string, value: number): Verdict {
    const entry = this.#entries.get(name);
    if (entry === undefined) return refuse("E_NOT_WRITABLE", `${name} is no setpoint of this PLC`);
    if (!Number.isFinite(value)) return refuse("E_FIELD_REFUSED", `${name}: ${value} is not a number`);
    if (this.#series && entry === this.current)
      return refuse("E_FIELD_REFUSED", `${name}: the line's rectifier sets the current of a series line`);
    entry.target = Math.min(entry.high, Math.max(entry.low, value));
    return OK;
  }

  /** One second of temperature and feed; `feed` kg/h is wanted, within its shares of what Faraday asks for now; `full`: no more than that. */
  ramp(feed: number, forward: number, full: boolean): void {
    const { working } = this.feed;
    working.low = FEED_LOW * forward;
    working.high = full ? forward : FEED_HIGH * forward;
    limit(this.temperature.working, this.temperature.target, 1);
    limit(working, feed, 1);
  }

  /** One second of the current: `share` of its setpoint is allowed; a cell that is off ramps it to 0. */
  rampCurrent(share: number): void {
    limit(this.current.working, share * this.current.target, 1);
  }

  /** One second of the beam. */
  moveBeam(): void {
    limit(this.beam.working, this.beam.target, 1);
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`no setpoint ${name}`);
    return entry;
  }
}

/** The PLC's own clamps, inside the tag's range where both speak. The catalogue's temperature range is that of PrNd. */
function clamps(definition: TagDefinition, cell: Cell, feed: number): readonly [number, number] {
  const { recipe, cellClass } = cell;
  if (definition.name === "TIC-101.SP") return [recipe.temperature - 15, recipe.temperature + 15];
  if (definition.name === "IIC-202.SP") return [0.85 * cellClass.current, 1.05 * cellClass.current];
  if (definition.name === "FIC-303.SP") return [FEED_LOW * feed, Math.min(definition.range[1], FEED_HIGH * feed)];
  return definition.range;
}
