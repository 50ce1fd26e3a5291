import { expect, test } from "vitest";
import { BucketRows } from "../../../historian/buckets.ts";
import { bucketsPresence, gapsOf, samplesPresence } from "./gaps.ts";

const stretches = (time: number[], width: number) => ({ time, end: (start: number) => start + width });

test("a span without heartbeat and without samples is a gap, a quiet tag of a live cell has none", () => {
  const range = { from: 0, to: 100_000 };
  expect(gapsOf(range, [stretches([0, 10_000, 60_000], 10_000)])).toEqual([
    [20_000, 60_000],
    [70_000, 100_000],
  ]);
  expect(gapsOf(range, [samplesPresence([]), stretches([0], 100_000)])).toEqual([]);
  expect(gapsOf(range, [stretches([0], 100_000 - 9_999)])).toEqual([]);
  expect(gapsOf(range, [])).toEqual([[0, 100_000]]);
});

test("a bucket made of rollups ends at a whole multiple of its width, though the first began within", () => {
  const rows = new BucketRows(2, { source: "1m", width: 60_000 });
  rows.open(70_000);
  rows.open(120_000);
  const { end } = bucketsPresence(rows.columns());
  expect([end(70_000), end(120_000)]).toEqual([120_000, 180_000]);
});
