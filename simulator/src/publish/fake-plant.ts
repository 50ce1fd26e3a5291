/** A plant of puppets for tests: images a test moves by hand, writes and faults it can look at. */
import {
  buildPlant,
  CELL_TAGS,
  type Cell,
  LINE_TAGS,
  type Line,
  OK,
  type Plant,
  plantDescription,
  Quality,
  refuse,
  type TagDefinition,
  type Verdict,
  type WriteOrder,
} from "@cellhouse/shared";
import type { FaultRequest, Plc, SimulatedPlant } from "../contracts.ts";

export class FakePlc implements Plc {
  readonly home: Cell | Line;
  readonly definitions: readonly TagDefinition[];
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly time: Float64Array;
  readonly written: { tag: string; value: number; order?: WriteOrder }[] = [];
  offline = false;

  constructor(home: Cell | Line, definitions: readonly TagDefinition[]) {
    this.home = home;
    this.definitions = definitions;
    this.value = Float64Array.from(definitions, ({ range: [low, high] }) => Math.round((low + Math.min(high, low + 100)) / 2));
    this.quality = new Uint8Array(definitions.length);
    this.time = new Float64Array(definitions.length);
  }

  /** Index of a tag. */
  index(tag: string): number {
    return this.definitions.findIndex((definition) => definition.name === tag);
  }

  set(tag: string, value: number, quality: Quality = Quality.Good): void {
    this.value[this.index(tag)] = value;
    this.quality[this.index(tag)] = quality;
  }

  write(tag: string, value: number, order?: WriteOrder): Verdict {
    const definition = this.definitions[this.index(tag)];
    if (definition === undefined) return refuse("E_TAG_UNKNOWN", tag);
    const [low, high] = definition.range;
    if (!(value >= low && value <= high)) return refuse("E_SETPOINT_RANGE", `${tag}: ${low} to ${high}`);
    this.written.push({ tag, value, ...(order && { order }) });
    this.set(tag, value);
    return OK;
  }
}

export class FakePlant implements SimulatedPlant {
  readonly cells: readonly FakePlc[];
  readonly lines: readonly FakePlc[];
  readonly started: FaultRequest[] = [];
  readonly stopped: string[] = [];

  constructor(plant: Plant) {
    this.cells = plant.cells.map((cell) => new FakePlc(cell, CELL_TAGS));
    this.lines = plant.lines.map((line) => new FakePlc(line, LINE_TAGS));
  }

  cell(id: string): FakePlc {
    return this.cells.find((plc) => plc.home.id === id) as FakePlc;
  }

  /** Scans as PLCs do: each tag is stamped at its own rate, those without one always; with `wobble` the measurements move a little too. */
  advance(now: number, wobble = 0): void {
    const scan = Math.floor(now / 100) * 100;
    for (const plc of [...this.cells, ...this.lines]) {
      for (const [i, { scanMs, deadband }] of plc.definitions.entries()) {
        const last = plc.time[i] as number;
        if (scan === last || (scanMs > 0 && Math.floor(scan / scanMs) === Math.floor(last / scanMs))) continue;
        plc.time[i] = scan;
        if (scanMs > 0) plc.value[i] = (plc.value[i] as number) + wobble * (deadband || 1);
      }
    }
  }

  startFault(request: FaultRequest): Verdict {
    if (request.kind !== "feed_jam") return refuse("E_FAULT_KIND", `kind: ${request.kind}`);
    this.started.push(request);
    return OK;
  }

  stopFault(id: string): Verdict {
    this.stopped.push(id);
    return OK;
  }
}

/** A built plant of `cells` cells on one line. */
export function onePlant(cells = 1, protocol: "sparkplug" | "opcua" = "sparkplug", anonymous: "none" | "read" = "none"): Plant {
  return buildPlant(
    plantDescription.parse({
      name: "Test",
      site: "BT",
      area: "EL1",
      plan: 1,
      recipes: { PrNd: { molarMass: 0.143394, oxideRatio: 1.1768, temperature: 1050 } },
      classes: { "6kA": { current: 6000, currentEfficiency: 0.763, voltage: 9.93 } },
      lines: [{ id: "L01", cells, class: "6kA", recipe: "PrNd", protocol, supply: { kind: "series" } }],
      opcua: { anonymous },
    }),
  );
}
