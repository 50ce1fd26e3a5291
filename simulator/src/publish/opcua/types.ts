/** What kinds of node the plant is made of: ElectrolysisCellType and ElectrolysisLineType, declared from the tag catalogue. */
import { MODES, ORDER_RESULTS, type TagDefinition } from "@cellhouse/shared";
import {
  AccessLevelFlag,
  DataType,
  type Namespace,
  type NodeId,
  type UAObjectType,
  type UAVariable,
  VariantArrayType,
  type VariantOptions,
} from "node-opcua";
import { argumentsOf, METHODS, type MethodName } from "./arguments.ts";
import { DATA_TYPES, unitOf } from "./encoding.ts";

/** What the cells' variables have in common with their declaration in the type. */
export interface Declared {
  typeDefinition: NodeId;
  /** Units, range, states: the same for every cell, so the same nodes; of their own they would be two thirds of the address space. */
  properties: readonly UAVariable[];
}

export interface PlantType {
  readonly type: UAObjectType;
  readonly declared: readonly Declared[];
}

interface TypeOptions {
  name: string;
  description: string;
  subtypeOf: string;
  definitions: readonly TagDefinition[];
  methods: readonly MethodName[];
}

/** Declares a type with one component per tag, in the order of `definitions`. */
export function addPlantType(namespace: Namespace, { name, description, subtypeOf, definitions, methods }: TypeOptions): PlantType {
  const type = namespace.addObjectType({ browseName: name, nodeId: `s=${name}`, description, subtypeOf });
  const declared = definitions.map((definition) => declare(namespace, type, definition));
  for (const method of methods) {
    const { modellingRule, description: text } = METHODS[method];
    namespace.addMethod(type, {
      browseName: method,
      nodeId: `s=${name}.${method}`,
      description: text,
      modellingRule,
      ...argumentsOf(method),
    });
  }
  return { type, declared };
}

/** The names of a word's values, where it is an enumeration. */
const STATES: Readonly<Record<string, readonly string[]>> = {
  "XS-209": ["No anode effect", "Anode effect"],
  "YS-909": ORDER_RESULTS.map((code) => code ?? "Accepted"),
  "HS-910": MODES,
  "HS-911": ["Stop", "Start"],
  "HS-912": ["None", "Begin"],
  "HS-913": ["End", "Begin"],
  "HS-914": ["End", "Begin at anode 1", "Begin at anode 2", "Begin at anode 3", "Begin at anode 4"],
  "HS-915": ["None", "Reset"],
};

function declare(namespace: Namespace, type: UAObjectType, definition: TagDefinition): Declared {
  const nodeId = `s=${type.browseName.name}.${definition.name}`;
  const typeDefinition = variableType(namespace, definition);
  const variable = namespace.addVariable({
    browseName: definition.name,
    description: definition.description,
    componentOf: type,
    dataType: DATA_TYPES[definition.type],
    modellingRule: "Mandatory",
    nodeId,
    typeDefinition,
    accessLevel: accessOf(definition),
  });
  const properties = Object.entries(propertiesOf(namespace, definition)).map(([name, [dataType, value]]) =>
    namespace.addVariable({
      browseName: { name, namespaceIndex: 0 },
      propertyOf: variable,
      typeDefinition: "PropertyType",
      modellingRule: "Mandatory",
      nodeId: `${nodeId}.${name}`,
      dataType,
      ...("arrayType" in value && { valueRank: 1 }),
      value,
      accessLevel: AccessLevelFlag.CurrentRead,
    }),
  );
  return { typeDefinition, properties };
}

/** Every tag can be read back for an hour; what the PLC takes can be written. */
export function accessOf({ access }: TagDefinition): number {
  const read = AccessLevelFlag.CurrentRead | AccessLevelFlag.HistoryRead;
  return access === "r" ? read : read | AccessLevelFlag.CurrentWrite;
}

type Shape = "twoState" | "multiState" | "range" | "unit" | "plain";

/** Totals grow without an end, so they have a unit and no range; words, clocks and counters have neither. */
function shapeOf({ name, kind, type }: TagDefinition): Shape {
  if (type === "bool") return "twoState";
  if (name in STATES) return "multiState";
  if (type === "ms" || type === "u32" || kind === "word") return "plain";
  return kind === "total" ? "unit" : "range";
}

const VARIABLE_TYPES: Readonly<Record<Shape, string>> = {
  twoState: "TwoStateDiscreteType",
  multiState: "MultiStateDiscreteType",
  range: "AnalogUnitRangeType",
  unit: "AnalogUnitType",
  plain: "DataItemType",
};

function variableType(namespace: Namespace, definition: TagDefinition): NodeId {
  const name = VARIABLE_TYPES[shapeOf(definition)];
  const type = namespace.addressSpace.findVariableType(name);
  if (type === null) throw new Error(`the standard nodeset has no ${name}`);
  return type.nodeId;
}

/** By browse name: the OPC UA type and the value. */
type Property = readonly [dataType: string, value: VariantOptions];

function propertiesOf(namespace: Namespace, definition: TagDefinition): Record<string, Property> {
  const shape = shapeOf(definition);
  const common = { Definition: text(meaningOf(definition)) };
  const states = STATES[definition.name] ?? ["Off", "On"];
  if (shape === "twoState") return { ...common, FalseState: word(states[0]), TrueState: word(states[1]) };
  if (shape === "multiState") return { ...common, EnumStrings: words(states) };
  if (shape === "plain") return common;
  const [low, high] = definition.range;
  return {
    ...common,
    ValuePrecision: ["Double", { dataType: DataType.Double, value: definition.decimals }],
    EngineeringUnits: structure(namespace, "EUInformation", unitOf(definition, `${namespace.namespaceUri}:units`)),
    ...(shape === "range" && { EURange: structure(namespace, "Range", { low, high }) }),
  };
}

/** How the PLC comes to the value it reports. */
function meaningOf({ scanMs, deadband, type }: TagDefinition): string {
  return `${type}, ${scanMs === 0 ? "reported on change" : `scanned every ${scanMs / 1000} s`}, deadband ${deadband}`;
}

const text = (value: string): Property => ["String", { dataType: DataType.String, value }];
const word = (value = ""): Property => ["LocalizedText", { dataType: DataType.LocalizedText, value: { text: value } }];
const words = (values: readonly string[]): Property => [
  "LocalizedText",
  { dataType: DataType.LocalizedText, arrayType: VariantArrayType.Array, value: values.map((value) => ({ text: value })) },
];

function structure({ addressSpace }: Namespace, name: string, fields: object): Property {
  const type = addressSpace.findDataType(name);
  if (type === null) throw new Error(`the standard nodeset has no ${name}`);
  return [
    name,
    { dataType: DataType.ExtensionObject, value: addressSpace.constructExtensionObject(type, fields as Record<string, unknown>) },
  ];
}
