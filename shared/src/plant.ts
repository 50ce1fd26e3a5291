import { z } from "zod";
import { alarmDefinition } from "./alarms.ts";
import { jsonMap } from "./json-map.ts";
import { opcuaMap, opcuaProblems } from "./opcua-map.ts";
import { edgeAddress, mapProblems, sparkplugMap } from "./sparkplug-map.ts";
import { CELL_TAGS, cellId, LINE_TAGS, SYSTEM_ID, SYSTEM_TAGS, type Tag, type TagDefinition, type TagId } from "./tags.ts";

/** What a cell makes: the constants that follow from the metal. Figures and sources: `shared/docs/process.md`. */
export const recipe = z.strictObject({
  /** Mean molar mass of the metal, kg/mol. */
  molarMass: z.number().positive(),
  /** kg of oxide consumed per kg of metal. */
  oxideRatio: z.number().positive(),
  /** Bath temperature setpoint, °C: every temperature limit moves with it. */
  temperature: z.number().min(700).max(1200),
});
export type Recipe = z.infer<typeof recipe>;

/** A size of electrolyser. */
export const cellClass = z.strictObject({
  /** Nominal current, A. */
  current: z.number().min(500).max(40_000),
  /** Design current efficiency 0..1. */
  currentEfficiency: z.number().min(0.4).max(0.95),
  /** Cell voltage at nominal current, V. */
  voltage: z.number().positive(),
});
export type CellClass = z.infer<typeof cellClass>;

const line = z.strictObject({
  id: z.string().regex(/^L\d\d$/, "a line is named L01 to L99"),
  cells: z.number().int().min(1).max(99),
  class: z.string(),
  /** One recipe for the line, or runs of cells in the line's order. */
  recipe: z.union([z.string(), z.array(z.strictObject({ recipe: z.string(), cells: z.number().int().min(1) })).min(1)]),
  protocol: z.enum(["sparkplug", "opcua", "mqttjson"]),
  /** What the gateway of a line that speaks plain JSON sends, and how it is written to. */
  json: jsonMap.optional(),
  /** Names of a foreign edge, where they are not ours. */
  sparkplug: sparkplugMap.optional(),
  /** Server and nodes of a foreign OPC UA line, where they are not ours. */
  opcua: opcuaMap.optional(),
  /** One rectifier per cell (its voltage ceiling in V), or all cells in series at constant current. */
  supply: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("dedicated"), ceiling: z.number().min(8).max(60).default(24) }),
    z.strictObject({ kind: z.literal("series") }),
  ]),
});
export type LineDescription = z.infer<typeof line>;

const name = z.string().regex(/^[A-Z][A-Z0-9]{1,7}$/, "use 2 to 8 capital letters and digits");

/** The plant file after its `extends` have been merged (YAML on disk). */
export const plantDescription = z
  .strictObject({
    name: z.string().min(1),
    site: name,
    area: name,
    timezone: z.string().default("Asia/Shanghai"),
    /** Plan of the hall, t of metal per year. */
    plan: z.number().positive(),
    recipes: z.record(z.string(), recipe),
    classes: z.record(z.string(), cellClass),
    lines: z.array(line).min(1).max(99),
    alarms: z.array(alarmDefinition).default([]),
    opcua: z.strictObject({ anonymous: z.enum(["none", "read"]).default("none") }).default({ anonymous: "none" }),
  })
  .superRefine((plant, ctx) => {
    const seen = new Set<string>();
    for (const [i, l] of plant.lines.entries()) {
      const wrong = (field: string, message: string): void => ctx.addIssue({ code: "custom", path: ["lines", i, field], message });
      if (seen.has(l.id)) wrong("id", `line ${l.id} is listed twice`);
      seen.add(l.id);
      if ((l.protocol === "mqttjson") !== (l.json !== undefined))
        wrong("json", "belongs to a line with protocol mqttjson, and to no other");
      for (const problem of mapProblems(l)) wrong("sparkplug", problem);
      const first = plant.lines.slice(0, i).reduce((n, before) => n + before.cells, 1);
      for (const problem of opcuaProblems(l, first)) wrong("opcua", problem);
      const { group, edge } = edgeAddress(plant, l);
      if (l.sparkplug !== undefined && plant.lines.some((other) => other !== l && speaksFor(plant, other, group, edge)))
        wrong("sparkplug", `edge node ${group}/${edge} speaks for another line already`);
      const runs = recipeRuns(l);
      for (const run of runs)
        if (!(run.recipe in plant.recipes)) wrong("recipe", `no recipe "${run.recipe}"; known: ${Object.keys(plant.recipes).join(", ")}`);
      const sum = runs.reduce((n, run) => n + run.cells, 0);
      if (sum !== l.cells) wrong("recipe", `its runs count ${sum} cells, the line has ${l.cells}`);
      if (!(l.class in plant.classes)) wrong("class", `no cell class "${l.class}"; known: ${Object.keys(plant.classes).join(", ")}`);
    }
    const known = new Set(CELL_TAGS.map((t) => t.name));
    const ids = new Set<string>();
    for (const [i, alarm] of plant.alarms.entries()) {
      const wrong = (field: string, message: string): void => ctx.addIssue({ code: "custom", path: ["alarms", i, field], message });
      if (isOfSystem(alarm))
        for (const field of CELL_FIELDS) if (field in alarm) wrong(field, "the server's own tags have no recipe or size");
      if (!known.has(alarm.tag) && !isOfSystem(alarm)) wrong("tag", `no cell tag "${alarm.tag}", and none of the server's own`);
      if (alarm.kind === "comm" && isOfSystem(alarm)) wrong("kind", "the server has no heartbeat to watch");
      if (ids.has(alarm.id)) wrong("id", `alarm ${alarm.id} is listed twice`);
      ids.add(alarm.id);
      for (const r of alarm.recipes ?? []) if (!(r in plant.recipes)) wrong("recipes", `no recipe "${r}"`);
    }
  });
export type PlantDescription = z.infer<typeof plantDescription>;

const CELL_FIELDS = ["relative", "recipes"] as const;

/** True for an alarm on a tag of the server itself; all others hold for every cell. */
export function isOfSystem(alarm: { tag: string }): boolean {
  return SYSTEM_TAGS.some(({ name }) => name === alarm.tag);
}

function speaksFor(hall: { site: string; area: string }, l: LineDescription, group: string, edge: string): boolean {
  const address = edgeAddress(hall, l);
  return l.protocol === "sparkplug" && address.group === group && address.edge === edge;
}

/** The line's recipes as runs of cells. */
function recipeRuns(l: LineDescription): { recipe: string; cells: number }[] {
  return typeof l.recipe === "string" ? [{ recipe: l.recipe, cells: l.cells }] : l.recipe;
}

/** What owns tags: a cell, a line, or the server itself. */
export interface Home {
  /** `C042`, `L03`, `SYS`: unique in the hall. */
  readonly id: string;
  /** `SITE.AREA.LINE.CELL`, `SITE.AREA.LINE`, `SITE.AREA.SYS`. */
  readonly path: string;
  readonly tags: ReadonlyMap<string, Tag>;
}

/** One electrolyser in its place. */
export interface Cell extends Home {
  readonly number: number;
  readonly line: Line;
  readonly recipe: Recipe & { readonly name: string };
  readonly cellClass: CellClass & { readonly name: string };
}

export interface Line extends Home {
  readonly description: LineDescription;
  readonly cells: Cell[];
}

/** The plant as objects: lines, cells and every tag with its dense id. Built once, never changed. */
export interface Plant {
  readonly description: PlantDescription;
  readonly site: string;
  readonly area: string;
  readonly lines: readonly Line[];
  readonly cells: readonly Cell[];
  /** The server itself, with what it measures of its own work. */
  readonly system: Home;
  readonly tags: readonly Tag[];
  /** Cell, line or the system. */
  home(id: string): Home | undefined;
  cell(id: string): Cell | undefined;
  line(id: string): Line | undefined;
  tag(path: string): Tag | undefined;
}

/** Numbers the cells through the hall and gives every tag its id, in the order of the file. */
export function buildPlant(description: PlantDescription): Plant {
  const tags: Tag[] = [];
  const byPath = new Map<string, Tag>();
  const cells: Cell[] = [];
  const place = (definitions: readonly TagDefinition[], owner: string, lineId: string, path: string): Map<string, Tag> => {
    const placed = new Map<string, Tag>();
    for (const definition of definitions) {
      const tag: Tag = { id: tags.length as TagId, path: `${path}:${definition.name}`, owner, line: lineId, definition };
      tags.push(tag);
      byPath.set(tag.path, tag);
      placed.set(definition.name, tag);
    }
    return placed;
  };
  const hall = `${description.site}.${description.area}`;
  const lines = description.lines.map((d): Line => {
    const path = `${hall}.${d.id}`;
    const own: Line = { id: d.id, path, description: d, cells: [], tags: place(LINE_TAGS, d.id, d.id, path) };
    const recipes = recipeRuns(d).flatMap((run) => Array<string>(run.cells).fill(run.recipe));
    for (const recipeName of recipes) {
      const number = cells.length + 1;
      const id = cellId(number);
      const cell: Cell = {
        id,
        number,
        line: own,
        path: `${path}.${id}`,
        recipe: { name: recipeName, ...(description.recipes[recipeName] as Recipe) },
        cellClass: { name: d.class, ...(description.classes[d.class] as CellClass) },
        tags: place(CELL_TAGS, id, d.id, `${path}.${id}`),
      };
      own.cells.push(cell);
      cells.push(cell);
    }
    return own;
  });
  const path = `${hall}.${SYSTEM_ID}`;
  const system: Home = { id: SYSTEM_ID, path, tags: place(SYSTEM_TAGS, SYSTEM_ID, SYSTEM_ID, path) };
  const byId = new Map(cells.map((c) => [c.id, c]));
  const lineById = new Map(lines.map((l) => [l.id, l]));
  const homes = new Map([...lines, ...cells, system].map((home) => [home.id, home]));
  return {
    description,
    site: description.site,
    area: description.area,
    lines,
    cells,
    system,
    tags,
    home: (id) => homes.get(id),
    cell: (id) => byId.get(id),
    line: (id) => lineById.get(id),
    tag: (path) => byPath.get(path) ?? byPath.get(short(path, homes)),
  };
}

/** `C042:TI-101` and `L03:II-001` stand for the full path. */
function short(path: string, homes: ReadonlyMap<string, Home>): string {
  const colon = path.indexOf(":");
  const home = homes.get(path.slice(0, colon));
  return home === undefined ? path : `${home.path}${path.slice(colon)}`;
}

/** The tags a query names: full or short paths, and `C001:*` for all of an owner. Unknown ones are returned apart. */
export function resolveTags(plant: Plant, paths: readonly string[]): { tags: Tag[]; unknown: string[] } {
  const tags = new Map<string, Tag>();
  const unknown: string[] = [];
  for (const path of paths) {
    const owner = path.endsWith(":*") ? (path.slice(0, -2).split(".").pop() ?? "") : undefined;
    const home = owner === undefined ? undefined : plant.home(owner);
    const found = home !== undefined ? [...home.tags.values()] : [plant.tag(path)];
    for (const tag of found) {
      if (tag === undefined) unknown.push(path);
      else tags.set(tag.path, tag);
    }
  }
  return { tags: [...tags.values()], unknown };
}

/** A tag of a home by name; a bug (not a field fault) when the catalogue has no such tag. */
export function tagOf(home: Home, tag: string): Tag {
  const found = home.tags.get(tag);
  if (found === undefined) throw new Error(`no tag ${tag} on ${home.id}`);
  return found;
}
