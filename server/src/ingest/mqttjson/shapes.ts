/** The plant file's templates filled in: for each topic what its messages hold. Done once at the start, so that per message nothing is searched for. */
import {
  fillTemplate,
  formatPath,
  homesOf,
  type JsonMap,
  type JsonMessage,
  type JsonPath,
  parsePath,
  QUALITY_NAMES,
  type Quality,
  tagOf,
  wordsOf,
} from "@cellhouse/shared";
import type { Gateway, Owner } from "./gateway.ts";
import type { Conversion } from "./values.ts";

/** One value in a message: where it stands and whose it is. */
export interface Item extends Conversion {
  readonly owner: Owner;
  readonly tag: number;
  readonly path: JsonPath;
  readonly time: { readonly path: JsonPath; readonly format: NonNullable<JsonMessage["time"]>["format"] } | undefined;
  readonly quality: { readonly path: JsonPath; readonly map: ReadonlyMap<string, Quality> | undefined } | undefined;
  /** The gateway's own heartbeat: its change is a sign of life, its number is nobody's. */
  readonly isBeat: boolean;
}

/** One kind of message on one topic, of one line. */
export interface Shape {
  readonly each: JsonPath | undefined;
  readonly name: JsonPath | undefined;
  readonly items: Item[];
  /** Where elements name their tag. */
  readonly byName: Map<string, Item[]>;
}

export interface TopicShapes {
  readonly shapes: Shape[];
  /** A message may be no JSON but the bare value. */
  bare: boolean;
  /** Every place that is read, and that it is a list; the items of a list are `[*]`. */
  readonly places: Set<string>;
  readonly lists: Set<string>;
  /** When fields nobody reads are next looked for, epoch ms. */
  nextLook: number;
}

/** Adds the messages of a line's gateway to the topics known so far. */
export function addShapes(topics: Map<string, TopicShapes>, gateway: Gateway, map: JsonMap): void {
  for (const message of map.messages) {
    const ofTopic = new Map<string, Shape>();
    for (const { home, tag, value } of homesOf(gateway.line, message)) {
      const words = wordsOf(home, map, tag);
      const topic = fillTemplate(message.topic, words);
      const known = topics.get(topic) ?? { shapes: [], bare: false, places: new Set(), lists: new Set(), nextLook: 0 };
      topics.set(topic, known);
      const shape = ofTopic.get(topic) ?? newShape(message, words);
      if (!ofTopic.has(topic)) known.shapes.push(shape);
      ofTopic.set(topic, shape);
      const item = makeItem(message, { owner: gateway.owner(home), tag, value, words });
      shape.items.push(item);
      if (message.name !== undefined) {
        const name = fillTemplate(message.name.is, words);
        shape.byName.set(name, [...(shape.byName.get(name) ?? []), item]);
      }
      note(known, shape, item);
    }
  }
}

function newShape(message: JsonMessage, words: Record<string, string>): Shape {
  const path = (text: string | undefined): JsonPath | undefined => (text === undefined ? undefined : filledPath(text, words));
  return { each: path(message.each), name: path(message.name?.path), items: [], byName: new Map() };
}

interface Named {
  owner: Owner;
  tag: string;
  value: JsonMessage["values"][string];
  words: Record<string, string>;
}

function makeItem({ time, quality }: JsonMessage, { owner, tag, value, words }: Named): Item {
  return {
    owner,
    tag: tagOf(owner.home, tag).id,
    path: filledPath(value.path, words),
    factor: value.factor,
    offset: value.offset,
    words: new Map(Object.entries(value.map)),
    time: time && { path: filledPath(time.path, words), format: time.format },
    quality: quality && {
      path: filledPath(quality.path, words),
      map: quality.map && new Map(Object.entries(quality.map).map(([word, name]) => [word, QUALITY_NAMES.indexOf(name) as Quality])),
    },
    isBeat: tag === "YC-905",
  };
}

/** A tag's dot is no step: the words go into the steps, not into the text. */
function filledPath(text: string, words: Record<string, string>): JsonPath {
  const { root, steps } = parsePath(text) as JsonPath;
  return { root, steps: steps.map((step) => (typeof step === "string" ? fillTemplate(step, words) : step)) };
}

function note(known: TopicShapes, { each, name }: Shape, { path, time, quality }: Item): void {
  const list = each === undefined ? "" : formatPath(each.steps);
  if (each !== undefined) known.lists.add(list);
  for (const one of [path, time?.path, quality?.path, name])
    if (one !== undefined) known.places.add(`${one.root || each === undefined ? "" : `${list}[*]`}${formatPath(one.steps)}`);
  known.bare ||= each === undefined && path.steps.length === 0;
}

const MOST_STRANGERS = 50;
const DEEPEST = 10;

/** The places of a message that nobody reads, at most fifty. */
export function strangersIn(known: Pick<TopicShapes, "places" | "lists">, message: unknown): string[] {
  const found = new Set<string>();
  const walk = (node: unknown, place: string, depth: number): void => {
    if (known.places.has(place) || found.size >= MOST_STRANGERS) return;
    if (typeof node !== "object" || node === null || depth === DEEPEST) found.add(place === "" ? "(the whole)" : place.replace(/^\./, ""));
    else if (Array.isArray(node)) {
      const isList = known.lists.has(place);
      for (const [i, item] of node.slice(0, MOST_STRANGERS).entries()) walk(item, `${place}[${isList ? "*" : i}]`, depth + 1);
    } else for (const key of Object.keys(node)) walk((node as Record<string, unknown>)[key], `${place}.${key}`, depth + 1);
  };
  walk(message, "", 0);
  return [...found];
}
