import { createHash } from "node:crypto";
import { createFrame, every, type Frame, ManualClock, pushSample } from "@cellhouse/shared";
import { beforeEach, expect, test } from "vitest";
import type { Checkpoints, LogRecord, Outlet, Pipe, Recorder, Replay } from "../contracts.ts";
import { createReplays, type ReplayPipe } from "./index.ts";

const T0 = 1_760_000_000_000;
const MINUTE = 60_000;

let wall: ManualClock;
/** What each pipe built was fed, and its clock's own ticks: line by line. */
let runs: string[][];

beforeEach(() => {
  wall = new ManualClock(T0 + 60 * MINUTE);
  runs = [];
});

function frame(receivedAt: number, value: number): Frame {
  const built = createFrame(1);
  built.receivedAt = receivedAt;
  pushSample(built, 0, receivedAt - 30, value, 0);
  return built;
}

/** Ten minutes of frames 370 ms apart from T0 on, an event and an action among them. */
function recording(): LogRecord[] {
  const records: LogRecord[] = [];
  for (let at = T0; at < T0 + 10 * MINUTE; at += 370) {
    const position = records.length + 1;
    if (position === 700)
      records.push({
        position,
        kind: "link",
        receivedAt: at,
        event: { receivedAt: at, link: "edge:L01", event: "down", owners: ["C001"], detail: "" },
      });
    else if (position === 900)
      records.push({ position, kind: "action", receivedAt: at, action: { type: "reset", alarm: "C001:TY-100.HI", actor: "anna" } });
    else records.push({ position, kind: "frame", receivedAt: at, frame: frame(at, position) });
  }
  return records;
}

function recorderOf(records: LogRecord[]): Recorder & Checkpoints {
  return {
    frame: nothing,
    link: nothing,
    action: nothing,
    note: nothing,
    checkpoint: nothing,
    checkpointAt: async () => undefined,
    flush: async () => undefined,
    read: async (position, limit) => {
      const taken = records.slice(position, position + limit);
      return { records: taken, next: position + taken.length };
    },
    seek: async (time) => {
      const i = records.findIndex((record) => record.receivedAt >= time);
      return i < 0 ? records.length : i;
    },
    span: () => (records.length === 0 ? undefined : { from: T0, to: records.at(-1)?.receivedAt as number }),
    links: () => [],
    stop: async () => undefined,
  };
}

/** A pipe that only writes down what happens to it; a timer of its own stands for delays and heartbeats. */
function build(id: string, start: number): ReplayPipe {
  const lines: string[] = [];
  runs.push(lines);
  const clock = new ManualClock(start);
  const outlets = new Set<Outlet>();
  const stop = every(clock, 250, () => void lines.push(`${clock.now()} timer`));
  const pipe: Pipe = {
    id,
    clock,
    model: { value: () => 0, time: () => 0, received: () => 0, quality: () => 0, liveness: () => 0 },
    alarms: {} as Pipe["alarms"],
    capabilities: { canCommand: false, canAcknowledge: false, canSeek: true, canInjectFaults: false },
    listen(outlet) {
      outlets.add(outlet);
      return () => void outlets.delete(outlet);
    },
  };
  return {
    pipe,
    advance: (to) => {
      lines.push(`${to} advance`);
      clock.advanceTo(to);
    },
    input: {
      frame: (f) => {
        expect(clock.now()).toBe(f.receivedAt);
        lines.push(`${clock.now()} frame ${f.tag[0]} ${f.time[0]} ${f.value[0]}`);
        for (const outlet of outlets) outlet.frame(f);
      },
      link: (event) => void lines.push(`${clock.now()} link ${JSON.stringify(event)}`),
      action: (at, action) => void lines.push(`${clock.now()} action ${at} ${JSON.stringify(action)}`),
    },
    restore: nothing,
    stop,
  };
}

const nothing = (): void => undefined;
const service = (records = recording(), limit = 2) => createReplays({ recorder: recorderOf(records), build, clock: wall, limit });

/** Lets wall time pass in small steps, with the work each of them starts. */
async function pass(ms: number, step = 50): Promise<void> {
  for (let t = 0; t < ms; t += step) {
    wall.advance(step);
    for (let i = 0; i < 8; i++) await new Promise(setImmediate);
  }
}

const hash = (lines: readonly string[]): string => createHash("sha256").update(lines.join("\n")).digest("hex");
const span = { from: T0 + 2 * MINUTE, to: T0 + 5 * MINUTE };

async function untilEnd(replay: Replay, step: number): Promise<string[]> {
  await replay.control({ playing: true });
  for (let i = 0; i < 10_000 && replay.state().playing; i++) await pass(step, step);
  expect(replay.state()).toMatchObject({ at: span.to, playing: false });
  return runs.at(-1) as string[];
}

test("the same span gives the same inputs on the same clock at 1x, at 60x and after pause and seek", async () => {
  const replays = service();
  const slow = await untilEnd(await replays.create({ ...span, speed: 1 }), 100);
  const fast = await untilEnd(await replays.create({ ...span, speed: 60 }), 73);
  await replays.stop();
  const wandering = await replays.create({ ...span, speed: 7.3 });
  await wandering.control({ playing: true });
  await pass(3000, 77);
  await wandering.control({ playing: false });
  await pass(500);
  await wandering.control({ at: T0 + 4 * MINUTE + 33 });
  await wandering.control({ at: T0 + 3 * MINUTE + 17, speed: 31 });
  const wandered = await untilEnd(wandering, 100);
  expect(slow.filter((line) => line.includes("frame")).length).toBeGreaterThan(600);
  expect(hash(fast)).toBe(hash(slow));
  expect(hash(wandered)).toBe(hash(slow));
  await replays.stop();
});

test("a minute before the start is applied unseen, so that the first moment has its values", async () => {
  const replays = service();
  const replay = await replays.create(span);
  const lines = runs[0] as string[];
  expect(lines.filter((line) => line.includes("frame")).length).toBeGreaterThan(150);
  expect(replay.clock.now()).toBe(span.from);
  expect(replay.state()).toMatchObject({ ...span, at: span.from, speed: 1, playing: false });
  await replays.stop();
});

test("plays at its speed, tells its state each second, and pauses at the end", async () => {
  const replays = service();
  const replay = await replays.create({ ...span, speed: 10 });
  const told: number[] = [];
  replay.onState((state) => told.push(state.at - span.from));
  await replay.control({ playing: true });
  await pass(5100, 100);
  expect(told).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000]);
  await pass(20_000, 100);
  expect(replay.state()).toMatchObject({ playing: false, at: span.to });
  await replays.stop();
});

test("a seek tells the listeners that time has jumped and nothing of what lies between, and they stay with the pipe built anew", async () => {
  const replays = service();
  const replay = await replays.create(span);
  const seen: string[] = [];
  const ignore = (): void => undefined;
  const leave = replay.listen({
    frame: (f) => void seen.push(`frame ${f.receivedAt}`),
    discontinuity: (time) => void seen.push(`jump ${time}`),
    liveness: ignore,
    alarms: ignore,
    transition: ignore,
    command: ignore,
  });
  await replay.control({ at: T0 + 4 * MINUTE });
  await replay.control({ at: T0 + 3 * MINUTE });
  expect(seen).toEqual([`jump ${T0 + 4 * MINUTE}`, `jump ${T0 + 3 * MINUTE}`]);
  expect(runs.length).toBe(2);
  leave();
  const before = seen.length;
  await replay.control({ at: T0 + 4 * MINUTE });
  expect(seen.length).toBe(before);
  await replays.stop();
});

test("refuses spans without a recording, times outside the span, strange speeds, and one replay too many", async () => {
  const replays = service();
  await expect(replays.create({ from: T0 + 30 * MINUTE, to: T0 + 40 * MINUTE })).rejects.toMatchObject({ code: "E_REPLAY_RANGE" });
  await expect(replays.create({ from: T0 + 5, to: T0 + 5 })).rejects.toMatchObject({ code: "E_REPLAY_RANGE" });
  await expect(service([]).create(span)).rejects.toMatchObject({ code: "E_REPLAY_RANGE" });
  const replay = await replays.create(span);
  await expect(replay.control({ at: T0 })).rejects.toMatchObject({ code: "E_REPLAY_RANGE" });
  await expect(replay.control({ speed: 61 })).rejects.toMatchObject({ code: "E_QUERY" });
  await replays.create(span);
  await expect(replays.create(span)).rejects.toMatchObject({ code: "E_RATE" });
  await replays.remove(replay.id);
  await replays.create(span);
  await replays.stop();
});

test("a replay nobody watches or steers is removed after ten minutes", async () => {
  const replays = service();
  const forgotten = await replays.create(span);
  const watched = await replays.create(span);
  const ignore = (): void => undefined;
  watched.listen({ frame: ignore, discontinuity: ignore, liveness: ignore, alarms: ignore, transition: ignore, command: ignore });
  await pass(11 * MINUTE, 10_000);
  expect(replays.get(forgotten.id)).toBeUndefined();
  expect(replays.get(watched.id)).toBe(watched);
  await replays.stop();
});
