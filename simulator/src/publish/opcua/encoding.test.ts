import { CELL_TAGS, LINE_TAGS, Quality, refuse, type TagDefinition, type TagType } from "@cellhouse/shared";
import { DataType, StatusCodes, type Variant } from "node-opcua";
import { expect, test } from "vitest";
import { dataValueOf, numberOf, qualityOnWire, statusOf, unitOf, verdictStatus } from "./encoding.ts";

const variantOf = (type: TagType, value: number): Variant => dataValueOf(type, value, StatusCodes.Good, 0).value;
const tag = (name: string): TagDefinition => CELL_TAGS.find((definition) => definition.name === name) as TagDefinition;

test("each PLC type has its OPC UA type, and a number survives the way there and back", () => {
  for (const [type, dataType] of [
    ["f32", DataType.Float],
    ["f64", DataType.Double],
    ["u32", DataType.UInt32],
    ["bool", DataType.Boolean],
    ["ms", DataType.DateTime],
  ] as const) {
    const variant = variantOf(type, 1);
    expect(variant.dataType).toBe(dataType);
    expect(variant.isValid()).toBe(true);
    expect(numberOf(variant)).toBe(1);
  }
});

test("a missing number is NaN where the type has one, else zero beside its bad status", () => {
  expect(numberOf(variantOf("f32", Number.NaN))).toBeNaN();
  expect(numberOf(variantOf("u32", Number.NaN))).toBe(0);
  expect(numberOf(variantOf("bool", Number.NaN))).toBe(0);
});

test("quality becomes a status code; a PLC off the network has a code of its own", () => {
  expect(statusOf(Quality.Good)).toBe(StatusCodes.Good);
  expect(statusOf(Quality.Uncertain)).toBe(StatusCodes.UncertainLastUsableValue);
  expect(statusOf(Quality.Bad)).toBe(StatusCodes.BadSensorFailure);
  expect(statusOf(Quality.Good, true)).toBe(StatusCodes.BadCommunicationError);
  expect(qualityOnWire(Quality.Stale)).toBe(Quality.Uncertain);
});

test("units carry their UN/CEFACT id, or -1 in a namespace of their own", () => {
  expect(unitOf(tag("TI-101"), "urn:own")).toMatchObject({ unitId: 4408652, displayName: { text: "°C" } });
  expect(unitOf(tag("XI-208"), "urn:own")).toMatchObject({ unitId: -1, namespaceUri: "urn:own", displayName: { text: "µΩ/min" } });
});

/** OPC Foundation, UNECE_to_OPCUA.csv. */
const CODES: Readonly<Record<string, number>> = {
  "°C": 4408652,
  V: 5655636,
  mV: 12890,
  A: 4279632,
  kA: 4338226,
  µΩ: 4340020,
  kW: 4937556,
  kWh: 4937544,
  kAh: 5521736,
  kg: 4933453,
  g: 4674125,
  "kg/h": 4536627,
  "%": 20529,
  ppm: 13625,
  "mg/m³": 18256,
  "r/min": 5394509,
  mm: 5066068,
  "l/min": 19506,
  "m³/h": 5067080,
  "Nm³/h": 5321776,
  kPa: 4935745,
  Pa: 5259596,
  s: 5457219,
  ms: 4403766,
  Hz: 4740186,
  "µS/cm": 4666418,
  "": 4404786,
};

test("every unit of the catalogue has the id of the standard's own table", () => {
  const wrong = [...CELL_TAGS, ...LINE_TAGS].flatMap((definition) => {
    const { displayName, unitId, namespaceUri } = unitOf(definition, "urn:own");
    const wanted = CODES[displayName.text] ?? -1;
    const space = wanted < 0 ? "urn:own" : "http://www.opcfoundation.org/UA/units/un/cefact";
    return unitId === wanted && namespaceUri === space ? [] : [`${definition.name} ${displayName.text}: ${unitId}`];
  });
  expect(wrong).toEqual([]);
});

test("a refusal keeps its reason as far as status codes can say it", () => {
  expect(verdictStatus({ ok: true })).toBe(StatusCodes.Good);
  expect(verdictStatus(refuse("E_SETPOINT_RANGE", ""))).toBe(StatusCodes.BadOutOfRange);
  expect(verdictStatus(refuse("E_MODE", ""))).toBe(StatusCodes.BadUserAccessDenied);
  expect(verdictStatus(refuse("E_QUERY", ""))).toBe(StatusCodes.BadInvalidArgument);
});
