/** What one sample costs the live columns of the 15 kt hall, heartbeats and the liveness timer included. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createFrame, ManualClock, type Plant, pushSample, Quality } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { createModel } from "./live.ts";

const SECONDS = 600;
const plants = join(import.meta.dirname, "../../../shared/plants");
const read = (file: string): string => readFileSync(file, "utf8");
const plant: Plant = loadPlant(join(plants, "hall-15kt.yaml"), read, (from, to) => join(dirname(from), to));

/** ns per sample; every second each cell sends sixteen of its tags, the heartbeat among them. */
function apply(): number {
  const clock = new ManualClock(1.8e12);
  const model = createModel(plant, clock, () => undefined);
  const frames = plant.cells.map((cell) => {
    const frame = createFrame(16);
    const tags = [...cell.tags.values()].filter((tag) => tag.definition.scanMs === 1000 || tag.definition.name === "YC-905").slice(-16);
    for (const tag of tags) pushSample(frame, tag.id, 0, 1, Quality.Good);
    return frame;
  });
  let samples = 0;
  const begin = process.hrtime.bigint();
  for (let second = 1; second <= SECONDS; second++) {
    const now = 1.8e12 + second * 1000;
    clock.advanceTo(now);
    for (const frame of frames) {
      frame.receivedAt = now;
      frame.time.fill(now - 20);
      frame.value.fill(second);
      model.apply(frame);
      samples += frame.count;
    }
  }
  return Number(process.hrtime.bigint() - begin) / samples;
}

export const benches = [{ name: "model: one sample into the live columns", unit: "ns/sample", budget: 60, better: "lower", run: apply }];
