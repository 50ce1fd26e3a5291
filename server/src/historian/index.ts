/** The registry of historians: one line per engine gives its settings' schema and its factory. */
import type { Clock, Plant } from "@cellhouse/shared";
import type { z } from "zod";
import type { Counters, Historian } from "../contracts.ts";
import { DuckdbHistorian, duckdbSettings } from "./duckdb/index.ts";
import { InfluxHistorian, influxSettings } from "./influx/index.ts";
import { MemoryHistorian, memorySettings } from "./memory/index.ts";

export { Exports } from "./exchange/exports.ts";
export { Imports } from "./exchange/imports.ts";
export { createForwarder, type Forwarder } from "./forwarder.ts";
export { createHistory } from "./history.ts";

export interface HistorianDeps {
  plant: Plant;
  /** The wall clock. */
  clock: Clock;
  /** Told of samples an engine refuses for good. */
  counters?: Counters;
}

const engine = <S extends z.ZodType>(schema: S, create: (settings: z.output<S>, deps: HistorianDeps) => Historian) => ({
  schema,
  open: (settings: unknown, deps: HistorianDeps) => create(schema.parse(settings), deps),
});

const HISTORIANS = {
  duckdb: engine(duckdbSettings, (settings, deps) => new DuckdbHistorian(settings, deps)),
  influx: engine(influxSettings, (settings, deps) => new InfluxHistorian(settings, deps)),
  memory: engine(memorySettings, (settings) => new MemoryHistorian(settings)),
};

export type HistorianKind = keyof typeof HISTORIANS;
/** What the settings of an engine may hold, before defaults. */
export type HistorianSettings<K extends HistorianKind> = z.input<(typeof HISTORIANS)[K]["schema"]>;

/** Makes an engine (not started). Throws zod's error for wrong settings. */
export function createHistorian<K extends HistorianKind>(kind: K, settings: HistorianSettings<K>, deps: HistorianDeps): Historian {
  return HISTORIANS[kind].open(settings, deps);
}
