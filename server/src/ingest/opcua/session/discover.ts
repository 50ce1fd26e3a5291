/** Finds the cells of a server by their type, wherever they stand under its Objects. */
import { OPCUA_CELL_TYPE } from "@cellhouse/shared";
import {
  BrowseDirection,
  browseAll,
  type ClientSession,
  NodeClass,
  type NodeId,
  ObjectIds,
  ObjectTypeIds,
  type ReferenceDescription,
} from "node-opcua";

/** One cell as the server has it. */
export interface CellNode {
  readonly object: NodeId;
  /** Variables and methods by the name they are browsed under. */
  readonly children: ReadonlyMap<string, NodeId>;
}

/** So deep below Objects a cell may stand, and so many objects are looked at: an address space may be endless. */
const DEEPEST = 10;
const MOST_OBJECTS = 20_000;
const HIERARCHICAL = "i=33";
const HAS_SUBTYPE = "i=45";
/** Of a reference: class, browse name, type. */
const RESULT_MASK = 0b111111;

/** Instances of ElectrolysisCellType of that namespace, or of a subtype of it, by browse name. */
export async function discoverCells(session: ClientSession, namespace: number): Promise<Map<string, CellNode>> {
  const types = await cellTypes(session, namespace);
  const cells = types.size === 0 ? [] : await instances(session, types);
  const children = await browse(
    session,
    cells.map((cell) => cell.nodeId),
    { type: HIERARCHICAL, classes: NodeClass.Variable | NodeClass.Method },
  );
  return new Map(
    cells.map((cell, i) => [
      nameOf(cell),
      { object: cell.nodeId, children: new Map((children[i] ?? []).map((child) => [nameOf(child), child.nodeId])) },
    ]),
  );
}

/** The type and all derived from it, as texts. */
async function cellTypes(session: ClientSession, namespace: number): Promise<Set<string>> {
  const types = new Set<string>();
  const isRoot = (ref: ReferenceDescription): boolean => nameOf(ref) === OPCUA_CELL_TYPE && ref.browseName.namespaceIndex === namespace;
  await walk(session, { from: `i=${ObjectTypeIds.BaseObjectType}`, type: HAS_SUBTYPE, classes: NodeClass.ObjectType }, (ref, parent) => {
    if (isRoot(ref) || types.has(parent)) types.add(ref.nodeId.toString());
    return true;
  });
  return types;
}

async function instances(session: ClientSession, types: ReadonlySet<string>): Promise<ReferenceDescription[]> {
  const found: ReferenceDescription[] = [];
  await walk(session, { from: `i=${ObjectIds.ObjectsFolder}`, type: HIERARCHICAL, classes: NodeClass.Object }, (ref) => {
    const isCell = types.has(ref.typeDefinition.toString());
    if (isCell) found.push(ref);
    return !isCell && ref.nodeId.toString() !== `ns=0;i=${ObjectIds.Server}`;
  });
  return found;
}

interface Walk {
  from: string;
  type: string;
  classes: number;
}

/** Level by level, each node once; `enter` says whether to look below a node. */
async function walk(session: ClientSession, { from, type, classes }: Walk, enter: (ref: ReferenceDescription, parent: string) => boolean) {
  const seen = new Set<string>([from]);
  let level: (string | NodeId)[] = [from];
  for (let depth = 0; depth < DEEPEST && level.length > 0 && seen.size < MOST_OBJECTS; depth++) {
    const results = await browse(session, level, { type, classes });
    const next: NodeId[] = [];
    for (const [i, parent] of level.entries())
      for (const ref of results[i] ?? []) {
        const id = ref.nodeId.toString();
        if (seen.has(id)) continue;
        seen.add(id);
        if (enter(ref, parent.toString())) next.push(ref.nodeId);
      }
    level = next;
  }
}

async function browse(
  session: ClientSession,
  nodes: readonly (string | NodeId)[],
  { type, classes }: Pick<Walk, "type" | "classes">,
): Promise<ReferenceDescription[][]> {
  const wanted = nodes.map((nodeId) => ({
    nodeId,
    referenceTypeId: type,
    includeSubtypes: true,
    browseDirection: BrowseDirection.Forward,
    nodeClassMask: classes,
    resultMask: RESULT_MASK,
  }));
  const results = await browseAll(session, wanted);
  return results.map((result) => result.references ?? []);
}

function nameOf(ref: ReferenceDescription): string {
  return ref.browseName.name ?? "";
}
