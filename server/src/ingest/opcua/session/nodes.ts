/** Which node of a server stands for which tag: by the plant file, by our own names, or by the type of its object. Made anew with every subscription. */
import { type Cell, type Line, OPCUA_NAMESPACE, type OpcuaMap, type Tag } from "@cellhouse/shared";
import { AttributeIds, type ClientSession, coerceNodeId, type NodeId } from "node-opcua";
import { type CellNode, discoverCells } from "./discover.ts";
import { chunks, type Limits } from "./limits.ts";

/** The nodes of one server. */
export interface NodeTable {
  /** Undefined for a tag the server is not asked for. */
  node(tag: Tag): NodeId | undefined;
  /** Its variable is as our own servers have it: our type, every sample handed on. */
  isOurs(tag: Tag): boolean;
  /** The cell's object, where methods are called. */
  object(cell: Cell): NodeId | undefined;
  /** The cell's method by name; undefined where it offers none. */
  method(cell: Cell, name: string): NodeId | undefined;
}

const METHODS = ["Order", "InjectFault"];

/** Asks the server for what the plant file leaves open. Throws when it has none of the lines' namespaces. */
export async function readNodes(session: ClientSession, lines: readonly Line[], limits: Limits): Promise<NodeTable> {
  const namespaces = await session.readNamespaceArray();
  const nodes = new Map<number, NodeId>();
  const objects = new Map<Cell, CellNode>();
  const strangers = lines.filter((line) => !isMapped(line) && !namespaces.includes(namespaceOf(line)));
  if (strangers.length === lines.length) throw new Error(`the server has no namespace ${namespaceOf(lines[0] as Line)}`);
  const strange: Cell[] = [];
  for (const line of lines) {
    if (isMapped(line)) mapLine(line, namespaces, nodes);
    else if (!strangers.includes(line)) strange.push(...(await placeLine(line, { session, limits, namespaces, nodes, objects })));
  }
  const byNamespace = Map.groupBy(strange, ({ line }) => namespaces.indexOf(namespaceOf(line)));
  for (const [index, cells] of byNamespace) placeFound(cells, await discoverCells(session, index), { nodes, objects });
  const ours = new Set(lines.filter((line) => !isMapped(line)).map((line) => line.id));
  return {
    node: (tag) => nodes.get(tag.id),
    isOurs: (tag) => ours.has(tag.line),
    object: (cell) => objects.get(cell)?.object,
    method: (cell, name) => objects.get(cell)?.children.get(name),
  };
}

function namespaceOf(line: Line): string {
  return line.description.opcua?.namespace ?? OPCUA_NAMESPACE;
}

/** Its nodes are named in the plant file. */
function isMapped(line: Line): boolean {
  const map = line.description.opcua;
  return map !== undefined && (Object.keys(map.nodes).length > 0 || Object.keys(map.cells).length > 0);
}

/** By the plant file. A namespace the server has not leaves its tags without a node. */
function mapLine(line: Line, namespaces: readonly string[], nodes: Map<number, NodeId>): void {
  const map = line.description.opcua as OpcuaMap;
  const place = (tag: Tag, pattern: string | undefined, names: Record<string, string | number>): void => {
    const text = pattern?.replace(/\{(\w+)\}/g, (whole, name: string) => String(names[name] ?? whole));
    const node = text === undefined ? undefined : nodeId(text, map.namespace, namespaces);
    if (node !== undefined) nodes.set(tag.id, node);
  };
  for (const tag of line.tags.values()) place(tag, map.nodes[tag.definition.name], { line: line.id, tag: tag.definition.name });
  for (const [i, cell] of line.cells.entries())
    for (const tag of cell.tags.values()) {
      const { name } = tag.definition;
      const names = { line: line.id, cell: cell.id, number: cell.number, place: i + 1, tag: name };
      place(tag, map.cells[cell.id]?.[name] ?? map.nodes[name] ?? map.nodes["*"], names);
    }
}

/** `nsu=urn:acme;s=x`, or without a namespace in the one given; undefined where the server has no such namespace. */
function nodeId(text: string, namespace: string, namespaces: readonly string[]): NodeId | undefined {
  if (text.startsWith("ns=")) return coerceNodeId(text);
  const [, uri, rest] = /^(?:nsu=([^;]+);)?(.+)$/s.exec(text) ?? [];
  const index = namespaces.indexOf(uri ?? namespace);
  return index < 0 || rest === undefined ? undefined : coerceNodeId(`ns=${index};${rest}`);
}

interface Place {
  session: ClientSession;
  limits: Limits;
  namespaces: readonly string[];
  nodes: Map<number, NodeId>;
  objects: Map<Cell, CellNode>;
}

/** By our own names (`s=<line>.<cell>.<tag>`), asked of the server; gives back the cells that do not stand there. */
async function placeLine(line: Line, { session, limits, namespaces, nodes, objects }: Place): Promise<Cell[]> {
  const index = namespaces.indexOf(namespaceOf(line));
  const own = (path: string): NodeId => coerceNodeId(`ns=${index};s=${path}`);
  for (const tag of line.tags.values()) nodes.set(tag.id, own(`${line.id}.${tag.definition.name}`));
  const named = line.cells.map((cell) => ["", ...METHODS.map((method) => `.${method}`)].map((end) => own(`${line.id}.${cell.id}${end}`)));
  const there = await exist(session, named.flat(), limits);
  const strange: Cell[] = [];
  for (const [i, cell] of line.cells.entries()) {
    const [object, ...methods] = named[i] as [NodeId, ...NodeId[]];
    if (!there.has(object)) {
      strange.push(cell);
      continue;
    }
    objects.set(cell, { object, children: new Map(methods.flatMap((id, m) => (there.has(id) ? [[METHODS[m] as string, id]] : []))) });
    for (const tag of cell.tags.values()) nodes.set(tag.id, own(`${line.id}.${cell.id}.${tag.definition.name}`));
  }
  return strange;
}

/** By the type of their objects: whatever they have under a tag's name stands for it. */
function placeFound(
  cells: readonly Cell[],
  found: ReadonlyMap<string, CellNode>,
  { nodes, objects }: Pick<Place, "nodes" | "objects">,
): void {
  for (const cell of cells) {
    const at = found.get(cell.id);
    if (at === undefined) continue;
    objects.set(cell, at);
    for (const tag of cell.tags.values()) {
      const node = at.children.get(tag.definition.name);
      if (node !== undefined) nodes.set(tag.id, node);
    }
  }
}

async function exist(session: ClientSession, ids: readonly NodeId[], limits: Limits): Promise<Set<NodeId>> {
  const there = new Set<NodeId>();
  for (const part of chunks(ids, limits.reads)) {
    const answers = await session.read(part.map((nodeId) => ({ nodeId, attributeId: AttributeIds.NodeClass })));
    for (const [i, id] of part.entries()) if (answers[i]?.statusCode.isGood()) there.add(id);
  }
  return there;
}
