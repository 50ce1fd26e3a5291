/** A burst of values at 238 cells: nothing is lost, alarms and writes go on, and soon after it everything is as fast as before. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { quantile, type Watcher, watch } from "../support/measure.ts";
import { node, until } from "../support/processes.ts";
import { counter } from "../support/record-check.ts";

const RATED = 5000;
const BEFORE_S = 8;
const BURST_S = 10;
const RECOVERY_S = 15;
const AFTER_S = 8;
/** Of a screen's values once nothing is held up, ms. */
const USUAL_MS = 300;

let house: Started;
let engineer: Api;
let watcher: Watcher;

beforeAll(async () => {
  house = await startCellhouse({ plant: "hall-15kt" });
  await house.simulator.stop();
  engineer = await house.api("engineer");
  watcher = await watch(house.url, engineer.cookie, { hall: true });
});
afterAll(async () => {
  watcher.close();
  await house.stop();
});

const pass = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const total = (name: string): Promise<number> => counter(house, `cellhouse_${name}_total`);

/** Median, and what one in a hundred exceeds, of what reached the screen in `seconds` from now, ms. */
async function latency(seconds: number): Promise<{ median: number; late: number }> {
  watcher.reset();
  await pass(seconds);
  const sorted = watcher.latencies(["BT.EL1.L"]);
  return { median: quantile(sorted, 0.5), late: quantile(sorted, 0.99) };
}

/** How long the server takes to answer a person, the worst of so many seconds, ms. */
async function slowestAnswer(seconds: number): Promise<number> {
  let worst = 0;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pass(0.2)) {
    const asked = Date.now();
    await engineer.get("alarms");
    worst = Math.max(worst, Date.now() - asked);
  }
  return worst;
}

async function lossesSaid(): Promise<number> {
  const { values } = await engineer.get<{ values: { value: number }[] }>("values?tags=SYS:NQ-950");
  return values[0]?.value ?? Number.NaN;
}

test.each([50_000])("%i values a second for ten seconds", { timeout: 240_000 }, async (rate) => {
  const [received, dropped, losses] = [await total("received"), await total("dropped"), await lossesSaid()];
  const phases = `${RATED}:${BEFORE_S},${rate}:${BURST_S},${RATED}:${RECOVERY_S + AFTER_S + 2}`;
  const args = ["--url", `mqtt://127.0.0.1:${house.ports.mqtt}`, "--plant", "hall-15kt", "--data", house.data, "--phases", phases];
  const generator = node("tests/generator/main.ts", args);
  await generator.printed(/born: /);
  const before = await latency(BEFORE_S);
  const answer = await slowestAnswer(BURST_S);
  await pass(RECOVERY_S);
  const after = await latency(AFTER_S);
  expect(await generator.ended()).toBe(0);
  const said = JSON.parse(generator.output().trim().split("\n").at(-1) as string) as { values: number; phases: { late: number }[] };

  const whole = async (): Promise<boolean> => {
    const [recorded, stored] = [await total("recorded"), await total("stored")];
    return recorded === (await total("received")) && stored === recorded;
  };
  await until("everything received to be recorded and stored", whole, 60_000, 500);
  process.stdout.write(`burst ${rate}: ${JSON.stringify({ before, answer, after, ...said })}\n`);
  expect((await total("received")) - received).toBeGreaterThanOrEqual(said.values);
  expect((await total("dropped")) - dropped).toBe(0);
  expect(await lossesSaid()).toBe(losses);
  expect(after.median).toBeLessThan(Math.max(USUAL_MS, 2 * before.median));
  expect(answer).toBeLessThan(2000);
});
