/** Tells a story about one alarm of one cell: rows of what comes in, rows of what must be seen, every facet asserted. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Alarm,
  type AlarmDefinition,
  type AlarmState,
  type AlarmTransition,
  buildPlant,
  type Cell,
  type CommAlarm,
  createFrame,
  type DiscreteAlarm,
  type Frame,
  isUnacknowledged,
  type LimitAlarm,
  ManualClock,
  type Plant,
  type PlantDescription,
  pushSample,
  Quality,
  tagOf,
} from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { expect } from "vitest";
import type { LivenessChange, ModelView } from "../contracts.ts";
import { type Alarms, createAlarms } from "./engine.ts";

const plants = join(import.meta.dirname, "../../../shared/plants");

export function plantFile(name: string): Plant {
  return loadPlant(
    join(plants, name),
    (file) => readFileSync(file, "utf8"),
    (from, to) => join(dirname(from), to),
  );
}

/** A plant of one cell with these alarms only. */
export function plantWith(alarms: AlarmDefinition[], change: Partial<PlantDescription> = {}): Plant {
  return buildPlant({ ...plantFile("single.yaml").description, ...change, alarms });
}

const guidance = { cause: "a test", consequence: "none", response: "read it", timeToRespond: 10 };
const delays = { onDelay: 0, offDelay: 0, latching: false, priority: 3 as const, ...guidance };

export const HIGH: LimitAlarm = { kind: "limit", id: "EI-201.HI", tag: "EI-201", side: "high", limit: 11, deadband: 0.5, ...delays };
export const LOW: LimitAlarm = { ...HIGH, id: "EI-201.LO", side: "low", limit: 7.5 };
export const BITS: DiscreteAlarm = { kind: "discrete", id: "FEED.JAM", tag: "YS-902", mask: 0b101, ...delays };
export const COMM: CommAlarm = { kind: "comm", id: "COMM.LOST", tag: "YC-905", ...delays, onDelay: 10, offDelay: 10 };

/** Seconds of the stories count from here. */
export const START = 1_800_000_000_000;

/** The live columns as far as an alarm looks at them. */
function columns(plant: Plant, liveness: Quality): ModelView & { take(frame: Frame): void } {
  const value = new Float64Array(plant.tags.length).fill(Number.NaN);
  const quality = new Uint8Array(plant.tags.length).fill(Quality.Stale);
  return {
    take(frame) {
      for (let i = 0; i < frame.count; i++) {
        value[frame.tag[i] as number] = frame.value[i] as number;
        quality[frame.tag[i] as number] = frame.quality[i] as number;
      }
    },
    value: (tag) => value[tag] as number,
    time: () => Number.NaN,
    received: () => Number.NaN,
    quality: (tag) => quality[tag] as Quality,
    liveness: () => liveness,
  };
}

export interface Arrival {
  /** Seconds of source time; the pipe's clock when absent. */
  time?: number;
  quality?: Quality;
  historical?: boolean;
  clockOffset?: number;
}

export class Story {
  readonly clock = new ManualClock(START);
  readonly journal: AlarmTransition[] = [];
  readonly shown = new Map<string, Alarm>();
  readonly plant: Plant;
  readonly cell: Cell;
  readonly alarms: Alarms;
  readonly #model: ReturnType<typeof columns>;

  /** `liveness` of its cells when the server starts. */
  constructor(plant: Plant, liveness: Quality = Quality.Good) {
    this.plant = plant;
    this.cell = plant.cells[0] as Cell;
    this.#model = columns(plant, liveness);
    const changed = (alarms: Alarm[]): void => {
      for (const alarm of alarms) this.shown.set(alarm.id, alarm);
    };
    const transition = (t: AlarmTransition): void => void this.journal.push(t);
    this.alarms = createAlarms({ plant, model: this.#model, clock: this.clock, sink: { changed, transition } });
  }

  /** Lets time pass up to second `s`. */
  at(s: number): this {
    this.clock.advanceTo(START + s * 1000);
    return this;
  }

  /** One sample of the first cell arrives now. */
  sample(tag: string, value: number, { time, quality = Quality.Good, historical = false, clockOffset = 0 }: Arrival = {}): this {
    const frame: Frame = Object.assign(createFrame(1), { receivedAt: this.clock.now(), historical, clockOffset });
    pushSample(frame, tagOf(this.cell, tag).id, time === undefined ? this.clock.now() : START + time * 1000, value, quality);
    this.#model.take(frame);
    this.alarms.evaluate(frame);
    return this;
  }

  live(quality: Quality, reason: LivenessChange["reason"]): this {
    this.alarms.liveness([{ owner: this.cell.id, quality, time: this.clock.now(), reason }]);
    return this;
  }

  /** The alarm, every view of it agreeing with every other. */
  alarm(type: string): Alarm {
    const id = `${this.cell.id}:${type}`;
    const alarm = this.alarms.get(id) as Alarm;
    const standing = alarm.state !== "NORM";
    const lines = this.journal.filter((line) => line.alarm === id);
    expect(this.alarms.list().some((listed) => listed.id === id)).toBe(standing || alarm.inhibit.length > 0);
    expect(alarm.occurrence !== null, "an occurrence exactly while it stands").toBe(standing);
    expect(alarm.raised !== null).toBe(standing);
    expect(lines.at(-1)?.to ?? "NORM", "the journal ends in the state shown").toBe(alarm.state);
    for (const [i, line] of lines.entries()) expect(line.from, `line ${i} of the journal`).toBe(lines[i - 1]?.to ?? "NORM");
    for (const line of lines) expect(line.received).toBeGreaterThanOrEqual(line.time);
    if (lines.length > 0) expect(this.shown.get(id), "the screens were told").toEqual(alarm);
    const told = lines.filter((line) => line.to === "UNACK").map((line) => line.occurrence);
    expect(new Set(told).size, "each annunciation is a new occurrence").toBe(told.length);
    if (isUnacknowledged(alarm.state)) expect(alarm.occurrence).toBe(told.at(-1));
    return alarm;
  }

  /** How often the operator was called. */
  calls(type: string): number {
    return this.journal.filter((line) => line.alarm === `${this.cell.id}:${type}` && line.to === "UNACK").length;
  }

  acknowledge(type: string, actor = "ada"): this {
    const alarm = this.alarm(type);
    expect(this.alarms.acknowledge(alarm.id, alarm.occurrence ?? "", actor)).toEqual({ ok: true });
    return this;
  }
}

/** Plays samples of the alarm's tag at their seconds; each row is [second, value, state seen after it]. */
export function play(definition: AlarmDefinition, rows: [at: number, value: number, state: AlarmState][]): Story {
  const story = new Story(plantWith([definition]));
  for (const [at, value, state] of rows) {
    story.at(at).sample(definition.tag, value);
    expect(story.alarm(definition.id).state, `after ${value} at ${at} s`).toBe(state);
  }
  return story;
}
