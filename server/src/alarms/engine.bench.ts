/**
 * What one sample costs the alarms of the 15 kt hall: every tag of every cell, most values quiet, some noisy at a limit.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CELL_TAGS, createFrame, type Frame, ManualClock, type Plant, pushSample, Quality } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import type { ModelView } from "../contracts.ts";
import { createAlarms } from "./engine.ts";

/** Where TY-100 stands in a cell's frame. */
const BATH = CELL_TAGS.findIndex((tag) => tag.name === "TY-100");

const plants = join(import.meta.dirname, "../../../shared/plants");
const read = (file: string): string => readFileSync(file, "utf8");
const plant: Plant = loadPlant(join(plants, "hall-15kt.yaml"), read, (from, to) => join(dirname(from), to));
const good: ModelView = { value: () => 0, time: () => 0, received: () => 0, quality: () => Quality.Good, liveness: () => Quality.Good };

/** A value that raises nothing: the middle of what its alarms allow. */
function quiet(name: string, temperature: number): number {
  const usual: Record<string, number> = { "TY-100": temperature, "EI-201": 9.9, "WI-302": 40, "FI-501": 25, "TI-503": 40, "PI-601": -100 };
  return usual[name] ?? 0;
}

/** One frame per cell with all its tags; `noise` of the frames carry a bath temperature at its limit. */
function framesOf(noise: number): Frame[] {
  return plant.cells.map((cell, n) => {
    const frame = createFrame(cell.tags.size);
    const noisy = n % 100 < noise * 100;
    for (const tag of cell.tags.values()) {
      const at =
        tag.definition.name === "TY-100" && noisy ? cell.recipe.temperature + 20 : quiet(tag.definition.name, cell.recipe.temperature);
      pushSample(frame, tag.id, 0, at, Quality.Good);
    }
    return frame;
  });
}

/** ns per sample; each round is a second in which every tag of the hall is sent. */
function measure(noise: number, rounds: number): number {
  const clock = new ManualClock(1.8e12);
  const alarms = createAlarms({ plant, model: good, clock, sink: { changed: () => undefined, transition: () => undefined } });
  const frames = framesOf(noise);
  const bath = frames.map((frame) => frame.value[BATH] as number);
  let spent = 0;
  for (let round = 0; round < rounds; round++) {
    const now = 1.8e12 + round * 1000;
    for (const [n, frame] of frames.entries()) {
      frame.receivedAt = now;
      frame.time.fill(now - 20);
      frame.value[BATH] = (bath[n] as number) + (round % 2);
    }
    const begin = process.hrtime.bigint();
    clock.advanceTo(now);
    for (const frame of frames) alarms.evaluate(frame);
    spent += Number(process.hrtime.bigint() - begin);
  }
  return spent / rounds / plant.cells.length / (frames[0]?.count ?? 1);
}

const bench = (name: string, noise: number) => ({
  name: `alarms: ${name}`,
  unit: "ns/sample",
  budget: 300,
  better: "lower" as const,
  run: () => measure(noise, 300),
});

export const benches = [bench("a quiet hall", 0), bench("every bath at its limit, in noise", 1)];
