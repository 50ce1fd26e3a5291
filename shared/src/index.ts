/** The vocabulary. Imports nothing of ours; runs in Node and in the browser. */
export * from "./alarms.ts";
export * from "./checksum.ts";
export * from "./clock.ts";
export * from "./commands.ts";
export * from "./disturbances.ts";
export * from "./faults.ts";
export * from "./frame.ts";
export * from "./json-map.ts";
export * from "./json-path.ts";
export * from "./opcua-map.ts";
export * from "./plant.ts";
export * from "./quality.ts";
export * from "./sparkplug-map.ts";
export * from "./tags.ts";
export * from "./units.ts";
export * from "./wire.ts";
