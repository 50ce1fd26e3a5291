import { createFrame, pushSample, type TagId } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawQuery } from "../contracts.ts";
import { createHistory, pagesOf } from "./history.ts";
import { MemoryHistorian } from "./memory/index.ts";

const TAG = 1 as TagId;
const times = fc.array(fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 4e12 })), { maxLength: 60 });
const query = fc.record({
  from: fc.integer({ min: -100, max: 6000 }),
  span: fc.integer({ min: 0, max: 5e12 }),
  limit: fc.integer({ min: 1, max: 70 }),
});

async function filled(sampled: readonly number[]): Promise<MemoryHistorian> {
  const historian = new MemoryHistorian({ samplesPerTag: 1000 });
  const frame = createFrame(60);
  for (const [i, time] of sampled.entries()) pushSample(frame, TAG, time, i, 0);
  await historian.write([frame]);
  return historian;
}

test("the first samples of a span are the same, however few the engine is asked for at once", async () => {
  await fc.assert(
    fc.asyncProperty(times, query, async (sampled, { from, span, limit }) => {
      const historian = await filled(sampled);
      const { raw } = createHistory({ historian, forwarder: { settle: async () => true, links: () => [] } });
      const asked = { tag: TAG, from, to: from + span, limit };
      expect(await raw(asked)).toEqual(await historian.raw(asked));
      const pages: number[] = [];
      for await (const page of pagesOf(historian, asked, limit)) {
        expect(page.time.length).toBeLessThanOrEqual(limit);
        pages.push(...page.time);
      }
      expect(pages).toEqual([...(await historian.raw({ ...asked, limit: 1000 })).time]);
    }),
    { numRuns: 200 },
  );
});

test("an engine is asked for little more than a page, however long the span, and not often where there is nothing", async () => {
  const historian = await filled([1e12, 1e12 + 5, 2e12]);
  const spans: number[] = [];
  const counting = {
    raw: (asked: RawQuery) => {
      spans.push(asked.to - asked.from);
      return historian.raw(asked);
    },
  };
  const { raw } = createHistory({
    historian: Object.assign(Object.create(historian), counting),
    forwarder: { settle: async () => true, links: () => [] },
  });
  expect((await raw({ tag: TAG, from: 1e12, to: 4e12, limit: 1 })).time).toEqual(Float64Array.of(1e12));
  expect(spans).toEqual([1000]);
  expect((await raw({ tag: TAG, from: 0, to: 4e12, limit: 1 })).time).toEqual(Float64Array.of(1e12));
  expect(spans.length).toBeLessThan(15);
});
