/** Makes the variables of one PLC: types, units, ranges, access, the write binding and the history binding. */
import type { TagDefinition } from "@cellhouse/shared";
import {
  AccessLevelFlag,
  type CallbackT,
  type ContinuationData,
  DataValue,
  HistoryData,
  HistoryReadResult,
  type ISessionContext,
  type Namespace,
  ReadRawModifiedDetails,
  type StatusCode,
  StatusCodes,
  type UAObject,
  type UAVariable,
} from "node-opcua";
import type { Plc } from "../../contracts.ts";
import { writeTag } from "../door.ts";
import { DATA_TYPES, numberOf, statusOf, unitOf, variantOf, verdictStatus } from "./encoding.ts";
import type { RecentSamples } from "./recent-samples.ts";

const READ = AccessLevelFlag.CurrentRead | AccessLevelFlag.HistoryRead;

/** In the order of `plc.definitions`; `history` is asked when a client reads the past. */
export function addVariables(namespace: Namespace, parent: UAObject, plc: Plc, history: () => RecentSamples): UAVariable[] {
  return plc.definitions.map((definition, i) => {
    const variable = addVariable(namespace, parent, definition, `s=${nodePath(plc)}.${definition.name}`);
    const writable = definition.access !== "r";
    variable.accessLevel = writable ? READ | AccessLevelFlag.CurrentWrite : READ;
    variable.historizing = true;
    variable.bindVariable(
      { ...(writable ? writeBinding(variable, plc, definition) : {}), historyRead: historyOf(definition, i, history) },
      true,
    );
    return variable;
  });
}

/** `L02.C025`, or `L02` for the line itself: the stem of every node id. */
export function nodePath(plc: Pick<Plc, "home">): string {
  return "line" in plc.home ? `${plc.home.line.id}.${plc.home.id}` : plc.home.id;
}

function addVariable(namespace: Namespace, parent: UAObject, definition: TagDefinition, nodeId: string): UAVariable {
  const common = {
    browseName: definition.name,
    description: definition.description,
    componentOf: parent,
    nodeId,
    dataType: DATA_TYPES[definition.type],
    // Exception-based: an item that asks for sampling interval 0 is handed every sample.
    minimumSamplingInterval: 0,
  };
  if (definition.kind === "digital" || definition.kind === "word" || definition.type === "ms") return namespace.addVariable(common);
  const [low, high] = definition.range;
  const engineeringUnits = unitOf(definition, `${namespace.namespaceUri}:units`);
  const variable = namespace.addAnalogDataItem({ ...common, engineeringUnits, engineeringUnitsRange: { low, high } });
  for (const name of ["EURange", "EngineeringUnits"]) {
    const property = variable.getPropertyByName(name);
    if (property !== null) (property as UAVariable).accessLevel = AccessLevelFlag.CurrentRead;
  }
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

function historyOf(definition: TagDefinition, i: number, history: () => RecentSamples) {
  return (
    context: ISessionContext,
    details: unknown,
    _range: unknown,
    _encoding: unknown,
    continuation: ContinuationData,
    callback: CallbackT<HistoryReadResult>,
  ): void => {
    const points = context.session?.continuationPointManager;
    if (!(details instanceof ReadRawModifiedDetails) || details.isReadModified || points === undefined) {
      callback(null, new HistoryReadResult({ statusCode: StatusCodes.BadHistoryOperationUnsupported }));
      return;
    }
    const limit = details.numValuesPerNode;
    const part = continuation.continuationPoint
      ? points.getNextHistoryReadRaw(limit, continuation)
      : points.registerHistoryReadRaw(limit, pastValues(details, definition, i, history()), continuation);
    const { statusCode, continuationPoint } = part;
    const historyData = new HistoryData({ dataValues: part.values ?? [] });
    callback(null, new HistoryReadResult({ statusCode, historyData, ...(continuationPoint ? { continuationPoint } : {}) }));
  };
}

/** Part 11, 6.4.3: oldest first, or newest first when the end lies before the start or only the end is given. Both ends count. */
function pastValues(details: ReadRawModifiedDetails, definition: TagDefinition, i: number, recent: RecentSamples): DataValue[] {
  const start = timeOf(details.startTime);
  const end = timeOf(details.endTime);
  const reverse = end !== undefined && (start === undefined || end < start);
  const [from, to] = reverse ? [start === undefined ? undefined : end, start ?? end] : [start, end];
  const samples = recent.read(i, from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY);
  if (reverse) samples.reverse();
  return samples.map(
    ({ time, value, quality, lost }) =>
      new DataValue({
        value: variantOf(definition.type, value),
        statusCode: statusOf(quality, lost),
        sourceTimestamp: new Date(time),
        serverTimestamp: new Date(time),
      }),
  );
}

/** Before 1602 a time means "not given". */
function timeOf(date: Date | null): number | undefined {
  const time = date?.getTime();
  return time === undefined || time < Date.UTC(1602, 0, 1) ? undefined : time;
}
