/** A small hall for the tests: one line with own rectifiers, one in series, and a short way to run and read it. */
import { buildPlant, type Plant, plantDescription, type Quality } from "@cellhouse/shared";
import type { Plc, SimulatedPlant } from "../contracts.ts";
import { createSimulatedPlant, type PlantOptions } from "../plant.ts";
import { CellPlc } from "./cell.ts";

export const START = 1_700_000_000_000;

/** L01: C001 PrNd, C002 LaCe, C003 GdFe, own rectifiers; L02: C004, C005 PrNd in series. */
export function smallPlant(): Plant {
  return buildPlant(
    plantDescription.parse({
      name: "Small hall",
      site: "BT",
      area: "EL1",
      plan: 300,
      recipes: {
        PrNd: { molarMass: 0.143394, oxideRatio: 1.1768, temperature: 1050 },
        LaCe: { molarMass: 0.13969, oxideRatio: 1.209, temperature: 920 },
        GdFe: { molarMass: 0.15725, oxideRatio: 1.1526, temperature: 1075 },
      },
      classes: { "6kA": { current: 6000, currentEfficiency: 0.763, voltage: 9.93 } },
      lines: [
        {
          id: "L01",
          cells: 3,
          class: "6kA",
          recipe: ["PrNd", "LaCe", "GdFe"].map((recipe) => ({ recipe, cells: 1 })),
          protocol: "sparkplug",
          supply: { kind: "dedicated", ceiling: 24 },
        },
        { id: "L02", cells: 2, class: "6kA", recipe: "PrNd", protocol: "opcua", supply: { kind: "series" } },
      ],
    }),
  );
}

/** A hall under test with its own clock. */
export class Hall {
  readonly sim: SimulatedPlant;
  now = START;
  /** The supervisor's heartbeat, written each second; false: it has fallen silent. */
  supervised: boolean;
  #beat = 0;

  constructor({
    plant = smallPlant(),
    supervised = true,
    ...options
  }: Partial<PlantOptions> & { plant?: Plant; supervised?: boolean } = {}) {
    this.supervised = supervised;
    this.sim = createSimulatedPlant(plant, { seed: 1, speed: 1, start: START, ...options });
  }

  /** Seconds of wall time; `each` is called after every second. */
  run(seconds: number, each: () => void = () => undefined): this {
    for (let s = 0; s < seconds; s++) {
      this.now += 1000;
      this.#beat++;
      if (this.supervised) for (const plc of this.sim.cells) plc.write("YC-906", this.#beat);
      this.sim.advance(this.now);
      each();
    }
    return this;
  }

  /** Runs until `done`, at most `seconds`; gives the seconds it took, or Infinity. */
  until(seconds: number, done: () => boolean): number {
    for (let s = 0; s < seconds; s++) {
      if (done()) return s;
      this.run(1);
    }
    return done() ? seconds : Number.POSITIVE_INFINITY;
  }

  /** The PLC of hall number `number`. */
  cell(number: number): CellPlc {
    const plc = this.sim.cells[number - 1];
    if (!(plc instanceof CellPlc)) throw new Error(`no cell ${number}`);
    return plc;
  }

  read(number: number, tag: string): number {
    return read(this.cell(number), tag).value;
  }
}

/** What a PLC publishes for a tag. */
export function read(plc: Plc, tag: string): { value: number; quality: Quality; time: number } {
  const i = plc.definitions.findIndex((d) => d.name === tag);
  if (i < 0) throw new Error(`no tag ${tag}`);
  return { value: plc.value[i] as number, quality: plc.quality[i] as Quality, time: plc.time[i] as number };
}
