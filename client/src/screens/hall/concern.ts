/** Why a cell is worth a look, in an order of urgency, each reason in words. Pure. */
import { type Alarm, type Priority, Quality } from "@cellhouse/shared";
import { inLimits } from "../../parts/limits.ts";
import { type Facts, OXIDE_WINDOW, type Place } from "./facts.ts";

export interface Concern {
  /** Larger is more urgent; below `WORTH` nothing is shown. */
  score: number;
  /** Key under `concern.` and what stands in the sentence. */
  key: string;
  values: Record<string, string | number>;
}

const WORTH = 15;
/** wt% lost per minute at no feed (process model, 2.4: -0.050 wt%/min), and the oxide at which an anode effect begins. */
const OXIDE_PER_MINUTE = 0.05;
const OXIDE_AT_EFFECT = 0.95;
const ALARM_WEIGHT: Record<Priority, number> = { 1: 100, 2: 28, 3: 14, 4: 5 };

/** Minutes until the oxide runs out at the present feed; undefined when it does not. */
export function minutesToEffect(oxide: number, feed: number, command: number): number | undefined {
  const short = 1 - feed / command;
  if (!(short > 0.08) || !(oxide < 2)) return undefined;
  return Math.max(0, (oxide - OXIDE_AT_EFFECT) / (OXIDE_PER_MINUTE * short));
}

/** The most urgent reason; an unacknowledged alarm makes any reason more urgent. */
export function concernOf(place: Place, facts: Facts, alarm: Alarm | undefined, ageMs: number): Concern | undefined {
  const reasons = [...processReasons(place, facts), ...stateReasons(facts, ageMs)];
  if (alarm !== undefined) reasons.push({ score: 1, key: "alarm", values: { type: alarm.type, cause: alarm.cause } });
  const first = reasons.reduce<Concern | undefined>((best, r) => (best === undefined || r.score > best.score ? r : best), undefined);
  if (first === undefined) return undefined;
  const score = first.score + (alarm === undefined ? 0 : ALARM_WEIGHT[alarm.priority]);
  return score < WORTH ? undefined : { ...first, score };
}

/** A cell, or a whole line whose cells are silent together. */
export interface Entry {
  /** `C042` or `L03`. */
  owner: string;
  cells: number;
  concern: Concern;
}

/** Silent cells of one line are one entry from this many on: the line is what to look at. */
const TOGETHER = 3;
const SHOWN = 10;

/** The ten most urgent; equals in the order of the hall. */
export function shortList(found: readonly { place: Place; concern: Concern }[]): Entry[] {
  const silent = new Map<string, number>();
  const isSilent = ({ concern }: { concern: Concern }): boolean => concern.key === "stale" || concern.key === "bad";
  for (const one of found) if (isSilent(one)) silent.set(one.place.cell.line.id, (silent.get(one.place.cell.line.id) ?? 0) + 1);
  const entries = new Map<string, Entry>();
  for (const one of found) {
    const line = one.place.cell.line.id;
    const cells = isSilent(one) ? (silent.get(line) ?? 0) : 0;
    const owner = cells >= TOGETHER ? line : one.place.cell.id;
    const known = entries.get(owner);
    if (known === undefined || known.concern.score < one.concern.score)
      entries.set(owner, { owner, cells: Math.max(1, owner === line ? cells : 1), concern: one.concern });
  }
  return [...entries.values()].sort((a, b) => b.concern.score - a.concern.score).slice(0, SHOWN);
}

function processReasons(place: Place, facts: Facts): Concern[] {
  if (!facts.running) return [];
  const reasons: Concern[] = [];
  const { oxide, feed, command, risk } = facts;
  const minutes = minutesToEffect(oxide, feed, command);
  const share = Math.round((feed / command) * 100);
  if (minutes !== undefined && minutes < 60)
    reasons.push({ score: 80 - minutes, key: "oxideEta", values: { oxide: oxide.toFixed(1), share, minutes: Math.round(minutes) } });
  else if (oxide < OXIDE_WINDOW.low) reasons.push({ score: 40, key: "oxideLow", values: { oxide: oxide.toFixed(1) } });
  else if (oxide > OXIDE_WINDOW.high) reasons.push({ score: 25, key: "oxideHigh", values: { oxide: oxide.toFixed(1) } });
  if (risk > 0.5) reasons.push({ score: 40 + 30 * risk, key: "risk", values: { risk: risk.toFixed(2) } });
  if (Math.abs(feed / command - 1) > 0.15) reasons.push({ score: 22, key: share < 100 ? "feedLow" : "feedHigh", values: { share } });
  if (facts.hopper < 15) reasons.push({ score: 18, key: "hopper", values: { kg: facts.hopper.toFixed(0) } });
  reasons.push(...deviations(place, facts));
  return reasons;
}

function deviations(place: Place, facts: Facts): Concern[] {
  const aim = place.cell.recipe.temperature;
  const t = inLimits(facts.temperature, aim, place.temperature);
  const v = inLimits(facts.voltage, place.cell.cellClass.voltage, place.voltage);
  const reasons: Concern[] = [];
  if (Math.abs(t) > 0.75)
    reasons.push({
      score: 10 + 25 * Math.abs(t),
      key: t > 0 ? "hot" : "cold",
      values: { by: Math.abs(facts.temperature - aim).toFixed(0), at: facts.temperature.toFixed(0) },
    });
  if (Math.abs(v) > 0.75)
    reasons.push({ score: 8 + 25 * Math.abs(v), key: v > 0 ? "voltageHigh" : "voltageLow", values: { volt: facts.voltage.toFixed(2) } });
  return reasons;
}

function stateReasons(facts: Facts, ageMs: number): Concern[] {
  if (facts.quality >= Quality.Stale)
    return [
      {
        score: facts.quality === Quality.Bad ? 65 : 60,
        key: facts.quality === Quality.Bad ? "bad" : "stale",
        values: { seconds: Math.round(ageMs / 1000) },
      },
    ];
  if (facts.anodeEffect) return [{ score: 100, key: "effect", values: {} }];
  if (facts.temperatureQuality === Quality.Bad) return [{ score: 30, key: "noTemperature", values: {} }];
  return facts.running && facts.letter === "M" ? [{ score: 5, key: "manual", values: {} }] : [];
}
