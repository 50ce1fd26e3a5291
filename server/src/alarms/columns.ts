/** The alarm table of the plant file, compiled: one slot per alarm and cell, one for an alarm of the system, in columns ordered by tag. */
import type { AlarmDefinition, Cell, Home, Plant, Tag } from "@cellhouse/shared";
import { isOfSystem, tagOf } from "@cellhouse/shared";
import { compileRule } from "./kinds/index.ts";
import type { Judge, Rule } from "./kinds/kind.ts";

export interface Place {
  /** `C042:TY-100.HI`. */
  readonly id: string;
  readonly definition: AlarmDefinition;
  readonly home: Home;
  readonly tag: Tag;
  readonly rule: Rule;
}

export interface AlarmColumns {
  readonly count: number;
  readonly places: readonly Place[];
  readonly slotOf: ReadonlyMap<string, number>;
  /** Slots of an owner, those fed by samples and those fed by liveness. */
  readonly samplesOf: ReadonlyMap<string, readonly number[]>;
  readonly livenessOf: ReadonlyMap<string, readonly number[]>;
  /** Tag `t` is judged by the slots `first[t]` to `first[t + 1] - 1`. Slots fed by liveness stand behind them all. */
  readonly first: Uint32Array;
  readonly judge: readonly Judge[];
  readonly on: Float64Array;
  readonly off: Float64Array;
  /** ms. */
  readonly onDelay: Float64Array;
  readonly offDelay: Float64Array;
}

/** Compiles every alarm of every cell whose recipe it holds for, and those of the system. */
export function compileAlarms(plant: Plant): AlarmColumns {
  const { alarms } = plant.description;
  const own = alarms.filter(isOfSystem).map((definition) => placeOf(definition, plant.system));
  const places = [...plant.cells.flatMap((cell) => placesOf(alarms, cell)), ...own].sort(byInputThenTag);
  const column = (pick: (place: Place) => number): Float64Array => Float64Array.from(places, pick);
  return {
    count: places.length,
    places,
    slotOf: new Map(places.map((place, slot) => [place.id, slot])),
    samplesOf: slotsByOwner(places, "sample"),
    livenessOf: slotsByOwner(places, "liveness"),
    first: ranges(plant.tags.length, places),
    judge: places.map((place) => place.rule.judge),
    on: column((place) => place.rule.on),
    off: column((place) => place.rule.off),
    onDelay: column((place) => place.definition.onDelay * 1000),
    offDelay: column((place) => place.definition.offDelay * 1000),
  };
}

function placesOf(alarms: readonly AlarmDefinition[], cell: Cell): Place[] {
  return alarms
    .filter((definition) => !isOfSystem(definition) && (definition.recipes?.includes(cell.recipe.name) ?? true))
    .map((definition) => placeOf(definition, cell, cell));
}

function placeOf(definition: AlarmDefinition, home: Home, cell?: Cell): Place {
  return { id: `${home.id}:${definition.id}`, definition, home, tag: tagOf(home, definition.tag), rule: compileRule(definition, cell) };
}

/** The sort is stable: alarms of one tag keep the order of the plant file. */
function byInputThenTag(a: Place, b: Place): number {
  const input = Number(a.rule.input === "liveness") - Number(b.rule.input === "liveness");
  return input !== 0 ? input : a.tag.id - b.tag.id;
}

function ranges(tags: number, places: readonly Place[]): Uint32Array {
  const first = new Uint32Array(tags + 1);
  for (const place of places) if (place.rule.input === "sample") first[place.tag.id + 1] = (first[place.tag.id + 1] as number) + 1;
  for (let t = 0; t < tags; t++) first[t + 1] = (first[t + 1] as number) + (first[t] as number);
  return first;
}

function slotsByOwner(places: readonly Place[], input: Rule["input"]): Map<string, number[]> {
  const slots = new Map<string, number[]>();
  for (const [slot, place] of places.entries()) {
    if (place.rule.input !== input) continue;
    const own = slots.get(place.home.id);
    if (own === undefined) slots.set(place.home.id, [slot]);
    else own.push(slot);
  }
  return slots;
}
