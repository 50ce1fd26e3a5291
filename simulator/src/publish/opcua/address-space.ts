/** The plant in the address space: Objects/BT/EL1/<line>/<cell>, every line an ElectrolysisLineType, every cell an ElectrolysisCellType. */
import { CELL_TAGS, LINE_TAGS, type LineDescription, OPCUA_CELL_TYPE, OPCUA_NAMESPACE, type Plant } from "@cellhouse/shared";
import type { AddressSpace, Namespace, UAObject } from "node-opcua";
import type { Plc, SimulatedPlant } from "../../contracts.ts";
import type { PublishMode } from "../sampler.ts";
import { PlcConditions } from "./conditions.ts";
import { addMethods } from "./methods.ts";
import { type Counting, PlcNode } from "./plc-node.ts";
import { RecentSamples } from "./recent-samples.ts";
import { guard } from "./roles.ts";
import { addPlantType, type PlantType } from "./types.ts";
import { addVariables, nodePath } from "./variables.ts";

export interface BuildOptions {
  plant: Plant;
  simulated: SimulatedPlant;
  mode: PublishMode;
  published: Counting;
}

/** A line with names of its own in the plant file stands behind a foreign server. */
export function isServed({ protocol, opcua }: LineDescription): boolean {
  return protocol === "opcua" && opcua === undefined;
}

/** Builds every OPC UA line. Nothing in it may be read or written without a role that says so. */
export function buildAddressSpace(space: AddressSpace, options: BuildOptions): PlcNode[] {
  const namespace = space.registerNamespace(OPCUA_NAMESPACE);
  // Refresh and acknowledgement of conditions.
  space.installAlarmsAndConditionsService();
  guard(space, namespace);
  const { plant, simulated } = options;
  const types = addTypes(namespace);
  const { objects } = space.rootFolder;
  const site = namespace.addFolder(objects, { browseName: plant.site, nodeId: `s=${plant.site}`, notifierOf: objects.server });
  const area = namespace.addFolder(site, { browseName: plant.area, nodeId: `s=${plant.site}.${plant.area}`, notifierOf: site });
  const nodes: PlcNode[] = [];
  for (const line of simulated.lines) {
    if (!("description" in line.home) || !isServed(line.home.description)) continue;
    const parent = addObject(area, line, types.line);
    nodes.push(addPlc(parent, line, types.line, options));
    for (const cell of simulated.cells) {
      if (!("line" in cell.home) || cell.home.line !== line.home) continue;
      const object = addObject(parent, cell, types.cell);
      addMethods(object, cell, simulated);
      nodes.push(addPlc(object, cell, types.cell, options));
    }
  }
  return nodes;
}

function addTypes(namespace: Namespace): { line: PlantType; cell: PlantType } {
  const line = {
    name: "ElectrolysisLineType",
    description: "Cells with a common rectifier, and what is measured for all of them",
    // A folder, because it organizes its cells.
    subtypeOf: "FolderType",
    definitions: LINE_TAGS,
    methods: [],
  } as const;
  const cell = {
    name: OPCUA_CELL_TYPE,
    description: "One electrolyser with its PLC",
    subtypeOf: "BaseObjectType",
    definitions: CELL_TAGS,
    methods: ["Order", "InjectFault"],
  } as const;
  return { line: addPlantType(namespace, line), cell: addPlantType(namespace, cell) };
}

/** Cells are the sources of events, all above them up to the Server object pass them on: whoever listens there hears every cell. */
function addObject(parent: UAObject, plc: Plc, { type }: PlantType): UAObject {
  return (parent.namespace as Namespace).addObject({
    browseName: plc.home.id,
    nodeId: `s=${nodePath(plc)}`,
    organizedBy: parent,
    typeDefinition: type,
    ...("line" in plc.home ? { eventSourceOf: parent } : { notifierOf: parent }),
    eventNotifier: 1,
  });
}

function addPlc(object: UAObject, plc: Plc, type: PlantType, { mode, published }: BuildOptions): PlcNode {
  const recent = plc.definitions.map((definition) => new RecentSamples(definition.type === "f32"));
  const variables = addVariables(object, plc, type, recent);
  const conditions = "line" in plc.home ? new PlcConditions(plc, object, variables) : undefined;
  return new PlcNode({ plc, variables, recent, conditions, mode, published });
}
