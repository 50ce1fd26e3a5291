import { createFrame, Fault, type Frame, ManualClock, pushSample, type TagId } from "@cellhouse/shared";
import { expect, test } from "vitest";
import type { Historian } from "../contracts.ts";
import type { ForwarderOptions } from "./forwarder.ts";
import { createForwarder, createHistory } from "./index.ts";
import { MemoryHistorian } from "./memory/index.ts";
import { testCounters } from "./testing.ts";

const START = 1_760_000_000_000;

function frame(time: number, value: number): Frame {
  const built = createFrame(1);
  built.receivedAt = time;
  pushSample(built, 1, time, value, 0);
  return built;
}

/** A log in memory: position = index + 1. */
function logOf(recorded: readonly Frame[]): ForwarderOptions["log"] {
  return {
    flush: async () => undefined,
    frames: async (position, limit) => {
      const frames = recorded.slice(position, position + limit);
      return { frames, records: frames.length, next: position + frames.length };
    },
    waiting: (position) => recorded.length - position,
  };
}

class Breakable extends MemoryHistorian {
  broken = false;
  override async write(frames: readonly Frame[]): Promise<void> {
    if (this.broken) throw new Fault("E_HISTORIAN", "no answer from 127.0.0.1:8086");
    await super.write(frames);
  }
}

function setUp(n: number) {
  const log = logOf(Array.from({ length: n }, (_, i) => frame(START + i, i)));
  const clock = new ManualClock(START);
  const historian = new Breakable({ samplesPerTag: 1e6 });
  const counters = testCounters();
  return { clock, historian, counters, log, forwarder: createForwarder({ log, historian, clock, counters }) };
}

const count = async (historian: Historian): Promise<number> =>
  (await historian.raw({ tag: 1 as TagId, from: 0, to: START * 2, limit: 1e9 })).time.length;

test("settling brings everything recorded into the engine, in more than one batch", async () => {
  const { forwarder, historian, counters } = setUp(4500);
  forwarder.start();
  const history = createHistory({ historian, forwarder });
  expect(await history.settle(1000)).toBe(true);
  expect(await count(historian)).toBe(4500);
  expect(counters.total.stored).toBe(4500);
  expect(history.links()).toMatchObject([{ id: "historian", state: "up", backlog: 0 }]);
  await forwarder.stop();
  expect(await historian.position()).toBe(4500);
});

test("an engine that is gone is named with cause and backlog, tried again with growing pauses, and gets everything when it is back", async () => {
  const { forwarder, historian, clock, log } = setUp(10);
  historian.broken = true;
  forwarder.start();
  clock.advance(0);
  await expect.poll(() => forwarder.links()[0]?.state).toBe("down");
  const [link] = forwarder.links();
  expect(link?.detail).toContain("no answer from 127.0.0.1:8086");
  expect(link?.backlog).toBe(10);
  expect(link?.since).toBe(START);
  historian.broken = false;
  for (let i = 0; i < 50; i++) {
    clock.advance(1000);
    await new Promise(setImmediate);
  }
  expect(forwarder.links()).toMatchObject([{ state: "up", backlog: 0 }]);
  expect(await count(historian)).toBe(10);
  expect(log.waiting(forwarder.safePosition())).toBe(0);
  await forwarder.stop();
});

test("settling gives up after its time while the engine is gone", async () => {
  const { forwarder, historian, clock } = setUp(10);
  historian.broken = true;
  forwarder.start();
  const settled = forwarder.settle(5000);
  for (let i = 0; i < 60; i++) {
    clock.advance(100);
    await new Promise(setImmediate);
  }
  expect(await settled).toBe(false);
  await forwarder.stop();
});

test("what is sent again after a crash changes nothing", async () => {
  const { forwarder, historian, clock, counters, log } = setUp(100);
  forwarder.start();
  await forwarder.settle(1000);
  await historian.setPosition(40);
  const again = createForwarder({ log, historian, clock, counters });
  again.start();
  expect(await again.settle(1000)).toBe(true);
  expect(await count(historian)).toBe(100);
  await again.stop();
});
