/** What a value costs on its way to one more socket: marked on arrival, read from the model and encoded when sent. */
import { createFrame, pushSample, Quality } from "@cellhouse/shared";
import type { ModelView } from "../../contracts.ts";
import { Subscription } from "./subscription.ts";

const TAGS = 5000;
const ROUNDS = 400;

const value = new Float64Array(TAGS).fill(1050.25);
const model: ModelView = {
  value: (tag) => value[tag] as number,
  time: () => 1_700_000_000_000,
  received: () => 1_700_000_000_010,
  quality: () => Quality.Good,
  liveness: () => Quality.Good,
};

/** Seconds for `ROUNDS` frames of every tag, sent after each, to one socket. */
function seconds(): number {
  const subscription = new Subscription(TAGS);
  subscription.replace(new Set(value.keys()));
  const frame = createFrame(TAGS);
  for (let tag = 0; tag < TAGS; tag++) pushSample(frame, tag, 1_700_000_000_000, 0, Quality.Good);
  const scratch = createFrame(TAGS);
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    subscription.offer(frame.tag, frame.count);
    subscription.take(model, 1_700_000_000_010, scratch);
  }
  return (performance.now() - start) / 1000;
}

export const benches = [
  {
    name: "stream: a value marked and encoded for one socket",
    unit: "us",
    budget: 0.1,
    better: "lower",
    run: () => (seconds() / (ROUNDS * TAGS)) * 1e6,
  },
] as const;
