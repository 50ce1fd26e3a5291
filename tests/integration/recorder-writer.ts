/** A recorder in a process of its own, to be killed or starved: records a counted frame every few ms and prints what is surely kept. */
import { createFrame, pushSample, systemClock } from "@cellhouse/shared";
import { testCounters, testPlant } from "../../server/src/historian/testing.ts";
import { createRecorder } from "../../server/src/recorder/index.ts";

const [folder, first, periodMs] = [process.argv[2] as string, Number(process.argv[3]), Number(process.argv[4])];
const counters = testCounters();
const recorder = createRecorder({
  folder,
  plant: testPlant(4),
  clock: systemClock,
  counters,
  retentionDays: 1,
  retentionBytes: 1e9,
  maxPending: { records: 1000, samples: 10_000, text: 100_000 },
});
const frame = createFrame(50);
let n = first;
let state = "up";

setInterval(() => {
  frame.count = 0;
  frame.receivedAt = Date.now();
  for (let tag = 0; tag < 50; tag++) pushSample(frame, tag, Date.now(), tag === 0 ? n : Math.random(), 0);
  recorder.frame(frame);
  n++;
  const [link] = recorder.links();
  if (link !== undefined && link.state !== state) {
    state = link.state;
    process.stdout.write(`${state} ${link.detail}\n`);
  }
}, periodMs);

setInterval(() => {
  const upTo = n - 1;
  void recorder.flush().then(() => {
    if (recorder.links()[0]?.state === "up")
      process.stdout.write(`kept ${upTo} dropped ${Object.values(counters.total.dropped).reduce((a, b) => a + b, 0)}\n`);
  });
}, 20);
