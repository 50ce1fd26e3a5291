import { ManualClock } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Runner } from "./runner.ts";

const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

/** A connection whose attempts succeed or fail as listed. */
function story(outcomes: boolean[]) {
  const clock = new ManualClock(0);
  const told: string[] = [];
  let lost: (reason: string) => void = () => undefined;
  const runner = new Runner({
    name: "test",
    clock,
    log: { info: () => undefined, warn: (_fields, message) => told.push(`warn ${message}`) },
    onDown: (reason) => told.push(`down ${reason}`),
    connection: {
      async open(onLost) {
        told.push(`try ${clock.now()}`);
        if (!(outcomes.shift() ?? true)) throw new Error("nobody there");
        lost = onLost;
      },
      async close() {
        told.push("close");
      },
    },
  });
  return { clock, told, runner, lose: (reason: string) => lost(reason) };
}

test("waits longer after each failure, up to 5 s, complains once (not of the first), and is up in the end", async () => {
  const { clock, told, runner } = story([false, false, false, false, false, false, false, true]);
  await runner.start();
  expect([runner.up, runner.detail]).toEqual([false, "nobody there"]);
  for (let i = 0; i < 80; i++) {
    clock.advance(500);
    await settle();
  }
  expect(told).toEqual([
    "try 0",
    "try 500",
    "warn test: nobody there; trying again",
    ...[1500, 3500, 7500, 12_500, 17_500, 22_500].map((t) => `try ${t}`),
  ]);
  expect([runner.up, runner.since, runner.detail]).toEqual([true, 22_500, ""]);
});

test("a loss is told once and tried again soon", async () => {
  const { clock, told, runner, lose } = story([]);
  await runner.start();
  clock.advance(60_000);
  lose("cable");
  expect([runner.up, runner.since]).toEqual([false, 60_000]);
  clock.advance(500);
  await settle();
  expect(runner.up).toBe(true);
  expect(told).toEqual(["try 0", "down cable", "warn test: cable; trying again", "try 60500"]);
});

test("start does not wait for ever, and after stop nothing is tried", async () => {
  const clock = new ManualClock(0);
  const connection = { open: () => new Promise<void>(() => undefined), close: async () => undefined };
  const runner = new Runner({
    name: "x",
    clock,
    log: { info: () => undefined, warn: () => undefined },
    onDown: () => undefined,
    connection,
  });
  const started = runner.start();
  clock.advance(3_000);
  await started;
  const { clock: other, told, runner: failing } = story([false]);
  await failing.start();
  await failing.stop();
  other.advance(60_000);
  await settle();
  expect(told.filter((t) => t.startsWith("try"))).toHaveLength(1);
});
