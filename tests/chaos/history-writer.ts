/**
 * Recorder, forwarder and embedded history in a process of its own, to be killed: samples whose source times run 600 times
 * faster than the clock, so that hours end, are put together and rolled up all the while. Prints how many frames are surely recorded.
 */
import { join } from "node:path";
import { createFrame, pushSample, systemClock } from "@cellhouse/shared";
import { createForwarder, createHistorian } from "../../server/src/historian/index.ts";
import { testCounters, testPlant } from "../../server/src/historian/testing.ts";
import { createRecorder } from "../../server/src/recorder/index.ts";

const [folder, first] = [process.argv[2] as string, Number(process.argv[3])];
const plant = testPlant(4);
const counters = testCounters();
const clock = systemClock;
const recorder = createRecorder({ folder: join(folder, "record"), plant, clock, counters, retentionDays: 1, retentionBytes: 1e9 });
const historian = createHistorian("duckdb", { folder, spillRows: 3000, quietMs: 0, fileRows: 5000 }, { plant, clock });
await historian.start();
const forwarder = createForwarder({ log: recorder, historian, clock, counters });
forwarder.start();

const TAGS = 30;
const BASE = Date.UTC(2026, 0, 1);
const frame = createFrame(2 * TAGS);
let n = first;

const writing = setInterval(() => {
  frame.count = 0;
  frame.receivedAt = clock.now();
  const time = BASE + n * 12_000;
  for (let tag = 0; tag < TAGS; tag++) pushSample(frame, tag, time + tag, Math.fround(Math.sin(n * TAGS + tag)), n % 4 === 3 ? 1 : 0);
  // Every tenth frame brings one sample an hour late, and one once more with another value.
  if (n % 10 === 9) pushSample(frame, n % TAGS, time - 3_600_000 + 500, n, 0);
  if (n % 10 === 5) pushSample(frame, n % TAGS, time - 24_000 + (n % TAGS), -n, 0);
  recorder.frame(frame);
  n++;
}, 2);

setInterval(() => {
  const upTo = n;
  void recorder.flush().then(() => process.stdout.write(`kept ${upTo}\n`));
}, 50);

process.on("SIGTERM", () => {
  clearInterval(writing);
  void (async () => {
    await recorder.flush();
    const whole = await forwarder.settle(60_000);
    await forwarder.stop();
    await historian.stop();
    await recorder.stop();
    process.stdout.write(`${whole ? "settled" : "behind"} ${n}\n`);
    process.exit(0);
  })();
});
