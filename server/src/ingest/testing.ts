/** What the unit tests of this stage share: a plant of one cell, counters that remember, a pipe input that writes down. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Cell, copyFrame, type Frame, type Plant } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import type { Counters, LinkEvent, PipeInput } from "../contracts.ts";

const plants = join(import.meta.dirname, "../../../shared/plants");

export const plant: Plant = loadPlant(
  join(plants, "single.yaml"),
  (file) => readFileSync(file, "utf8"),
  (from, to) => join(dirname(from), to),
);
export const cell = plant.cells[0] as Cell;

/** Counters as one table: `rejected duplicate` -> 3. */
export function counted(): Counters & { readonly seen: Record<string, number> } {
  const seen: Record<string, number> = {};
  const add = (key: string, n = 1): void => {
    seen[key] = (seen[key] ?? 0) + n;
  };
  return {
    seen,
    received: (link, n) => add(`received ${link}`, n),
    recorded: () => undefined,
    stored: () => undefined,
    rejected: (reason, n) => add(`rejected ${reason}`, n),
    dropped: (reason, n) => add(`dropped ${reason}`, n),
    rebirth: (edge) => add(`rebirth ${edge}`),
    linkUp: () => undefined,
    latency: () => undefined,
  };
}

export interface Heard extends PipeInput {
  readonly frames: Frame[];
  readonly links: Omit<LinkEvent, "receivedAt">[];
}

export function listener(): Heard {
  const frames: Frame[] = [];
  const links: Omit<LinkEvent, "receivedAt">[] = [];
  return {
    frames,
    links,
    frame(frame) {
      frames.push(copyFrame(frame));
    },
    link(event) {
      links.push(event);
    },
  };
}
