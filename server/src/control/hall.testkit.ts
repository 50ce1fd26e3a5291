/** A small hall for stories about writing: live columns, a field that answers as told, and a door with its control. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  buildPlant,
  type Cell,
  type Command,
  createFrame,
  ManualClock,
  MODES,
  type Mode,
  OK,
  type Plant,
  pushSample,
  Quality,
  tagOf,
  type Verdict,
} from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import type { Actor, Field, FieldWrite, ModelView, RecordedAction } from "../contracts.ts";
import { createCommandDoor, type Door } from "./commands.ts";
import { type Control, createControl } from "./loops.ts";

const plants = join(import.meta.dirname, "../../../shared/plants");
const base = loadPlant(
  join(plants, "single.yaml"),
  (file) => readFileSync(file, "utf8"),
  (from, to) => join(dirname(from), to),
);

/** One line of three cells, one per recipe. */
export const plant: Plant = buildPlant({
  ...base.description,
  lines: [
    {
      id: "L01",
      cells: 3,
      class: "6kA",
      recipe: ["PrNd", "LaCe", "GdFe"].map((recipe) => ({ recipe, cells: 1 })),
      protocol: "sparkplug",
      supply: { kind: "dedicated", ceiling: 24 },
    },
  ],
});

export const OPERATOR: Actor = { name: "olga", role: "operator", areas: [""] };
export const OTHER: Actor = { name: "otto", role: "operator", areas: [""] };
export const ENGINEER: Actor = { name: "erik", role: "engineer", areas: [""] };
export const CONTROLLER: Actor = { name: "control:test", role: "operator", areas: [""] };

export const TOKEN = 7;
export const START = 1_800_000_000_000;

export class Hall {
  readonly clock = new ManualClock(START);
  readonly writes: FieldWrite[] = [];
  readonly told: Command[] = [];
  readonly recorded: RecordedAction[] = [];
  readonly door: Door;
  /** What the field answers to the next writes. */
  answer: (write: FieldWrite) => Promise<Verdict> = () => Promise.resolve(OK);
  /** True: heartbeats and setpoints written come back as samples, as from a PLC. */
  echo = false;
  #control: Control | undefined;
  readonly #value = new Float64Array(plant.tags.length).fill(Number.NaN);
  readonly #time = new Float64Array(plant.tags.length).fill(Number.NaN);
  readonly #received = new Float64Array(plant.tags.length).fill(Number.NaN);
  readonly #quality = new Uint8Array(plant.tags.length).fill(Quality.Stale);
  readonly #liveness = new Map<string, Quality>(plant.cells.map((cell) => [cell.id, Quality.Good]));

  constructor() {
    const { clock } = this;
    const field: Field = { write: (write) => this.#write(write) };
    const sink = { command: (command: Command) => void this.told.push(command) };
    const record = (action: RecordedAction): void => void this.recorded.push(action);
    this.door = createCommandDoor({ plant, model: this.model, clock, field, token: TOKEN, sink, record });
    for (const cell of plant.cells) this.fill(cell);
  }

  readonly model: ModelView = {
    value: (tag) => this.#value[tag] as number,
    time: (tag) => this.#time[tag] as number,
    received: (tag) => this.#received[tag] as number,
    quality: (tag) => Math.max(this.#quality[tag] as number, this.liveness(plant.tags[tag]?.owner ?? "")) as Quality,
    liveness: (owner) => this.liveness(owner),
  };

  liveness(owner: string): Quality {
    return this.#liveness.get(owner) ?? Quality.Bad;
  }

  setLiveness(owner: string, quality: Quality): void {
    this.#liveness.set(owner, quality);
  }

  control(): Control {
    this.#control = createControl({ plant, model: this.model, clock: this.clock, door: this.door });
    return this.#control;
  }

  /** A sample arrives now; source time is the same moment unless told. */
  sample(cell: string, tag: string, value: number, extra: { time?: number; quality?: Quality; historical?: boolean } = {}): void {
    const { time = this.clock.now(), quality = Quality.Good, historical = false } = extra;
    const { id } = tagOf(plant.cell(cell) as Cell, tag);
    const frame = Object.assign(createFrame(1), { receivedAt: this.clock.now(), historical });
    pushSample(frame, id, time, value, quality);
    if (!historical) {
      this.#value[id] = value;
      this.#time[id] = time;
      this.#received[id] = this.clock.now();
      this.#quality[id] = quality;
    }
    this.door.step(frame);
    this.#control?.step(frame);
  }

  mode(cell: string, mode: Mode): void {
    this.sample(cell, "HS-910", MODES.indexOf(mode));
  }

  /** Lets seconds pass, each with a heartbeat of every cell and with what was promised in between. */
  async pass(seconds: number): Promise<void> {
    for (let s = 0; s < seconds; s++) {
      this.clock.advance(1000);
      for (const cell of plant.cells) this.sample(cell.id, "YC-905", this.clock.now() % 1e6);
      await settle();
    }
  }

  /** A live cell in AUTO at its nominal state. */
  fill(cell: Cell): void {
    for (const tag of cell.tags.keys()) this.sample(cell.id, tag, 0);
    this.sample(cell.id, "II-202", cell.cellClass.current);
    this.sample(cell.id, "FIC-303.SP", 9);
    this.sample(cell.id, "IIC-202.SP", 6000);
    this.sample(cell.id, "TIC-101.SP", cell.recipe.temperature);
    this.mode(cell.id, "AUTO");
  }

  async #write(write: FieldWrite): Promise<Verdict> {
    this.writes.push(write);
    const verdict = await this.answer(write);
    const { definition, owner } = plant.tags[write.tag] as Plant["tags"][number];
    if (this.echo && verdict.ok && definition.access === "rw") {
      this.clock.advance(1);
      this.sample(owner, definition.name, Math.fround(write.value));
    }
    return verdict;
  }
}

/** Lets everything promised so far happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
