/** The drivers. A new one is a folder and a line in `DRIVERS`. */
import { Fault, type Plant, refuse } from "@cellhouse/shared";
import type { z } from "zod";
import type { Driver, Field } from "../contracts.ts";
import type { DriverDeps } from "./driver.ts";
import * as mqttjson from "./mqttjson/index.ts";
import * as opcua from "./opcua/index.ts";
import * as sparkplug from "./sparkplug/index.ts";

const DRIVERS = {
  sparkplug: entry("sparkplug", sparkplug.schema, sparkplug.create),
  opcua: entry("opcua", opcua.schema, opcua.create),
  mqttjson: entry("mqttjson", mqttjson.schema, mqttjson.create),
} as const;

export type { DriverDeps } from "./driver.ts";
export { Taps } from "./tap.ts";
export type DriverKind = keyof typeof DRIVERS;
export type DriverSettings<K extends DriverKind> = z.input<(typeof DRIVERS)[K]["schema"]>;

/** Builds a driver, not yet started. Throws E_OPTION naming the setting that is wrong. */
export function createDriver<K extends DriverKind>(kind: K, settings: DriverSettings<K>, deps: DriverDeps): Driver {
  return DRIVERS[kind].open(settings, deps);
}

/** Sends each write and fault order to the driver of the line it concerns. */
export function route(plant: Plant, drivers: Partial<Record<DriverKind, Driver>>): Field {
  const driverOf = (lineId: string | undefined): Driver | undefined => {
    const line = lineId === undefined ? undefined : plant.line(lineId);
    return line && (drivers as Partial<Record<string, Driver>>)[line.description.protocol];
  };
  return {
    async write(write) {
      const tag = plant.tags[write.tag];
      if (tag === undefined) return refuse("E_TAG_UNKNOWN", `tag ${write.tag}`);
      return (await driverOf(tag.line)?.write(write)) ?? refuse("E_LINK_DOWN", `no driver runs for line ${tag.line}`);
    },
    async fault(order) {
      const line = plant.cell(order.cell)?.line.id;
      return (await driverOf(line)?.fault?.(order)) ?? refuse("E_FAULT_KIND", `cell: ${order.cell} has no fault door`);
    },
  };
}

/** A setting is described once: the schema gives check, type and defaults. */
function entry<S extends z.ZodType>(kind: string, schema: S, create: (settings: z.output<S>, deps: DriverDeps) => Driver) {
  const open = (settings: unknown, deps: DriverDeps): Driver => {
    const checked = schema.safeParse(settings);
    if (checked.success) return create(checked.data, deps);
    const issue = checked.error.issues[0];
    throw new Fault("E_OPTION", `${kind} driver: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong"}`);
  };
  return { schema, open };
}
