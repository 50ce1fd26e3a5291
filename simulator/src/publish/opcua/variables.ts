/** Makes the variables of one PLC as its type declares them: access, the write binding and the history binding. */
import type { TagDefinition } from "@cellhouse/shared";
import {
  type CallbackT,
  type ContinuationData,
  type DataValue,
  HistoryReadResult,
  type ISessionContext,
  type Namespace,
  PermissionType,
  type StatusCode,
  StatusCodes,
  type UAObject,
  type UAVariable,
} from "node-opcua";
import type { Plc } from "../../contracts.ts";
import { writeTag } from "../door.ts";
import { DATA_TYPES, numberOf, verdictStatus } from "./encoding.ts";
import { readHistory } from "./history.ts";
import type { RecentSamples } from "./recent-samples.ts";
import { accessOf, type Declared, type PlantType } from "./types.ts";

/** In the order of `plc.definitions`; `recent` has what a client reads of the past, in the same order. */
export function addVariables(parent: UAObject, plc: Plc, { declared }: PlantType, recent: readonly RecentSamples[]): UAVariable[] {
  const path = nodePath(plc);
  return plc.definitions.map((definition, i) => {
    const variable = addVariable(parent, definition, declared[i] as Declared, `s=${path}.${definition.name}`);
    const write = definition.access === "r" ? {} : writeBinding(variable, plc, definition);
    variable.historizing = true;
    variable.bindVariable({ ...write, historyRead: historyBinding(variable, definition, recent[i] as RecentSamples) }, true);
    return variable;
  });
}

/** `L02.C025`, or `L02` for the line itself: the stem of every node id. */
export function nodePath(plc: Pick<Plc, "home">): string {
  return "line" in plc.home ? `${plc.home.line.id}.${plc.home.id}` : plc.home.id;
}

function addVariable(parent: UAObject, definition: TagDefinition, { typeDefinition, properties }: Declared, nodeId: string): UAVariable {
  const variable = (parent.namespace as Namespace).addVariable({
    browseName: definition.name,
    description: definition.description,
    componentOf: parent,
    nodeId,
    dataType: DATA_TYPES[definition.type],
    typeDefinition,
    accessLevel: accessOf(definition),
    // Exception-based: an item that asks for sampling interval 0 is handed every sample.
    minimumSamplingInterval: 0,
  });
  for (const property of properties) variable.addReference({ referenceType: "HasProperty", nodeId: property });
  return variable;
}

/**
 * A write goes to the PLC, which may refuse, clamp or ramp it; what it accepted appears with the next report. The library
 * would store the client's own value and time after every write, so the answer handed back to it is what stands already.
 */
function writeBinding(variable: UAVariable, plc: Plc, definition: TagDefinition) {
  const current = (): DataValue => (variable as UAVariable & { readonly $dataValue: DataValue }).$dataValue;
  return {
    timestamped_get: () => current(),
    timestamped_set: (written: DataValue, callback: CallbackT<StatusCode>): void => {
      const number = numberOf(written.value);
      const status = number === undefined ? StatusCodes.BadTypeMismatch : verdictStatus(writeTag(plc, definition.name, number));
      Object.assign(written, current().clone());
      callback(null, status);
    },
  };
}

/** The library asks no permission before a history of our own is read. */
function historyBinding(variable: UAVariable, definition: TagDefinition, recent: RecentSamples) {
  return (
    context: ISessionContext,
    details: unknown,
    _range: unknown,
    _encoding: unknown,
    { continuationPoint, releaseContinuationPoints }: ContinuationData,
    callback: CallbackT<HistoryReadResult>,
  ): void => {
    const allowed = context.checkPermission(variable, PermissionType.ReadHistory);
    const request = { details, continuationPoint, release: releaseContinuationPoints === true };
    callback(
      null,
      allowed ? readHistory(request, definition, recent) : new HistoryReadResult({ statusCode: StatusCodes.BadUserAccessDenied }),
    );
  };
}
