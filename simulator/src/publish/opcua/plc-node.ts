/** One PLC in the address space: carries its samples to the variables, its alarms to the conditions, and keeps the last hour for HistoryRead. */
import { Quality, type TagDefinition, tagOf } from "@cellhouse/shared";
import type { DataValue, UAVariable } from "node-opcua";
import type { Plc } from "../../contracts.ts";
import type { PublishedCounters } from "../../counters.ts";
import { type PublishMode, Sampler } from "../sampler.ts";
import type { PlcConditions } from "./conditions.ts";
import { dataValueOf, qualityOnWire, statusOf, wireNumber } from "./encoding.ts";
import type { RecentSamples } from "./recent-samples.ts";

export type Counting = Pick<PublishedCounters, "add" | "drop">;

export interface PlcNodeOptions {
  plc: Plc;
  /** In the order of the PLC's tags, as `recent` is. */
  variables: readonly UAVariable[];
  recent: readonly RecentSamples[];
  /** A line has none. */
  conditions: PlcConditions | undefined;
  mode: PublishMode;
  published: Counting;
}

export class PlcNode {
  readonly plc: Plc;
  readonly #line: string;
  readonly #recent: readonly RecentSamples[];
  readonly #conditions: PlcConditions | undefined;
  readonly #variables: readonly UAVariable[];
  readonly #sampler: Sampler;
  readonly #paths: readonly string[];
  readonly #published: Counting;
  readonly #lostAt: Float64Array;
  #offline = false;

  constructor({ plc, variables, recent, conditions, mode, published }: PlcNodeOptions) {
    const { home } = plc;
    this.plc = plc;
    this.#recent = recent;
    this.#conditions = conditions;
    this.#line = "line" in home ? home.line.id : home.id;
    this.#variables = variables;
    this.#sampler = new Sampler(plc, mode);
    this.#paths = plc.definitions.map((definition) => tagOf(home, definition.name).path);
    this.#published = published;
    this.#lostAt = new Float64Array(variables.length);
  }

  /** Hands on what is due. While the PLC is off the network its samples go to the history only, and the variables say so. */
  publish(now: number): void {
    if (this.plc.offline !== this.#offline) this.#turn(now);
    const n = this.#sampler.collect();
    for (let k = 0; k < n; k++) this.#hand(this.#sampler.due[k] as number, !this.#offline);
    if (n > 0 && !this.#offline) this.#conditions?.evaluate(this.#sampler.value, now);
  }

  /** The loss is a sample of its own. So is the return, for tags that were not scanned meanwhile; the others go on with their latest scan. */
  #turn(now: number): void {
    this.#offline = this.plc.offline;
    this.#conditions?.link(this.#offline, now);
    const { time } = this.#sampler;
    for (let i = 0; i < this.#variables.length; i++) {
      if (this.#offline) {
        this.#lostAt[i] = this.#sampler.stamp(i, now);
        this.#hand(i, true, true);
      } else if (time[i] === this.#lostAt[i]) {
        this.#sampler.stamp(i, now);
        this.#hand(i, true);
      } else this.#show(i, false);
    }
  }

  #hand(i: number, visible: boolean, lost = false): void {
    const { time, value } = this.#sampler;
    const quality = lost ? Quality.Bad : (this.#sampler.quality[i] as Quality);
    const type = (this.plc.definitions[i] as TagDefinition).type;
    const sample = { time: time[i] as number, value: wireNumber(type, value[i] as number), quality, lost };
    (this.#recent[i] as RecentSamples).push(sample);
    this.#published.add(this.#paths[i] as string, sample.time, sample.value, qualityOnWire(quality));
    if (visible) this.#show(i, lost);
  }

  #show(i: number, lost: boolean): void {
    const { time, value, quality } = this.#sampler;
    const type = (this.plc.definitions[i] as TagDefinition).type;
    const status = statusOf(quality[i] as Quality, lost);
    try {
      replace(this.#variables[i] as UAVariable, dataValueOf(type, value[i] as number, status, time[i] as number));
    } catch {
      // The library asserts on a full queue that holds a value of bad status. One subscriber's queue must not stop the others.
      this.#published.drop(this.#line, 1);
    }
  }
}

/**
 * What `setValueFromSource` does for a scalar, without its checks of the type, two copies and a comparison per value: types are right by
 * construction, and each sample is new by its time. Nobody changes a value once it stands, so reader and listeners may share it.
 */
function replace(variable: UAVariable, dataValue: DataValue): void {
  (variable as UAVariable & { $dataValue: DataValue }).$dataValue = dataValue;
  variable.emit("value_changed", dataValue);
}
