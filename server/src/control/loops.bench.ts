/** What one sample costs door and controllers of the 15 kt hall: every tag of every cell each second, all cells in CASCADE. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createFrame, type Frame, ManualClock, MODES, OK, type Plant, pushSample, Quality } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import type { ModelView } from "../contracts.ts";
import { createCommandDoor } from "./commands.ts";
import { createControl } from "./loops.ts";
import { nominalFeed } from "./ranges.ts";

const plants = join(import.meta.dirname, "../../../shared/plants");
const read = (file: string): string => readFileSync(file, "utf8");
const plant: Plant = loadPlant(join(plants, "hall-15kt.yaml"), read, (from, to) => join(dirname(from), to));
const standing = new Float64Array(plant.tags.length);
for (const cell of plant.cells)
  for (const tag of cell.tags.values()) {
    const usual: Record<string, number> = { "HS-910": MODES.indexOf("CASCADE"), "II-202": 6000, "FIC-303.SP": nominalFeed(cell) };
    standing[tag.id] = usual[tag.definition.name] ?? 0;
  }

function measure(rounds: number): number {
  const clock = new ManualClock(1.8e12);
  const model: ModelView = {
    value: (tag) => standing[tag] as number,
    time: () => clock.now(),
    received: () => clock.now(),
    quality: () => Quality.Good,
    liveness: () => Quality.Good,
  };
  const field = { write: () => Promise.resolve(OK) };
  const door = createCommandDoor({ plant, model, clock, field, token: 0, sink: { command: () => undefined }, record: () => undefined });
  const control = createControl({ plant, model, clock, door });
  const frames: Frame[] = plant.cells.map((cell) => {
    const frame = createFrame(cell.tags.size);
    for (const tag of cell.tags.values()) pushSample(frame, tag.id, 0, standing[tag.id] as number, Quality.Good);
    return frame;
  });
  let spent = 0;
  for (let round = 1; round <= rounds; round++) {
    for (const frame of frames) {
      frame.receivedAt = 1.8e12 + round * 1000;
      frame.time.fill(frame.receivedAt - 20);
    }
    const begin = process.hrtime.bigint();
    clock.advanceTo(1.8e12 + round * 1000);
    for (const frame of frames) {
      door.step(frame);
      control.step(frame);
    }
    spent += Number(process.hrtime.bigint() - begin);
  }
  control.stop();
  return spent / rounds / plant.cells.length / (frames[0]?.count ?? 1);
}

export const benches = [
  { name: "control: door and controllers", unit: "ns/sample", budget: 200, better: "lower" as const, run: () => measure(300) },
];
