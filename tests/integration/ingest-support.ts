/** What the ingest tests share: a plant from the shipped files, counters that remember, a pipe input that writes down, a bounded wait. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyFrame, type Frame, type Plant } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import type { Counters, LinkEvent, PipeInput } from "../../server/src/contracts.ts";

const plants = join(import.meta.dirname, "../../shared/plants");

export function plantFile(name: string): Plant {
  return loadPlant(
    join(plants, `${name}.yaml`),
    (file) => readFileSync(file, "utf8"),
    (from, to) => join(dirname(from), to),
  );
}

export const quiet = { info: () => undefined, warn: () => undefined };

export interface CountedThings extends Counters {
  readonly seen: Map<string, number>;
}

export function counted(): CountedThings {
  const seen = new Map<string, number>();
  const add = (key: string, n = 1): void => void seen.set(key, (seen.get(key) ?? 0) + n);
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
  /** `up L01 C001` */
  story(): string[];
}

export function listener(): Heard {
  const frames: Frame[] = [];
  const links: Omit<LinkEvent, "receivedAt">[] = [];
  return {
    frames,
    links,
    frame: (frame) => void frames.push(copyFrame(frame)),
    link: (event) => void links.push(event),
    story: () => links.map((l) => [l.event, ...l.owners].join(" ")),
  };
}

/** Polls until true; fails after `ms` with what was waited for. */
export async function until(what: string, condition: () => boolean, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Tries again for up to two seconds: for what is about to become possible. */
export async function retry<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
