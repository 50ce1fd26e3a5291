/** The hall of 238 cells at every tag's scan rate, measured by the browser's own tracing. Figures are printed; only grossly wrong ones fail, because machines are noisy. */
import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, openPage } from "../support/browser.ts";
import { type Started, startCellhouse } from "../support/cellhouse.ts";
import { quantile } from "../support/measure.ts";
import { until } from "../support/processes.ts";

const SECONDS = 15;
let house: Started;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  house = await startCellhouse({ plant: "hall-15kt", publish: "raw" });
  browser = await openBrowser();
  ({ page } = await openPage(browser));
  await page.goto(house.link);
  await until("all cells running", async () => /238\s*\/\s*238/.test(await page.locator("body").innerText()), 90_000, 500);
});

afterAll(async () => {
  await browser?.close();
  await house?.stop();
});

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  args?: { name?: string };
}

async function trace(session: CDPSession, seconds: number): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>((resolve) => session.once("Tracing.tracingComplete", () => resolve()));
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "__metadata"] } });
  await page.waitForTimeout(seconds * 1000);
  await session.send("Tracing.end");
  await complete;
  return events;
}

/** Durations of the renderer main thread's tasks, ms. The thread that works most among those of that name is the page's. */
function mainThreadTasks(events: readonly TraceEvent[]): number[] {
  const threads = events.filter((e) => e.name === "thread_name" && e.args?.name === "CrRendererMain");
  const tasks = threads.map(({ pid, tid }) =>
    events.filter((e) => e.pid === pid && e.tid === tid && e.ph === "X" && /RunTask$/.test(e.name)).map((e) => (e.dur ?? 0) / 1000),
  );
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  return tasks.sort((a, b) => sum(b) - sum(a))[0] ?? [];
}

/** Runs in the page: the time between animation frames, ms. */
const FRAMES = `new Promise((resolve) => {
  const list = [];
  let last = performance.now();
  const begun = last;
  const frame = (now) => {
    list.push(now - last);
    last = now;
    if (now - begun < ${SECONDS * 1000}) requestAnimationFrame(frame);
    else resolve(list.slice(2));
  };
  requestAnimationFrame(frame);
})`;

test("frames, tasks and the main thread's share at 238 cells", async () => {
  const session = await page.context().newCDPSession(page);
  const tasks = mainThreadTasks(await trace(session, SECONDS));
  const busy = tasks.reduce((a, b) => a + b, 0) / (SECONDS * 1000);
  const longest = Math.max(...tasks);
  const intervals = await page.evaluate<number[]>(FRAMES);
  const p95 = quantile(
    [...intervals].sort((a, b) => a - b),
    0.95,
  );
  process.stdout.write(
    `hall at 238 cells raw: frame interval p95 ${p95.toFixed(1)} ms (20), longest task ${longest.toFixed(0)} ms (50), main thread ${(busy * 100).toFixed(1)} % (25)\n`,
  );
  expect(tasks.length).toBeGreaterThan(100);
  expect(busy).toBeLessThan(0.6);
  expect(p95).toBeLessThan(100);
});
