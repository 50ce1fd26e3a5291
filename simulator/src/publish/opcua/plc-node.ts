/** One PLC in the address space: carries its samples to the variables and keeps the last minutes for HistoryRead. */
import { Quality, type TagDefinition, tagOf } from "@cellhouse/shared";
import type { UAVariable } from "node-opcua";
import type { Plc, Published } from "../../contracts.ts";
import { type PublishMode, Sampler } from "../sampler.ts";
import { qualityOnWire, statusOf, variantOf, wireNumber } from "./encoding.ts";
import { RecentSamples } from "./recent-samples.ts";

export class PlcNode {
  readonly plc: Plc;
  readonly recent = new RecentSamples();
  readonly #variables: readonly UAVariable[];
  readonly #sampler: Sampler;
  readonly #paths: readonly string[];
  readonly #published: Published;
  #offline = false;
  /** Values a subscriber's full queue made the library refuse. */
  refused = 0;

  constructor(plc: Plc, variables: readonly UAVariable[], options: { mode: PublishMode; published: Published }) {
    const { home } = plc;
    this.plc = plc;
    this.#variables = variables;
    this.#sampler = new Sampler(plc, options.mode);
    this.#paths = plc.definitions.map((definition) => tagOf(home, definition.name).path);
    this.#published = options.published;
  }

  /** Hands on what is due. While the PLC is off the network its samples go to the history only, and the variables say so. */
  publish(now: number): void {
    if (this.plc.offline !== this.#offline) this.#turn(now);
    const n = this.#sampler.collect();
    for (let k = 0; k < n; k++) this.#hand(this.#sampler.due[k] as number, !this.#offline);
  }

  #turn(now: number): void {
    this.#offline = this.plc.offline;
    for (let i = 0; i < this.#variables.length; i++) {
      if (this.#offline) {
        this.#sampler.mark(i, now, Quality.Bad);
        this.#hand(i, true, true);
      }
    }
    if (!this.#offline) for (let i = 0; i < this.#variables.length; i++) this.#show(i, false);
  }

  #hand(i: number, visible: boolean, lost = false): void {
    const { time, value, quality } = this.#sampler;
    const type = (this.plc.definitions[i] as TagDefinition).type;
    const sample = { time: time[i] as number, value: wireNumber(type, value[i] as number), quality: quality[i] as Quality, lost };
    this.recent.push(i, sample);
    this.#published.add(this.#paths[i] as string, sample.time, sample.value, qualityOnWire(sample.quality));
    if (visible) this.#show(i, lost);
  }

  #show(i: number, lost: boolean): void {
    const { time, value, quality } = this.#sampler;
    const type = (this.plc.definitions[i] as TagDefinition).type;
    const variable = this.#variables[i] as UAVariable;
    try {
      variable.setValueFromSource(variantOf(type, value[i] as number), statusOf(quality[i] as Quality, lost), new Date(time[i] as number));
    } catch {
      // The library asserts on a full queue that holds a value of bad status. One subscriber's queue must not stop the others.
      this.refused++;
    }
  }
}
