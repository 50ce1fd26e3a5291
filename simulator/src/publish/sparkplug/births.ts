/** What births carry besides tags: controls, and who made what speaks here. */
import { readFileSync } from "node:fs";
import { metricName, type TagDefinition } from "@cellhouse/shared";
import { DataType, type Metric } from "@cellhouse/shared/sparkplug";
import { aliasOf, FAULT, FAULT_RESULT, REBIRTH } from "./metrics.ts";

export const DEVICE_REBIRTH = "Device Control/Rebirth";

const text = (name: string, value: string) => ({ name, datatype: DataType.String, value });

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string };

const MADE_BY = [
  text("Properties/Hardware Make", "Cellhouse"),
  text("Properties/Hardware Model", "simulated PLC"),
  text("Properties/Software Version", version),
];
const NODE = MADE_BY;
/** Their aliases follow those of the tags, so the order stays. */
const DEVICE = [text(FAULT, ""), text(FAULT_RESULT, ""), { name: DEVICE_REBIRTH, datatype: DataType.Boolean, value: false }, ...MADE_BY];

/** The own metrics of owner 0, the edge node: `bdSeq` and rebirth (which the standard wants without alias), then its properties. */
export function nodeMetrics(bdSeq: Metric, definitions: readonly TagDefinition[], now: number): Metric[] {
  const rebirth = { name: REBIRTH, datatype: DataType.Boolean, value: false };
  return [...[bdSeq, rebirth].map((metric) => ({ ...metric, timestamp: now })), ...withAliases(NODE, 0, definitions, now)];
}

/** The own metrics of a device. */
export function deviceMetrics(owner: number, definitions: readonly TagDefinition[], now: number): Metric[] {
  return withAliases(DEVICE, owner, definitions, now);
}

/** The alias under which a device answers a fault order. */
export function resultAlias(owner: number, definitions: readonly TagDefinition[]): number {
  return aliasOf(owner, definitions.length + DEVICE.findIndex(({ name }) => name === FAULT_RESULT));
}

/** The metric an alias of this owner stands for, or undefined. */
export function nameOfAlias(definitions: readonly TagDefinition[], owner: number, alias: number): string | undefined {
  const i = alias - aliasOf(owner, 0);
  const definition = definitions[i];
  return definition === undefined ? (owner === 0 ? NODE : DEVICE)[i - definitions.length]?.name : metricName(definition.name);
}

function withAliases(own: readonly Metric[], owner: number, definitions: readonly TagDefinition[], now: number): Metric[] {
  return own.map((metric, k) => ({ ...metric, alias: aliasOf(owner, definitions.length + k), timestamp: now }));
}
