/** A recorder in a process of its own, to be killed or starved: records a counted frame every few ms and prints what is surely kept. */
import { createFrame, systemClock } from "@cellhouse/shared";
import { createRecorder } from "../../server/src/recorder/index.ts";
import { countersInto, plantOf } from "../../server/src/recorder/recorder.testkit.ts";
import { fillCounted } from "../support/counted-frames.ts";

const [folder, first, periodMs] = [process.argv[2] as string, Number(process.argv[3]), Number(process.argv[4])];
const dropped: Record<string, number> = {};
const recorder = createRecorder({
  folder,
  plant: plantOf(4),
  clock: systemClock,
  counters: countersInto(dropped),
  retentionDays: 1,
  retentionBytes: 1e9,
  maxPending: { records: 1000, samples: 10_000, text: 100_000 },
});
const frame = createFrame(50);
let n = first;
let state = "up";

setInterval(() => {
  recorder.frame(fillCounted(frame, n++, Date.now()));
  const [link] = recorder.links();
  if (link !== undefined && link.state !== state) {
    state = link.state;
    process.stdout.write(`${state} ${link.detail}\n`);
  }
}, periodMs);

setInterval(() => {
  const upTo = n - 1;
  void recorder.flush().then(() => {
    const kept = recorder.links()[0]?.state === "up" ? `kept ${upTo}` : "waits";
    process.stdout.write(`${kept} dropped ${JSON.stringify(dropped)}\n`);
  });
}, 20);
