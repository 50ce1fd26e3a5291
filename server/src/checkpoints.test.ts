import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Alarm, buildPlant, createFrame, ManualClock, type Plant, pushSample, Quality } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileAlarms } from "./alarms/columns.ts";
import { plantFile } from "./alarms/story.testkit.ts";
import { type Assembly, assemble } from "./assemble.ts";
import { keepCheckpoints } from "./checkpoints.ts";
import type { Counters, Outlet, Pipe, Replay } from "./contracts.ts";
import { createRecorder, type Log, openLog } from "./recorder/index.ts";
import { createReplays } from "./replay/index.ts";
import { beginPipe, originOf, Tape } from "./replay/tape.ts";
import { replayPipe } from "./replays.ts";

const T0 = 1_760_000_000_000;
const MINUTE = 60_000;
const ignore = (): void => undefined;
const nothing: Outlet = { frame: ignore, liveness: ignore, alarms: ignore, transition: ignore, command: ignore, discontinuity: ignore };
const counters: Counters = {
  received: ignore,
  recorded: ignore,
  stored: ignore,
  rejected: ignore,
  dropped: ignore,
  rebirth: ignore,
  linkUp: ignore,
  latency: ignore,
};

/** Two lines of two cells with all alarms of the demo plant, and beside each alarm's tag what raises it and what does not. */
const plant: Plant = ((description) => buildPlant({ ...description, lines: description.lines.map((line) => ({ ...line, cells: 2 })) }))(
  plantFile("demo.yaml").description,
);
const judged = compileAlarms(plant).places.filter(({ rule }) => rule.input === "sample");

/** Chance as a seed makes it. */
function seeded(seed: number): () => number {
  let x = seed;
  return () => {
    x = (x + 0x6d2b79f5) | 0;
    let t = Math.imul(x ^ (x >>> 15), 1 | x);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a person sees of a pipe: every value with its times and quality, every alarm. */
function seen(pipe: Pick<Pipe, "model" | "alarms">): string {
  const { model } = pipe;
  const tags = plant.tags.map(({ id, path }) => [path, model.value(id), model.time(id), model.received(id), model.quality(id)].join(" "));
  return [...tags, ...pipe.alarms.list().map((alarm: Alarm) => JSON.stringify(alarm))].join("\n");
}

let folder: string;
let log: Log;
/** The live journal, and what was seen live at some moments. */
const journal: { received: number; line: string }[] = [];
const moments: { time: number; seen: string }[] = [];
const wall = new ManualClock(T0);

/** One run of the server: cells that speak by exception, edges lost and found, and an operator who acts on what stands. */
class Run {
  readonly live: Assembly;
  readonly end: () => void;
  readonly #chance: () => number;
  #beat = 0;

  constructor(seed: number, rows: { id: string; state: string }[]) {
    this.#chance = seeded(seed);
    const capabilities = { canCommand: false, canAcknowledge: true, canSeek: false, canInjectFaults: false };
    this.live = assemble({ id: "live", plant, start: wall.now(), capabilities, recorder: log });
    this.live.alarms.restore(rows);
    this.live.pipe.listen({
      ...nothing,
      transition: (transition) => void journal.push({ received: transition.received, line: JSON.stringify(transition) }),
    });
    this.end = keepCheckpoints(this.live, log);
  }

  async for(minutes: number): Promise<void> {
    const until = wall.now() + minutes * MINUTE;
    for (let step = 0; wall.now() < until; step++) {
      wall.advance(100);
      if (step % 10 === 0) this.#beat++;
      for (const [i, cell] of plant.cells.entries()) if (step % 10 === i && !this.#lost(i)) this.#speak(cell.id);
      if (this.#chance() < 0.01) this.#link();
      this.live.advance(wall.now()); // so that an act bears its own moment, not that of the last sample
      if (this.#chance() < 0.02) this.#act();
      if (step % 1500 === 777) moments.push({ time: wall.now(), seen: seen(this.live.pipe) });
      if (step % 100 === 0) await log.flush();
    }
  }

  /** Each cell falls silent for twenty seconds every so often. */
  #lost(cell: number): boolean {
    return (wall.now() - T0) % (7 * MINUTE) > (cell + 2) * 97_000 && (wall.now() - T0) % (7 * MINUTE) < (cell + 2) * 97_000 + 20_000;
  }

  #speak(cell: string): void {
    const frame = createFrame(8);
    frame.receivedAt = wall.now();
    frame.clockOffset = cell > "C002" ? 40.25 : 0;
    frame.historical = this.#chance() < 0.03;
    const time = wall.now() - 30 - Math.floor(this.#chance() * 200) - Math.round(frame.clockOffset);
    pushSample(frame, plant.cell(cell)?.tags.get("YC-905")?.id as number, time, this.#beat, Quality.Good);
    for (const { tag, rule, home: of } of judged) {
      if (of.id !== cell || this.#chance() > 0.01) continue;
      const off = this.#chance() < 0.6;
      const value = rule.on === 0 ? 1 : rule.on;
      const quality = this.#chance() < 0.05 ? Quality.Bad : Quality.Good;
      pushSample(frame, tag.id, time, off ? rule.off * 0.999 : value * (this.#chance() < 0.5 ? 1.2 : 0.8), quality);
    }
    this.live.input.frame(frame);
  }

  #link(): void {
    const line = this.#chance() < 0.5 ? "L01" : "L02";
    const owners = [line, ...plant.cells.filter((cell) => cell.line.id === line).map((cell) => cell.id)];
    const event = (["up", "up", "down", "gap", "whole"] as const)[Math.floor(this.#chance() * 5)] ?? "up";
    this.live.input.link({ receivedAt: wall.now(), link: `edge:${line}`, event, owners, detail: "" });
  }

  #act(): void {
    const { alarms } = this.live.pipe;
    const standing = alarms.list();
    const alarm = standing[Math.floor(this.#chance() * standing.length)];
    if (alarm === undefined) return;
    const order = this.#chance();
    if (order < 0.7 && alarm.occurrence !== null) alarms.acknowledge(alarm.id, alarm.occurrence, "anna");
    else if (order < 0.8) alarms.shelve(alarm.id, 3, "known and looked after", "anna");
    else if (order < 0.9) alarms.unshelve(alarm.id, "anna");
    else alarms.reset(alarm.id, "anna");
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "checkpoints-"));
  log = createRecorder({ folder, plant, clock: wall, counters, retentionDays: 30, retentionBytes: 1e9, segmentMs: 15 * MINUTE });
  const first = new Run(1, []);
  await first.for(17);
  const killed = first.live.alarms.snapshot();
  await log.flush();
  wall.advance(90_000);
  const second = new Run(2, killed);
  await second.for(12);
  second.end();
  wall.advance(4000);
  await new Run(3, second.live.alarms.snapshot()).for(13);
  await log.flush();
});
afterAll(async () => {
  await log.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The journal from `from` on, as a headless replay that begins there writes it. */
async function rerun(from: number, source: Pick<Log, "read" | "seek" | "checkpointAt"> = log): Promise<string[]> {
  const lines: string[] = [];
  const build = replayPipe(() => plant);
  const begin: ConstructorParameters<typeof Tape>[0]["begin"] = (origin) => {
    const pipe = beginPipe((start) => build("rerun", start), origin);
    pipe.pipe.listen({ ...nothing, transition: (t) => void (t.received >= from && lines.push(JSON.stringify(t))) });
    return pipe;
  };
  const breathe = { now: () => 0, at: () => ignore };
  const tape = new Tape({ recorder: source, begin, wall: breathe }, await originOf(source, from, T0));
  await tape.open();
  await tape.playTo(wall.now());
  return lines;
}

const liveFrom = (from: number): string[] => journal.filter(({ received }) => received >= from).map(({ line }) => line);

test("a replay that begins anywhere tells the live journal from there on, to the byte, also across restarts of the server", async () => {
  expect(journal.length).toBeGreaterThan(300);
  expect(new Set(journal.map(({ line }) => (JSON.parse(line) as { event: string }).event)).size).toBeGreaterThan(5);
  for (let from = T0; from < wall.now(); from += 3.3 * MINUTE) expect(await rerun(from)).toEqual(liveFrom(from));
});

test("what is seen at the first moment of a replay, and after each seek, is what was seen live", async () => {
  expect(moments.length).toBeGreaterThan(10);
  const clock = new ManualClock(wall.now());
  const replays = createReplays({ recorder: log, build: replayPipe(() => plant), clock, limit: 2 });
  for (const { time, seen: live } of moments) {
    const replay = await open(replays.create({ from: time, to: wall.now() }), clock);
    expect(seen(replay)).toBe(live);
    await replays.remove(replay.id);
  }
  const replay = await open(replays.create({ from: T0 + MINUTE, to: wall.now() }), clock);
  for (const { time, seen: live } of [...moments.toReversed(), ...moments]) {
    await open(replay.control({ at: time }), clock);
    expect(seen(replay)).toBe(live);
  }
  await replays.stop();
});

/** Lets a replay's work breathe, which takes a clock that moves. */
async function open<T>(work: Promise<T>, clock: ManualClock): Promise<T> {
  let done = false;
  const end = work.finally(() => {
    done = true;
  });
  while (!done) {
    clock.advance(1);
    await new Promise(setImmediate);
  }
  return end;
}

async function played(replay: Replay, clock: ManualClock): Promise<string[]> {
  const lines: string[] = [];
  replay.listen({ ...nothing, transition: (t) => void lines.push(JSON.stringify(t)) });
  await replay.control({ playing: true });
  while (replay.state().playing) {
    clock.advance(500);
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  }
  return lines;
}

test("the same span at 1x, at 60x and after seeks writes the same journal as the live pipe did", async () => {
  const clock = new ManualClock(wall.now());
  const replays = createReplays({ recorder: log, build: replayPipe(() => plant), clock, limit: 3 });
  const span = { from: T0 + 14.2 * MINUTE, to: T0 + 20.7 * MINUTE };
  const live = liveFrom(span.from).filter((line) => (JSON.parse(line) as { received: number }).received <= span.to);
  const after = live.filter((line) => (JSON.parse(line) as { received: number }).received > span.from);
  const slow = await played(await open(replays.create({ ...span, speed: 1 }), clock), clock);
  const fast = await played(await open(replays.create({ ...span, speed: 60 }), clock), clock);
  const wandering = await open(replays.create({ ...span, speed: 23 }), clock);
  await open(wandering.control({ at: span.to - MINUTE }), clock);
  await open(wandering.control({ at: span.from }), clock);
  expect(after.length).toBeGreaterThan(20);
  expect(slow).toEqual(after);
  expect(fast).toEqual(after);
  expect(await played(wandering, clock)).toEqual(after);
  await replays.stop();
});

test("between two runs of the server nothing is known: no value is shown, and silence raises no alarm", async () => {
  const clock = new ManualClock(wall.now());
  const replays = createReplays({ recorder: log, build: replayPipe(() => plant), clock, limit: 1 });
  const replay = await open(replays.create({ from: T0 + 17 * MINUTE + 60_000, to: wall.now() }), clock);
  const run = (await log.checkpointAt(T0 + 19 * MINUTE, T0))?.checkpoint;
  expect(run?.start).toBe(true);
  expect(plant.tags.every(({ id }) => Number.isNaN(replay.model.value(id)) && replay.model.quality(id) === Quality.Stale)).toBe(true);
  expect(replay.alarms.list().length).toBeGreaterThan(0);
  await replays.stop();
});

test("without readable checkpoints a replay warms up for a minute, and takes up the next checkpoint that can be read", async () => {
  const blind = { read: log.read.bind(log), seek: log.seek.bind(log), checkpointAt: async () => undefined };
  const from = T0 + 2.5 * MINUTE;
  const lines = await rerun(from, blind);
  const next = T0 + 5 * MINUTE;
  expect(lines.filter((line) => (JSON.parse(line) as { received: number }).received > next)).toEqual(
    liveFrom(next).filter((line) => (JSON.parse(line) as { received: number }).received > next),
  );
});

test("a damaged checkpoint is passed over for the one before it", async () => {
  const copy = openLog({ folder, plant });
  const found = await copy.checkpointAt(T0 + 11 * MINUTE, T0);
  expect(found?.receivedAt).toBe(T0 + 10 * MINUTE);
  const { records } = await log.read(0, 1);
  const segment = Math.floor((records[0]?.position ?? 0) / 2 ** 24);
  const db = new DatabaseSync(join(folder, `${String(segment).padStart(12, "0")}.db`));
  db.prepare("UPDATE checkpoint SET record = record + 1 WHERE received = ?").run(T0 + 10 * MINUTE);
  db.close();
  expect((await log.checkpointAt(T0 + 11 * MINUTE, T0))?.receivedAt).toBe(T0 + 5 * MINUTE);
});
