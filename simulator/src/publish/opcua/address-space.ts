/** The plant in the address space: Objects/BT/EL1/<line>/<cell>, every cell an ElectrolysisCellType. */

import { CELL_TAGS, type Plant } from "@cellhouse/shared";
import {
  type AddressSpace,
  type CallMethodResultOptions,
  DataType,
  type ISessionContext,
  makePermissionFlag,
  type Namespace,
  StatusCodes,
  type UAMethod,
  type UAObject,
  type UAObjectType,
  type Variant,
  WellKnownRoles,
} from "node-opcua";
import type { Plc, SimulatedPlant } from "../../contracts.ts";
import { orderFault } from "../fault-order.ts";
import type { PublishMode } from "../sampler.ts";
import { DATA_TYPES } from "./encoding.ts";
import { type Counting, PlcNode } from "./plc-node.ts";
import { addVariables, nodePath } from "./variables.ts";

const NAMESPACE_URI = "urn:cellhouse:electrolysis";

export interface BuildOptions {
  plant: Plant;
  simulated: SimulatedPlant;
  mode: PublishMode;
  published: Counting;
}

/** Builds every OPC UA line. Nothing in it may be read or written without a role that says so. */
export function buildAddressSpace(space: AddressSpace, options: BuildOptions): PlcNode[] {
  const namespace = space.registerNamespace(NAMESPACE_URI);
  guard(namespace);
  const { plant, simulated } = options;
  const type = addCellType(namespace);
  const site = namespace.addFolder(space.rootFolder.objects, { browseName: plant.site, nodeId: `s=${plant.site}` });
  const area = namespace.addFolder(site, { browseName: plant.area, nodeId: `s=${plant.site}.${plant.area}` });
  const nodes: PlcNode[] = [];
  for (const line of simulated.lines) {
    if (!("description" in line.home) || line.home.description.protocol !== "opcua") continue;
    const folder = namespace.addFolder(area, { browseName: line.home.id, nodeId: `s=${nodePath(line)}` });
    nodes.push(addPlc(namespace, folder, line, options));
    for (const cell of simulated.cells) {
      if (!("line" in cell.home) || cell.home.line !== line.home) continue;
      const object = type.instantiate({
        namespace,
        browseName: cell.home.id,
        nodeId: `s=${nodePath(cell)}`,
        organizedBy: folder,
        optionals: [],
      });
      addFaultDoor(namespace, object, cell, simulated);
      nodes.push(addPlc(namespace, object, cell, options));
    }
  }
  return nodes;
}

function addPlc(namespace: Namespace, parent: UAObject, plc: Plc, { mode, published }: BuildOptions): PlcNode {
  let node: PlcNode | undefined;
  const recent = (): PlcNode["recent"] => (node as PlcNode).recent;
  node = new PlcNode(plc, addVariables(namespace, parent, plc, recent), { mode, published });
  return node;
}

/** Everybody admitted may look, only the operator's role may write and call. Who is admitted, the server's user manager says. */
function guard(namespace: Namespace): void {
  const look = makePermissionFlag("Browse | Read | ReadHistory | ReadRolePermissions");
  const act = makePermissionFlag("Browse | Read | ReadHistory | ReadRolePermissions | Write | Call");
  namespace.setDefaultRolePermissions([
    { roleId: WellKnownRoles.Anonymous, permissions: look },
    { roleId: WellKnownRoles.AuthenticatedUser, permissions: look },
    { roleId: WellKnownRoles.Operator, permissions: act },
  ]);
}

/** The type says what a cell has; instances bring their own variables, with node ids of their own. */
function addCellType(namespace: Namespace): UAObjectType {
  const type = namespace.addObjectType({ browseName: "ElectrolysisCellType", nodeId: "s=ElectrolysisCellType" });
  for (const definition of CELL_TAGS)
    namespace.addVariable({
      browseName: definition.name,
      description: definition.description,
      componentOf: type,
      dataType: DATA_TYPES[definition.type],
      modellingRule: "Optional",
      nodeId: `s=ElectrolysisCellType.${definition.name}`,
    });
  return type;
}

function addFaultDoor(namespace: Namespace, cell: UAObject, plc: Plc, simulated: SimulatedPlant): void {
  const method: UAMethod = namespace.addMethod(cell, {
    browseName: "InjectFault",
    nodeId: `s=${nodePath(plc)}.InjectFault`,
    inputArguments: [{ name: "order", description: { text: "JSON {id, op, kind, after, seconds, args}" }, dataType: DataType.String }],
    outputArguments: [{ name: "result", description: { text: "JSON {id, ok, detail}" }, dataType: DataType.String }],
  });
  method.bindMethod(async (inputs: Variant[], _context: ISessionContext): Promise<CallMethodResultOptions> => {
    const { value } = inputs[0] as { value: unknown };
    if (typeof value !== "string") return { statusCode: StatusCodes.BadInvalidArgument };
    const result = orderFault(simulated, plc.home.id, value);
    return { statusCode: StatusCodes.Good, outputArguments: [{ dataType: DataType.String, value: JSON.stringify(result) }] };
  });
}
