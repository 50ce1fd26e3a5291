/** Alarm limits as they were: from each revision of the plant's alarm table on, until the next. Pure. */
import { type AlarmDefinition, buildPlant, type JournalEvent, type Plant, plantDescription, type Tag } from "@cellhouse/shared";
import { limitsOf } from "../../../parts/limits.ts";
import type { Level } from "../../../parts/trend/paint.ts";

/** The plant as it stood from a time on. */
export interface Revision {
  time: number;
  plant: Plant;
}

/** The plant's revisions among the events of the journal, the oldest first; what this program cannot read is left out. */
export function revisionsOf(events: readonly JournalEvent[]): Revision[] {
  return events
    .filter((event) => event.kind === "config" && event.what === "plant")
    .flatMap(({ time, description }) => {
      const read = plantDescription.safeParse(description);
      return read.success ? [{ time, plant: buildPlant(read.data) }] : [];
    })
    .sort((a, b) => a.time - b.time);
}

/** One level for each limit alarm that ever stood on the tag. `running` holds where no revision is known at all. */
export function levelsOf(tag: Tag, revisions: readonly Revision[], running: Plant): Level[] {
  const known = revisions.length > 0 ? revisions : [{ time: Number.NEGATIVE_INFINITY, plant: running }];
  const steps = known.map(({ time, plant }) => ({ time, limits: limitsThen(tag, plant) }));
  const ids = new Set(steps.flatMap(({ limits }) => [...limits.keys()]));
  return [...ids].map((id) => ({ text: id, steps: steps.map(({ time, limits }) => ({ time, value: limits.get(id) })) }));
}

function limitsThen(tag: Tag, plant: Plant): Map<string, number> {
  const cell = plant.cell(tag.owner);
  const { name } = tag.definition;
  if (cell !== undefined) return new Map(limitsOf(plant.description.alarms, cell, name).map(({ id, value }) => [id, value]));
  const own = (alarm: AlarmDefinition): alarm is Extract<AlarmDefinition, { kind: "limit" }> =>
    alarm.kind === "limit" && alarm.tag === name;
  return new Map(tag.owner === plant.system.id ? plant.description.alarms.filter(own).map(({ id, limit }) => [id, limit]) : []);
}

/** The setpoint a measurement is held against. */
const SETPOINTS: Readonly<Record<string, string>> = {
  "TY-100": "TIC-101.SP",
  "TI-101": "TIC-101.SP",
  "TI-103": "TIC-101.SP",
  "II-202": "IIC-202.SPW",
  "FI-303": "FIC-303.SPW",
  "AY-301": "XIC-207.OXT",
};

/** True where one is the setpoint the other is held against. */
export function belongTogether(a: Tag, b: Tag): boolean {
  const [first, second] = [a.definition.name, b.definition.name];
  return a.owner === b.owner && (SETPOINTS[first] === second || SETPOINTS[second] === first);
}

export function setpointOf(tag: Tag, plant: Plant): Tag | undefined {
  const name = SETPOINTS[tag.definition.name];
  return name === undefined ? undefined : plant.home(tag.owner)?.tags.get(name);
}
