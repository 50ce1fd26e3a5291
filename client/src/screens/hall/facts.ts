/** What the hall needs of one cell, read from the live columns in one pass. Pure, no allocation per reading. */
import { type Cell, type HALL_TAGS, MODES, PHASES, Quality, STATUS } from "@cellhouse/shared";

/** The columns of the store, as far as the hall reads them. */
export interface Columns {
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly time: Float64Array;
}

/** Dissolved oxide at which a bath is neither lean nor muddy, wt% (process model, "Demand feed"). */
export const OXIDE_WINDOW = { low: 1.3, high: 2.6 } as const;

type HallTag = (typeof HALL_TAGS)[number];

/** A cell with the ids of its hall tags. */
export interface Place {
  readonly cell: Cell;
  readonly id: (tag: HallTag) => number;
  /** Id of XQ-209, seconds of anode effect today: not among the hall's tags, wanted for the strip. */
  readonly effectSeconds: number;
  /** Innermost limits of temperature and voltage. */
  readonly temperature: { low: number | undefined; high: number | undefined };
  readonly voltage: { low: number | undefined; high: number | undefined };
}

/** Filled again and again for one cell after another. `NaN` where a value is missing or not to be believed. */
export interface Facts {
  temperature: number;
  voltage: number;
  current: number;
  oxide: number;
  slope: number;
  risk: number;
  feed: number;
  /** What the feeder is told now. */
  command: number;
  power: number;
  hopper: number;
  running: boolean;
  anodeEffect: boolean;
  /** Empty in AUTO and CASCADE in normal running. */
  letter: string;
  /** Quality of the cell as a whole: the best of temperature and voltage. */
  quality: number;
  temperatureQuality: number;
  voltageQuality: number;
  /** Source time of the newest of both. */
  time: number;
}

export function emptyFacts(): Facts {
  const nan = Number.NaN;
  return {
    temperature: nan,
    voltage: nan,
    current: nan,
    oxide: nan,
    slope: nan,
    risk: nan,
    feed: nan,
    command: nan,
    power: nan,
    hopper: nan,
    running: false,
    anodeEffect: false,
    letter: "",
    quality: Quality.Stale,
    temperatureQuality: Quality.Stale,
    voltageQuality: Quality.Stale,
    time: 0,
  };
}

/** Fills `into` and gives it back. */
export function readFacts(place: Place, columns: Columns, into: Facts): Facts {
  const { value, quality, time } = columns;
  const good = (tag: HallTag): number =>
    ((quality[place.id(tag)] as number) <= Quality.Uncertain ? value[place.id(tag)] : Number.NaN) as number;
  into.temperature = good("TY-100");
  into.voltage = good("EI-201");
  into.current = good("II-202");
  into.oxide = good("AY-301");
  into.slope = good("XI-208");
  into.risk = good("XI-209");
  into.feed = good("FI-303");
  into.command = good("FIC-303.SPW");
  into.power = good("JI-204");
  into.hopper = good("WI-302");
  into.temperatureQuality = quality[place.id("TY-100")] as number;
  into.voltageQuality = quality[place.id("EI-201")] as number;
  into.quality = Math.min(into.temperatureQuality, into.voltageQuality);
  into.time = Math.max(time[place.id("TY-100")] as number, time[place.id("EI-201")] as number);
  const word = value[place.id("YS-901")] as number;
  readWord(word, into);
  if (Number.isNaN(word)) into.running = into.current > 0.1 * place.cell.cellClass.current;
  return into;
}

const LETTERS: Partial<Record<(typeof PHASES)[number], string>> = {
  TAP: "T",
  ANODE_CHANGE: "A",
  AE: "E",
  STANDBY: "S",
  PREHEAT: "H",
  MELT_IN: "H",
  COOLDOWN: "C",
};

/** The status word; without one nothing is claimed but that it is not known. */
export function readWord(word: number, into: Pick<Facts, "running" | "anodeEffect" | "letter">): void {
  if (Number.isNaN(word)) {
    into.running = false;
    into.anodeEffect = false;
    into.letter = "?";
    return;
  }
  const mode = MODES[(word >>> 16) & 0xf] ?? "OFF";
  const phase = PHASES[(word >>> 20) & 0xf] ?? "OOS";
  into.running = (word & STATUS.run) !== 0 && phase !== "OOS" && phase !== "STANDBY" && phase !== "COOLDOWN";
  into.anodeEffect = (word & STATUS.anodeEffect) !== 0 || phase === "AE";
  const busy = word & STATUS.tapping ? "T" : word & STATUS.anodeChange ? "A" : LETTERS[phase];
  into.letter = busy ?? (mode === "MAN" ? "M" : mode === "OFF" ? "O" : "");
}
