/**
 * What history is asked on: a day of raw samples of a whole hall from the simulator's own models, before it rows of a minute
 * of eight tags per cell for 30 days, and before those rows of an hour of every tag for a year. Made once, faster than real
 * time, and kept outside the repository.
 *
 *   node tests/bench/history/query-set.ts [small|day|group]
 */
import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createFrame, type Frame, ManualClock, type Plant, pushSample, type Quality, type TagId } from "@cellhouse/shared";
import { Catalog } from "../../../server/src/historian/duckdb/catalog.ts";
import { fileName } from "../../../server/src/historian/duckdb/compactor.ts";
import { DuckdbHistorian, duckdbSettings } from "../../../server/src/historian/duckdb/index.ts";
import { Parquet } from "../../../server/src/historian/duckdb/parquet.ts";
import { levels, widthOf, windowOf } from "../../../server/src/historian/duckdb/windows.ts";
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
  return join(homedir(), ".cache/cellhouse/query-sets", `${name}-3`);
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
  if (set.hours > 0) await coarse(folder, plant, set, tell);
  const historian = new DuckdbHistorian(duckdbSettings.parse({ folder, quietMs: 0 }), { plant, clock });
  await historian.start();
  try {
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
  for (let now = start; now < start + DAY / speed; now += 1000) {
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

/**
 * The rollups a hall has of the time before its raw samples, in the files it would have them in: rows of an hour and of a
 * minute around the models' values. Making them out of samples would take a year's worth of those.
 */
async function coarse(folder: string, plant: Plant, set: QuerySet, tell: (line: string) => void): Promise<void> {
  const catalog = new Catalog(join(folder, "history"));
  const parquet = await Parquet.open({ folder: join(folder, "history"), memoryMb: 1000, threads: { write: 2, read: 1 } });
  try {
    const ids = catalog.tagIds(plant.tags.map((tag) => tag.path));
    const file = join(folder, "profile.csv");
    const kept = new Set(plant.tags.filter((tag) => (MINUTE_TAGS as readonly string[]).includes(tag.definition.name)).map((tag) => tag.id));
    writeFileSync(file, "minute,tag,v\n");
    for (const [m, minute] of profileOf(plant).entries()) {
      const rows = Array.from(minute, (v, tag) =>
        Number.isNaN(v) || (m % 60 > 0 && !kept.has(tag as TagId)) ? "" : `${m},${ids[tag]},${v}\n`,
      );
      appendFileSync(file, rows.join(""));
    }
    await parquet.run(`CREATE TABLE profile AS FROM read_csv('${file}', types = {minute: 'INTEGER', tag: 'UINTEGER', v: 'DOUBLE'})`);
    const some = Array.from(kept, (tag) => ids[tag]);
    await rollups({ catalog, parquet, tell }, { resolution: "1h", from: END - set.raw - set.hours, to: END - set.raw, where: "true" });
    const minutes = END - set.raw - set.minutes;
    await rollups({ catalog, parquet, tell }, { resolution: "1m", from: minutes, to: END - set.raw, where: `tag IN (${some.join(", ")})` });
    for (const [resolution, to] of [
      ["raw", END - set.raw],
      ["10s", END - set.raw],
      ["1m", minutes],
    ] as const)
      catalog.change({ expired: { resolution, to } });
    rmSync(file);
  } finally {
    parquet.close();
    catalog.close();
  }
}

interface Store {
  catalog: Catalog;
  parquet: Parquet;
  tell: (line: string) => void;
}

/** Files of the widest windows that fit, as the compactor would leave them; each of about as many rows. */
async function rollups(
  { catalog, parquet, tell }: Store,
  { resolution, from, to, where }: { resolution: "1m" | "1h"; from: number; to: number; where: string },
): Promise<void> {
  const step = resolution === "1h" ? HOUR : MINUTE;
  const [tags] = (await parquet.ask(`SELECT DISTINCT tag::DOUBLE FROM profile WHERE ${where} ORDER BY 1`)) as [Float64Array];
  for (let window = from; window < to; ) {
    const level = [6, 5, 4, 3, 2, 1].find(
      (l) => l <= levels(resolution) && windowOf(window, l) === window && window + widthOf(l) <= to,
    ) as number;
    const width = widthOf(level);
    const share = Math.max(1, Math.floor(1_500_000 / (width / step)));
    for (let i = 0; i < tags.length; i += share) {
      const seq = catalog.next();
      const name = fileName({ resolution, level, window, seq });
      const range = `tag BETWEEN ${tags[i]} AND ${tags[Math.min(i + share, tags.length) - 1]} AND ${where}`;
      const closed = await parquet.save(
        `SELECT tag, t AS time, v - 0.5 AS min, v + 0.5 AS max, v * 60 AS sum, v AS first, v AS last, 60::UINTEGER AS count, 0::UTINYINT AS quality
         FROM profile JOIN range(${window}, ${window + width}, ${step}) r(t) ON minute = (t % ${DAY}) // ${MINUTE} WHERE ${range} ORDER BY tag, time`,
        name,
      );
      if (closed !== undefined) catalog.change({ add: [{ ...closed, seq, name, resolution, level, window, made: END, repeats: 0 }] });
    }
    window += width;
    tell(`${resolution} up to ${new Date(window).toISOString()}`);
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
