/**
 * What history is asked on: a day of raw samples of a whole hall from the simulator's own models, before it 30 days at one
 * sample a minute of eight tags per cell, and before those a year at one an hour of every tag. Made once, faster than real
 * time, and kept outside the repository.
 *
 *   node tests/bench/history/query-set.ts [small|day|group]
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createFrame, type Frame, ManualClock, type Plant, pushSample, Quality } from "@cellhouse/shared";
import { DuckdbHistorian, duckdbSettings } from "../../../server/src/historian/duckdb/index.ts";
import { createSimulatedPlant } from "../../../simulator/src/plant.ts";
import { Sampler } from "../../../simulator/src/publish/sampler.ts";
import { plantOf } from "../../support/plant.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Source times are fixed, so that a set means the same on every machine. */
export const END = Date.UTC(2026, 9, 1);
/** Tags kept each minute for a month. */
export const MINUTE_TAGS = ["TY-100", "EI-201", "II-202", "XI-207", "FI-303", "WI-302", "TI-503", "JI-204"] as const;

export interface QuerySet {
  plant: string;
  /** Of raw samples at the end, and of the coarser ones before them, ms. */
  raw: number;
  minutes: number;
  hours: number;
}

export const SETS = {
  /** For CI and a first look. */
  small: { plant: "demo", raw: HOUR, minutes: DAY, hours: 7 * DAY },
  day: { plant: "hall-15kt", raw: DAY, minutes: 30 * DAY, hours: 365 * DAY },
  group: { plant: "group-50kt", raw: 6 * HOUR, minutes: 0, hours: 0 },
} as const satisfies Record<string, QuerySet>;

/** Where a set is kept; the number changes with what is in it. */
export function folderOf(name: keyof typeof SETS): string {
  return join(homedir(), ".cache/cellhouse/query-sets", `${name}-2`);
}

/** The folder of a set, made where it is missing. */
export async function querySet(name: keyof typeof SETS, tell: (line: string) => void = () => undefined): Promise<string> {
  const folder = folderOf(name);
  if (existsSync(join(folder, "whole"))) return folder;
  const made = `${folder}.part`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  await make(made, SETS[name], tell);
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
  writeFileSync(join(folder, "whole"), `${new Date().toISOString()}\n`);
  return folder;
}

async function make(folder: string, set: QuerySet, tell: (line: string) => void): Promise<void> {
  const plant = plantOf(set.plant);
  const clock = new ManualClock(END);
  const historian = new DuckdbHistorian(duckdbSettings.parse({ folder, quietMs: 0 }), { plant, clock });
  await historian.start();
  try {
    await coarse(historian, plant, set, tell);
    await raw(historian, plant, set, tell);
    await historian.settle();
  } finally {
    await historian.stop();
  }
}

/** A day of the models, a value of every tag each minute; the days before the raw ones are cut from it. */
function profileOf(plant: Plant): Float32Array[] {
  const start = END - DAY;
  const speed = 60;
  const simulated = createSimulatedPlant(plant, { seed: 2, speed, start });
  const profile: Float32Array[] = [];
  for (let now = start; now <= start + DAY / speed; now += 1000) {
    simulated.advance(now);
    const minute = new Float32Array(plant.tags.length).fill(Number.NaN);
    for (const { home, definitions, value } of [...simulated.cells, ...simulated.lines])
      for (const [i, { name }] of definitions.entries()) {
        const tag = home.tags.get(name);
        if (tag !== undefined) minute[tag.id] = value[i] as number;
      }
    profile.push(minute);
  }
  return profile;
}

async function coarse(historian: DuckdbHistorian, plant: Plant, set: QuerySet, tell: (line: string) => void): Promise<void> {
  if (set.hours === 0) return;
  const profile = profileOf(plant);
  const every = plant.tags.map((tag) => tag.id);
  const some = plant.tags.filter((tag) => (MINUTE_TAGS as readonly string[]).includes(tag.definition.name)).map((tag) => tag.id);
  const write = (time: number, tags: readonly number[]): Promise<void> => {
    const values = profile[Math.floor((time % DAY) / MINUTE)] as Float32Array;
    const frame = createFrame(tags.length);
    frame.receivedAt = time + 20;
    for (const tag of tags) if (!Number.isNaN(values[tag])) pushSample(frame, tag, time, values[tag] as number, Quality.Good);
    return historian.write([frame]);
  };
  const minutes = END - set.raw - set.minutes;
  for (let time = END - set.raw - set.hours; time < minutes; time += HOUR) {
    await write(time, every);
    if (time % (30 * DAY) === 0) tell(`hours up to ${new Date(time).toISOString()}`);
  }
  for (let time = minutes; time < END - set.raw; time += MINUTE) {
    await write(time, time % HOUR === 0 ? every : some);
    if (time % DAY === 0) tell(`minutes up to ${new Date(time).toISOString()}`);
  }
}

/** As the hall publishes with `--publish raw`, without the protocols. */
async function raw(historian: DuckdbHistorian, plant: Plant, set: QuerySet, tell: (line: string) => void): Promise<void> {
  const start = END - set.raw;
  const simulated = createSimulatedPlant(plant, { seed: 1, speed: 1, start });
  const samplers = [...simulated.cells, ...simulated.lines].map((plc) => new Sampler(plc, "raw"));
  let frames: Frame[] = [];
  for (let now = start + 100; now <= END; now += 100) {
    simulated.advance(now);
    for (const sampler of samplers) {
      const frame = frameOf(sampler, now + 15);
      if (frame !== undefined) frames.push(frame);
    }
    if (now % 10_000 === 0) {
      await historian.write(frames);
      frames = [];
    }
    if (now % HOUR === 0) tell(`raw up to ${new Date(now).toISOString()}`);
  }
}

function frameOf(sampler: Sampler, receivedAt: number): Frame | undefined {
  const count = sampler.collect();
  if (count === 0) return undefined;
  const { home, definitions } = sampler.image;
  const frame = createFrame(count);
  frame.receivedAt = receivedAt;
  for (let k = 0; k < count; k++) {
    const i = sampler.due[k] as number;
    const tag = home.tags.get(definitions[i]?.name ?? "");
    if (tag !== undefined) pushSample(frame, tag.id, sampler.time[i] as number, sampler.value[i] as number, sampler.quality[i] as Quality);
  }
  return frame;
}

if (import.meta.main) {
  const name = (process.argv[2] ?? "small") as keyof typeof SETS;
  if (!(name in SETS)) throw new Error(`no query set "${name}"; known: ${Object.keys(SETS).join(", ")}`);
  const tell = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  tell(await querySet(name, tell));
}
