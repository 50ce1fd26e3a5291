/** How a foreign OPC UA server names what we know as a line, its cells and their tags. With it in the plant file any server can be plugged in. */
import { z } from "zod";
import { CELL_TAGS, cellId, LINE_TAGS } from "./tags.ts";

/** Where our own servers keep the plant: namespace, and type of a cell's object. */
export const OPCUA_NAMESPACE = "urn:cellhouse:electrolysis";
export const OPCUA_CELL_TYPE = "ElectrolysisCellType";
/** A server that asks nobody's name. */
export const OPCUA_ANONYMOUS = "anonymous";

const LINE_NAMES = new Set(LINE_TAGS.map((definition) => definition.name));
const CELL_NAMES = new Set(CELL_TAGS.map((definition) => definition.name));
const known = (name: string): boolean => CELL_NAMES.has(name) || LINE_NAMES.has(name);

/** A record by tag (`more`: what else may stand there); a key that is none is named. */
function byTag<V extends z.ZodType>(value: V, more?: string) {
  return z.record(z.string(), value).superRefine((record, ctx) => {
    for (const key of Object.keys(record))
      if (key !== more && !known(key)) ctx.addIssue({ code: "custom", path: [key], message: `no tag "${key}"` });
  });
}

const node = z
  .string()
  .regex(
    /^(ns=\d{1,5};|nsu=[^;]+;)?(i=\d{1,10}|s=.+|g=[\da-fA-F-]{36}|b=[\w+/=]+)$/,
    "a node id looks like s=Pot.{cell}.Temp, ns=2;i=1001 or nsu=urn:acme;s=...",
  );

/** All of it optional: what is left out is as our own servers have it. */
export const opcuaMap = z.strictObject({
  /** Its own server; else the one of `--opcua-url`. */
  url: z
    .string()
    .regex(/^opc\.tcp:\/\/[^/]/, "must look like opc.tcp://host:4840/path")
    .optional(),
  /** Ours is `cellhouse`; `anonymous` gives no name. */
  user: z.string().min(1).optional(),
  /** File whose first line is the user's password; else the field password. */
  passwordFile: z.string().min(1).optional(),
  /** URI of the namespace of node ids that name none, and of the cell type. */
  namespace: z.string().min(1).default(OPCUA_NAMESPACE),
  /** Node id of a tag, with `{line}`, `{cell}` (C042), `{number}` (42), `{place}` (1 for the line's first) and `{tag}`; `*` stands for all other tags. Where any is given, tags without one are not read. */
  nodes: byTag(node, "*").default({}),
  /** Node ids of single cells, where no pattern fits. */
  cells: z.record(z.string(), byTag(node)).default({}),
  /** Our number is theirs times `factor` plus `offset`; a write goes the other way. */
  scale: byTag(
    z.strictObject({
      factor: z
        .number()
        .refine((factor) => factor !== 0, "not 0")
        .default(1),
      offset: z.number().default(0),
    }),
  ).default({}),
  /** `raw`: every sample the server takes. `exception`: only beyond the tag's deadband, where the server can judge that. */
  report: z.enum(["raw", "exception"]).default("raw"),
});
export type OpcuaMap = z.infer<typeof opcuaMap>;

/** As much of a line as its names depend on. */
interface Mapped {
  readonly id: string;
  readonly cells: number;
  readonly protocol: string;
  readonly opcua?: OpcuaMap | undefined;
}

/** What is wrong with a line's map, in words; empty when nothing is. `first` is the number of the line's first cell. */
export function opcuaProblems({ id, cells, protocol, opcua: map }: Mapped, first: number): string[] {
  if (map === undefined) return [];
  const problems: string[] = [];
  if (protocol !== "opcua") problems.push(`a line with protocol ${protocol} has no OPC UA nodes`);
  for (const [name, node] of Object.entries(map.nodes)) {
    const ofLine = LINE_NAMES.has(name) && !CELL_NAMES.has(name);
    if (ofLine && /\{(cell|number|place)\}/.test(node)) problems.push(`nodes: ${name}: a tag of the line has no cell`);
    if (!ofLine && cells > 1 && !/\{(cell|number|place)\}/.test(node))
      problems.push(`nodes: ${name}: the same for all ${cells} cells; use {cell}, {number} or {place}`);
    if (name === "*" && !node.includes("{tag}")) problems.push("nodes: *: the same for all tags; use {tag}");
  }
  const own = new Set(Array.from({ length: cells }, (_, i) => cellId(first + i)));
  for (const cell of Object.keys(map.cells)) if (!own.has(cell)) problems.push(`cells: ${cell} does not stand in line ${id}`);
  return problems;
}
