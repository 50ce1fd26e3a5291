/** The figures of the strip above the hall: only what live values can give, with how many cells stand behind each. Pure. */
import { Quality } from "@cellhouse/shared";
import { type Columns, emptyFacts, type Place, readFacts } from "../facts.ts";

interface Sum {
  value: number;
  /** Cells counted of those that should. */
  cells: number;
}

export interface Figures {
  /** MW. */
  power: Sum;
  /** MW at nominal current and voltage of the running cells. */
  powerAim: number;
  /** kg/h. */
  feed: Sum;
  feedAim: number;
  running: number;
  standby: number;
  out: number;
  unknown: number;
  /** Of the cells not `unknown`. */
  anodeEffects: number;
  /** Seconds of anode effect since the PLCs' midnight; `cells` had any, of `known`. */
  effectToday: Sum & { known: number };
  /** Running cells with bath temperature inside its limits. */
  inBand: number;
  total: number;
}

const facts = emptyFacts();

export function figuresOf(places: readonly Place[], columns: Columns): Figures {
  const sum: Figures = {
    power: { value: 0, cells: 0 },
    powerAim: 0,
    feed: { value: 0, cells: 0 },
    feedAim: 0,
    running: 0,
    standby: 0,
    out: 0,
    unknown: 0,
    anodeEffects: 0,
    effectToday: { value: 0, cells: 0, known: 0 },
    inBand: 0,
    total: places.length,
  };
  for (const place of places) {
    readFacts(place, columns, facts);
    countState(sum, place, columns);
    addEffect(sum.effectToday, place, columns);
    if (facts.anodeEffect && facts.quality < Quality.Stale) sum.anodeEffects++;
    if (!Number.isNaN(facts.power)) add(sum.power, facts.power / 1000);
    if (!Number.isNaN(facts.feed)) add(sum.feed, facts.feed);
    if (!Number.isNaN(facts.command)) sum.feedAim += facts.command;
    if (!facts.running) continue;
    sum.powerAim += (place.cell.cellClass.current * place.cell.cellClass.voltage) / 1e6;
    const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = place.temperature;
    if (facts.temperature >= low && facts.temperature <= high) sum.inBand++;
  }
  return sum;
}

function add(sum: Sum, value: number): void {
  sum.value += value;
  sum.cells++;
}

function addEffect(sum: Figures["effectToday"], place: Place, { value, quality }: Columns): void {
  const seconds = value[place.effectSeconds] as number;
  if (!(seconds >= 0) || (quality[place.effectSeconds] as number) >= Quality.Stale) return;
  sum.known++;
  if (seconds > 0) add(sum, seconds);
}

function countState(sum: Figures, place: Place, columns: Columns): void {
  const word = columns.value[place.id("YS-901")] as number;
  if (Number.isNaN(word) || facts.quality >= Quality.Stale) sum.unknown++;
  else if (facts.running) sum.running++;
  else if (facts.letter === "O") sum.out++;
  else sum.standby++;
}
