/** Frames that can be checked without having been kept: all of them follow from their number. */
import { createHash, type Hash } from "node:crypto";
import { type Frame, pushSample } from "@cellhouse/shared";

const SAMPLES = 50;

/** Frame `n`, at our clock's `now`; tag 0 carries the number. */
export function fillCounted(frame: Frame, n: number, now: number): Frame {
  frame.count = 0;
  frame.receivedAt = now;
  for (let tag = 0; tag < SAMPLES; tag++) pushSample(frame, tag, now - tag, tag === 0 ? n : Math.sin(n * SAMPLES + tag), (n + tag) % 4);
  return frame;
}

/** SHA-256 over tags, times since arrival, values and qualities. */
export class CountedSum {
  readonly #hash: Hash = createHash("sha256");

  add({ count, receivedAt, tag, time, value, quality }: Frame): void {
    const ages = time.subarray(0, count).map((at) => receivedAt - at);
    for (const column of [tag.subarray(0, count), ages, value.subarray(0, count), quality.subarray(0, count)])
      this.#hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}
