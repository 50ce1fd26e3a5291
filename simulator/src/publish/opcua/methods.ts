/** What may be called on a cell: an order to its PLC, and the simulator's fault door. */
import { ORDER_RESULTS, type Verdict, type WriteOrder } from "@cellhouse/shared";
import {
  type CallMethodResultOptions,
  DataType,
  type ISessionContext,
  type Namespace,
  StatusCodes,
  type UAObject,
  type Variant,
} from "node-opcua";
import type { Plc, SimulatedPlant } from "../../contracts.ts";
import { writeTag } from "../door.ts";
import { orderFault } from "../fault-order.ts";
import { argumentsOf, METHODS, type MethodName } from "./arguments.ts";
import { nodePath } from "./variables.ts";

type Call = (values: readonly unknown[]) => CallMethodResultOptions;

/** Puts both methods under the cell's own object. Who may call, the namespace's permissions say. */
export function addMethods(cell: UAObject, plc: Plc, simulated: SimulatedPlant): void {
  addMethod(cell, plc, "Order", (values) => order(plc, values));
  addMethod(cell, plc, "InjectFault", ([text]) => injectFault(plc, simulated, text));
}

function addMethod(cell: UAObject, plc: Plc, name: MethodName, call: Call): void {
  const method = (cell.namespace as Namespace).addMethod(cell, {
    browseName: name,
    nodeId: `s=${nodePath(plc)}.${name}`,
    description: METHODS[name].description,
    ...argumentsOf(name),
  });
  method.bindMethod(async (inputs: Variant[], _context: ISessionContext) => call(inputs.map(({ value }) => value as unknown)));
}

const REFUSED = 1;

/** The call itself is Good whenever the PLC gave its word: its answer stands in Result, as it does in YS-909. */
function order(plc: Plc, values: readonly unknown[]): CallMethodResultOptions {
  const [tag, value, seq, user, at, token] = values;
  const time = at instanceof Date ? at.getTime() : Number.NaN;
  if (typeof tag !== "string" || typeof value !== "number" || typeof user !== "string")
    return { statusCode: StatusCodes.BadInvalidArgument };
  if (typeof seq !== "number" || typeof token !== "number" || Number.isNaN(time)) return { statusCode: StatusCodes.BadInvalidArgument };
  const verdict = writeTag(plc, tag, value, { seq, user, at: time, token } satisfies WriteOrder);
  if (!verdict.ok && verdict.code === "E_LINK_DOWN") return { statusCode: StatusCodes.BadCommunicationError };
  return good([
    { dataType: DataType.UInt32, value: resultOf(verdict) },
    { dataType: DataType.String, value: verdict.ok ? "" : verdict.detail },
  ]);
}

function resultOf(verdict: Verdict): number {
  if (verdict.ok) return 0;
  const result = (ORDER_RESULTS as readonly (string | undefined)[]).indexOf(verdict.code);
  return result < 0 ? REFUSED : result;
}

function injectFault(plc: Plc, simulated: SimulatedPlant, text: unknown): CallMethodResultOptions {
  if (typeof text !== "string") return { statusCode: StatusCodes.BadInvalidArgument };
  const result = orderFault(simulated, plc.home.id, text);
  return good([{ dataType: DataType.String, value: JSON.stringify(result) }]);
}

function good(outputArguments: NonNullable<CallMethodResultOptions["outputArguments"]>): CallMethodResultOptions {
  return { statusCode: StatusCodes.Good, outputArguments };
}
