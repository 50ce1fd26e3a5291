/**
 * How the messages of a gateway that speaks plain JSON over MQTT become tags: the `json` part of a line in the plant file.
 * Topics, paths and names are templates: `{cell}` and its like are filled in for every cell and tag there is, so that in the
 * running program each topic is known beforehand. The guide: `server/src/ingest/README.md`.
 */
import { z } from "zod";
import { parsePath } from "./json-path.ts";
import type { Cell, Line } from "./plant.ts";
import { QUALITY_NAMES } from "./quality.ts";
import { CELL_TAGS, LINE_TAGS, type TagDefinition } from "./tags.ts";

const OF_CELL = ["cell", "number", "place"];
const WORDS = ["site", "area", "line", ...OF_CELL, "tag"];
/** What the payload of a write may say besides. */
const WRITE_WORDS = [...WORDS, "value", "id", "seq", "user", "at", "token"];
const NUMBERS = new Set(["number", "place", "seq", "at", "token"]);
const MOST_LEVELS = 10;

const known = (allowed: readonly string[]) => (text: string, ctx: z.RefinementCtx) => {
  const stranger = wordsIn(text).find((word) => !allowed.includes(word));
  if (stranger !== undefined) ctx.addIssue(`{${stranger}} is none of ${allowed.map((word) => `{${word}}`).join(" ")}`);
};
const topic = z
  .string()
  .regex(/^[^/+#$\s][^+#]*$/, "a topic has no wildcards and does not begin with / or $")
  .refine((text) => text.split("/").every((level) => level !== "") && text.split("/").length <= MOST_LEVELS, "1 to 10 levels, none empty")
  .refine((text) => !text.startsWith("spBv1.0/"), "spBv1.0 belongs to Sparkplug")
  .superRefine(known(WORDS));
const path = z
  .string()
  .refine((text) => parsePath(text) !== undefined, 'write a path like bath.temp, u[0].v or ["a.b"]')
  .superRefine(known(WORDS));
const qos = z.union([z.literal(0), z.literal(1), z.literal(2)]).default(1);

/** Number in the tag's unit = what stands at the path (a text by `map`) times factor plus offset. */
const value = z.preprocess(
  (given) => (typeof given === "string" ? { path: given } : given),
  z.strictObject({
    path,
    factor: z
      .number()
      .refine((factor) => factor !== 0, "not 0")
      .default(1),
    offset: z.number().default(0),
    map: z.record(z.string(), z.number()).default({}),
  }),
);

const message = z.strictObject({
  topic,
  qos,
  /** Where the message holds a list; all other paths then begin in each of its elements. */
  each: path.optional(),
  /** Elements name their tag themselves: what stands at the path for the tag meant. */
  name: z.strictObject({ path, is: z.string().min(1).superRefine(known(WORDS)) }).optional(),
  /** Without it the time of arrival counts. */
  time: z.strictObject({ path, format: z.enum(["iso", "s", "ms", "us", "ns"]).default("iso") }).optional(),
  /** Without a map: true, "good" and OPC's 192 and more are good, 64 to 191 uncertain, the rest bad. */
  quality: z.strictObject({ path, map: z.record(z.string(), z.enum(QUALITY_NAMES)).optional() }).optional(),
  /** By tag; `*` stands for all that can be read. */
  values: z.record(z.string(), value),
});
export type JsonMessage = z.infer<typeof message>;

const write = z.strictObject({
  topic,
  qos,
  /** A JSON text with `{value}`. */
  payload: z.string().superRefine(known(WRITE_WORDS)),
  tags: z.array(z.string()).min(1),
  /** The gateway's answer: which write (`{id}`), whether it was taken, why not. */
  ack: z.strictObject({ topic, id: path, ok: path, reason: path.optional(), seconds: z.number().min(0.5).max(30).default(5) }).optional(),
});

export const jsonMap = z
  .strictObject({
    /** The gateway's word for a tag, cell or line where it is not ours. */
    names: z.record(z.string(), z.string().regex(/^[^/+#]+$/, "no /, + or #")).default({}),
    messages: z.array(message).min(1).max(50),
    /** A cell of which nothing came for so long does not live. With YC-905 among the values, that must change; else any message counts. */
    heartbeat: z.strictObject({ seconds: z.number().min(1).max(3600) }).default({ seconds: 10 }),
    write: write.optional(),
  })
  .superRefine((map, ctx) => {
    for (const [i, one] of map.messages.entries())
      for (const problem of problemsOf(one))
        ctx.addIssue({ code: "custom", path: ["messages", i, ...problem.path], message: problem.message });
    for (const problem of map.write === undefined ? [] : problemsOfWrite(map.write))
      ctx.addIssue({ code: "custom", path: ["write", ...problem.path], message: problem.message });
    for (const name of Object.keys(map.names))
      if (definitionOf(name) === undefined && !/^(C\d{3,}|L\d\d)$/.test(name))
        ctx.addIssue({ code: "custom", path: ["names", name], message: "no such tag, cell or line" });
  });
export type JsonMap = z.infer<typeof jsonMap>;

interface MapProblem {
  path: string[];
  message: string;
}

function problemsOf({ topic, name, values }: JsonMessage): MapProblem[] {
  const problems: MapProblem[] = [];
  for (const [tag, { path: text }] of Object.entries(values)) {
    const wrong = (message: string): void => void problems.push({ path: ["values", tag], message });
    const words = wordsIn(`${topic} ${name?.is ?? ""} ${text}`);
    const ofCell = words.some((word) => OF_CELL.includes(word));
    if (tag === "*") {
      if (!words.includes("tag")) wrong("nothing says which tag: use {tag} in topic, name or path");
    } else if (definitionOf(tag) === undefined) wrong(`no tag "${tag}"`);
    else if (isLineTag(tag) && ofCell) wrong("a tag of the line: its topic, name and path say nothing of a cell");
    else if (!isLineTag(tag) && !ofCell) wrong("nothing says which cell: use {cell}, {number} or {place} in topic, name or path");
  }
  return problems;
}

function problemsOfWrite({ topic, payload, tags }: z.infer<typeof write>): MapProblem[] {
  const problems: MapProblem[] = [];
  const words = wordsIn(`${topic} ${payload}`);
  for (const tag of tags) {
    const access = definitionOf(tag)?.access;
    if (access === undefined) problems.push({ path: ["tags"], message: `no tag "${tag}"` });
    else if (access === "r") problems.push({ path: ["tags"], message: `${tag} cannot be written` });
  }
  if (tags.length > 1 && !words.includes("tag"))
    problems.push({ path: ["payload"], message: "nothing says which tag: use {tag} here or in the topic" });
  if (!tags.every(isLineTag) && !words.some((word) => OF_CELL.includes(word)))
    problems.push({ path: ["topic"], message: "nothing says which cell: use {cell}, {number} or {place} here or in the payload" });
  if (!words.includes("value")) problems.push({ path: ["payload"], message: "{value} is missing" });
  try {
    JSON.parse(
      fillTemplate(payload, { ...Object.fromEntries(WRITE_WORDS.map((word) => [word, NUMBERS.has(word) ? "1" : "x"])), value: '"x"' }),
    );
  } catch {
    problems.push({
      path: ["payload"],
      message: "with its words filled in it is no JSON: texts need quotes around them, {value} has its own",
    });
  }
  return problems;
}

function definitionOf(tag: string): TagDefinition | undefined {
  return CELL_TAGS.find((d) => d.name === tag) ?? LINE_TAGS.find((d) => d.name === tag);
}

function isLineTag(tag: string): boolean {
  return LINE_TAGS.some((d) => d.name === tag);
}

/** The words in braces of a template. */
function wordsIn(template: string): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
}

/** A template with its words filled in; words not given stay as they are. */
export function fillTemplate(template: string, words: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (all, word: string) => words[word] ?? all);
}

/** What the templates' words mean for a cell or line and, where given, one of its tags; in the gateway's own names. */
export function wordsOf(home: Cell | Line, map: JsonMap, tag?: string): Record<string, string> {
  const named = (name: string): string => map.names[name] ?? name;
  const line = "line" in home ? home.line : home;
  const [site = "", area = ""] = line.path.split(".");
  const words: Record<string, string> = { site, area, line: named(line.id) };
  if ("line" in home) Object.assign(words, { cell: named(home.id), number: `${home.number}`, place: `${line.cells.indexOf(home) + 1}` });
  if (tag !== undefined) words.tag = named(tag);
  return words;
}

/** The subscription that hears every topic a template stands for on a line. */
export function topicFilter(template: string, line: Line, map: JsonMap): string {
  const filled = fillTemplate(template, wordsOf(line, map));
  return filled.replace(/[^/]*\{\w+\}[^/]*/g, "+");
}

/** Whether a subscription hears a topic, or all that another one without # hears (MQTT 3.1.1, 4.7). */
export function covers(filter: string, topic: string): boolean {
  const levels = filter.split("/");
  const names = topic.split("/");
  const open = levels.at(-1) === "#";
  if (open) levels.pop();
  return (open ? levels.length <= names.length : levels.length === names.length) && levels.every((l, i) => l === "+" || l === names[i]);
}

/** The cells or lines and tags that a message carries, by what its templates say. */
export function* homesOf(
  line: Line,
  message: JsonMessage,
): Generator<{ home: Cell | Line; tag: string; value: JsonMessage["values"][string] }> {
  for (const [key, value] of Object.entries(message.values)) {
    const ofCell = wordsIn(`${message.topic} ${message.name?.is ?? ""} ${value.path}`).some((word) => OF_CELL.includes(word));
    const catalogue = ofCell ? CELL_TAGS : LINE_TAGS;
    // The heartbeat is only believed where it is named.
    const all = catalogue.filter((d) => d.access !== "w" && d.name !== "YC-905" && !(d.name in message.values)).map((d) => d.name);
    for (const home of ofCell ? line.cells : [line]) for (const tag of key === "*" ? all : [key]) yield { home, tag, value };
  }
}

/** Every topic that passes between a line's gateway and us; empty for a line of another protocol. */
export function jsonTopics(line: Line): { published: ReadonlySet<string>; ordered: ReadonlySet<string> } {
  const published = new Set<string>();
  const ordered = new Set<string>();
  const map = line.description.json;
  if (map === undefined) return { published, ordered };
  for (const message of map.messages)
    for (const { home, tag } of homesOf(line, message)) published.add(fillTemplate(message.topic, wordsOf(home, map, tag)));
  for (const tag of map.write?.tags ?? [])
    for (const home of isLineTag(tag) ? [line] : line.cells) {
      const words = wordsOf(home, map, tag);
      ordered.add(fillTemplate(map.write?.topic as string, words));
      if (map.write?.ack !== undefined) published.add(fillTemplate(map.write.ack.topic, words));
    }
  return { published, ordered };
}
