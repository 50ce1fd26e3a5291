/** All PLCs of the plant on one time base, and the door for faults. */
import type { Cell, Line, Plant, Verdict } from "@cellhouse/shared";
import { createRng } from "@cellhouse/shared/process";
import type { FaultRequest, SimulatedPlant } from "./contracts.ts";
import { FaultBook } from "./faults/book.ts";
import { type Scenario, ScenarioRunner } from "./faults/scenario.ts";
import { CellPlc } from "./plc/cell.ts";
import { LinePlc } from "./plc/line.ts";
import { LineSupply } from "./plc/supply.ts";

const SCAN_MS = 100;
/** The chance of a scenario is a stream of its own. */
const SCENARIO_STREAM = 2e6;
/** A clock that jumps further than this has slept, or was set back: the process goes on from now. */
const MOST_CATCH_UP_MS = 600_000;
const MOST_SET_BACK_MS = 5000;

export interface PlantOptions {
  /** The same seed gives the same hall. */
  seed: number;
  /** Process seconds per second, a whole number 1..60. */
  speed: number;
  /** Epoch ms of the first image. */
  start: number;
  /** Faults that come by themselves. */
  scenario?: Scenario;
}

/** Builds the PLCs of `plant`, at or near steady state, with their first images complete. */
export function createSimulatedPlant(plant: Plant, options: PlantOptions): SimulatedPlant {
  return new Hall(plant, options);
}

class Hall implements SimulatedPlant {
  readonly cells: readonly CellPlc[];
  readonly lines: readonly LinePlc[];
  readonly #speed: number;
  readonly #faults: FaultBook;
  readonly #scenario: ScenarioRunner | undefined;
  /** Time of the last scan, epoch ms, on the 100 ms grid. */
  #tick: number;

  constructor(plant: Plant, { seed, speed, start, scenario }: PlantOptions) {
    this.#speed = Math.min(60, Math.max(1, Math.round(speed)));
    this.#tick = Math.floor(start / SCAN_MS) * SCAN_MS;
    const dayOffset = offsetOf(plant.description.timezone, start);
    const cells: CellPlc[] = [];
    this.lines = plant.lines.map((line) => {
      const supply = line.description.supply.kind === "series" ? new LineSupply(currentOf(line)) : undefined;
      const common = { seed, dayOffset, ...(supply && { supply }) };
      const own = line.cells.map((cell) => new CellPlc({ cell, phase: phaseOf(cell), ...common }));
      cells.push(...own);
      return new LinePlc({ line, cells: own, ...common });
    });
    this.cells = cells;
    this.#faults = new FaultBook(cells, this.lines);
    this.#scenario = scenario && new ScenarioRunner(scenario, { book: this.#faults, plant, rng: createRng(seed, SCENARIO_STREAM) });
    for (const plc of cells) plc.start(this.#tick);
    for (const line of this.lines) line.scan(this.#tick, true);
  }

  advance(now: number): void {
    if (now - this.#tick > MOST_CATCH_UP_MS || this.#tick - now > MOST_SET_BACK_MS) this.#tick = Math.floor(now / SCAN_MS) * SCAN_MS;
    while (this.#tick + SCAN_MS <= now) this.#scan();
  }

  startFault(request: FaultRequest): Verdict {
    return this.#faults.start(request);
  }

  stopFault(id: string): Verdict {
    return this.#faults.stop(id);
  }

  /** All PLCs scan together; what they publish is spread by their phases. */
  #scan(): void {
    this.#tick += SCAN_MS;
    const seconds = (SCAN_MS / 1000) * this.#speed;
    this.#scenario?.advance(seconds);
    this.#faults.advance(seconds);
    for (const line of this.lines) line.advance(seconds);
    for (const plc of this.cells) plc.scan(this.#tick, this.#speed);
    for (const line of this.lines) line.scan(this.#tick);
  }
}

/** Spreads the cells over the ten scans of a second, ms. */
function phaseOf(cell: Cell): number {
  return (cell.number % 10) * SCAN_MS;
}

function currentOf(line: Line): number {
  return (line.cells[0] as Cell).cellClass.current;
}

/** ms the zone is ahead of UTC at `time`. */
function offsetOf(timezone: string, time: number): number {
  const name = new Intl.DateTimeFormat("en", { timeZone: timezone, timeZoneName: "longOffset" })
    .formatToParts(time)
    .find((part) => part.type === "timeZoneName")?.value;
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? "");
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}
