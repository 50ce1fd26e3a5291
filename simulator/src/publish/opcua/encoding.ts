/** How a sample becomes an OPC UA value: data types, status codes, engineering units. Pure. */
import { type FaultCode, Quality, type TagDefinition, type TagType, UNITS, unitId, type Verdict } from "@cellhouse/shared";
import { DataType, DataValue, type StatusCode, StatusCodes, Variant, VariantArrayType } from "node-opcua";

export const DATA_TYPES = {
  f32: DataType.Float,
  f64: DataType.Double,
  u32: DataType.UInt32,
  bool: DataType.Boolean,
  ms: DataType.DateTime,
} as const satisfies Record<TagType, DataType>;

/** What a number that is missing looks like in a type that has no word for it. */
export function wireNumber(type: TagType, value: number): number {
  return Number.isNaN(value) && type !== "f32" && type !== "f64" ? 0 : value;
}

/** New each time: the address space keeps it. Both are filled in by hand, because their constructors check what is known to be right. */
export function dataValueOf(type: TagType, value: number, status: StatusCode, time: number): DataValue {
  const variant = new Variant(null);
  variant.dataType = DATA_TYPES[type];
  variant.arrayType = VariantArrayType.Scalar;
  variant.value = onWire(type, wireNumber(type, value));
  const dataValue = new DataValue(null);
  const timestamp = new Date(time);
  dataValue.value = variant;
  dataValue.statusCode = status;
  dataValue.sourceTimestamp = timestamp;
  dataValue.serverTimestamp = timestamp;
  return dataValue;
}

function onWire(type: TagType, number: number): number | boolean | Date {
  if (type === "bool") return number !== 0;
  return type === "ms" ? new Date(number) : number;
}

/** The number a client wrote, or undefined for what is none. */
export function numberOf(variant: Variant): number | undefined {
  const { value } = variant as { value: unknown };
  if (typeof value === "boolean") return Number(value);
  if (value instanceof Date) return value.getTime();
  return typeof value === "number" ? value : undefined;
}

/** `lost`: the PLC is off the network; its last value stands beside the code. */
export function statusOf(quality: Quality, lost = false): StatusCode {
  if (lost) return StatusCodes.BadCommunicationError;
  if (quality === Quality.Good) return StatusCodes.Good;
  return quality === Quality.Bad ? StatusCodes.BadSensorFailure : StatusCodes.UncertainLastUsableValue;
}

/** The quality a client reads back from the status. */
export function qualityOnWire(quality: number): Quality {
  return quality === Quality.Stale ? Quality.Uncertain : (quality as Quality);
}

const REFUSALS: Partial<Record<FaultCode, StatusCode>> = {
  E_SETPOINT_RANGE: StatusCodes.BadOutOfRange,
  E_NOT_WRITABLE: StatusCodes.BadNotWritable,
  E_ROLE: StatusCodes.BadUserAccessDenied,
  E_MODE: StatusCodes.BadUserAccessDenied,
  E_LINK_DOWN: StatusCodes.BadCommunicationError,
};

/** The PLC's verdict on a write. */
export function verdictStatus(verdict: Verdict): StatusCode {
  return verdict.ok ? StatusCodes.Good : (REFUSALS[verdict.code] ?? StatusCodes.BadInvalidArgument);
}

const UNECE = "http://www.opcfoundation.org/UA/units/un/cefact";

/** Units without a UN/CEFACT code have id -1 and a namespace of their own (OPC 10000-8, 5.6.3). */
export function unitOf(definition: TagDefinition, ownNamespace: string): UnitInformation {
  const unit = UNITS[definition.unit];
  const id = unitId(unit);
  return {
    namespaceUri: id < 0 ? ownNamespace : UNECE,
    unitId: id,
    displayName: { text: unit.symbol },
    description: { text: definition.unit },
  };
}

interface UnitInformation {
  namespaceUri: string;
  unitId: number;
  displayName: { text: string };
  description: { text: string };
}
