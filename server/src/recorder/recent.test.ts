import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Frame, ManualClock } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LogRecord } from "../contracts.ts";
import { createRecorder, type Log, openLog } from "./index.ts";
import { countersInto, frameAt, plantOf, START } from "./recorder.testkit.ts";

let folder: string;
let clock: ManualClock;
let log: Log;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "recorder-"));
  clock = new ManualClock(START);
  log = createRecorder({ folder, plant: plantOf(2), clock, counters: countersInto({}), retentionDays: 30, retentionBytes: 1e9 });
});
afterEach(async () => {
  await log.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One commit of everything the log knows. */
async function commit(at: number): Promise<void> {
  log.frame({
    ...frameAt(START + at, [
      [1, at],
      [2, Number.NaN, 3],
    ]),
    clockOffset: 7,
  });
  log.frame({ ...frameAt(START + at + 1, [[3, 1.25]]), historical: true });
  log.frame(frameAt(START + at + 2, []));
  log.note(START + at + 3, { text: "温度" });
  log.link({ receivedAt: START + at + 4, link: "edge:L01", event: "gap", owners: ["C001"], detail: "" });
  await log.flush();
}

const plain = (records: readonly LogRecord[]): string =>
  JSON.stringify(records, (_key, value) => (ArrayBuffer.isView(value) ? [...(value as Float64Array)].map(String) : value));

test("what is read before packing is what is read after it, from any position and in any portion", async () => {
  for (let i = 0; i < 5; i++) await commit(i * 10);
  const other = openLog({ folder, plant: plantOf(2) });
  const stored = await other.read(0, 1000);
  expect(stored.records).toHaveLength(25);
  for (const limit of [1, 3, 5, 7, 1000])
    for (let position = 0; ; ) {
      const [recent, unpacked] = [await log.read(position, limit), await other.read(position, limit)];
      expect(plain(recent.records)).toBe(plain(unpacked.records));
      expect(recent.next).toBe(unpacked.next);
      if (recent.next === position) break;
      position = recent.next;
    }
});

test("older chunks come from the disk, by their number or their age, newer ones from memory, without a seam", async () => {
  const samples: [number, number][] = Array.from({ length: 60_000 }, (_, i) => [1 + (i % 3), i]);
  for (let i = 0; i < 8; i++) {
    log.frame(frameAt(START + i, samples));
    await log.flush();
    clock.advance(1000);
  }
  const { records } = await log.read(0, 100);
  expect(records.map((r) => r.receivedAt - START)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  for (const record of records) expect(record.kind === "frame" && record.frame.value[59_999]).toBe(59_999);
});

test("the samples alone are those of the records, in any portions, whatever came between them and however much at once", async () => {
  const arrivals = [0, 0, 0, 1, 1, 4, 4];
  for (const [i, after] of arrivals.entries()) {
    log.frame({
      ...frameAt(
        START + after,
        i === 3
          ? []
          : [
              [i % 3, i],
              [4, -i, 2],
            ],
      ),
      historical: i === 1,
      clockOffset: i,
    });
    if (i === 4) log.note(START + after, { between: i });
  }
  await log.flush();
  const rows = (frame: Frame): string[] =>
    Array.from({ length: frame.count }, (_, i) =>
      [frame.receivedAt, frame.historical, frame.tag[i], frame.time[i], frame.value[i], frame.quality[i]].join(" "),
    );
  const { records } = await log.read(0, 100);
  const expected = records.flatMap((record) => (record.kind === "frame" ? rows(record.frame) : []));
  for (const limit of [1, 2, 3, 100]) {
    const found: string[] = [];
    let counted = 0;
    for (let at = 0; ; ) {
      const { frames, records: n, next } = await log.frames(at, limit);
      found.push(...frames.flatMap(rows));
      counted += n;
      if (n < limit) break;
      at = next;
    }
    expect(found, `portions of ${limit}`).toEqual(expected);
    expect(counted).toBe(records.length);
  }
  const { frames } = await log.frames(0, 100);
  expect(frames.map(({ receivedAt, historical, count }) => [receivedAt - START, historical, count])).toEqual([
    [0, false, 2],
    [0, true, 2],
    [0, false, 2],
    [1, false, 2],
    [4, false, 4],
  ]);
});
