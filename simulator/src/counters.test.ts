import { addHash, Quality, sampleHash } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { PublishedCounters } from "./counters.ts";
import { onePlant } from "./publish/fake-plant.ts";

const PATH = "BT.EL1.L01.C001:TI-101";

test("a tag has its count, its checksum in any order, and the span of its source times", () => {
  const [one, two] = [new PublishedCounters(onePlant()), new PublishedCounters(onePlant())];
  one.add(PATH, 1000, 1050, Quality.Good);
  one.add(PATH, 2000, Number.NaN, Quality.Bad);
  two.add(PATH, 2000, Number.NaN, Quality.Bad);
  two.add(PATH, 1000, 1050, Quality.Good);
  const checksum = addHash(sampleHash(1000, 1050, Quality.Good), sampleHash(2000, Number.NaN, Quality.Bad));
  expect(one.tags()).toEqual({ [PATH]: { count: 2, checksum, first: 1000, last: 2000 } });
  expect(two.tags()).toEqual(one.tags());
});

test("the metrics count per line, and what was dropped too", async () => {
  const counters = new PublishedCounters(onePlant());
  counters.add(PATH, 1, 1, Quality.Good);
  counters.add("BT.EL1.L01:II-001", 1, 1, Quality.Good);
  counters.drop("L01", 5);
  const text = await counters.metrics();
  expect(text).toContain('cellhouse_sim_published_total{line="L01",protocol="sparkplug"} 2');
  expect(text).toContain('cellhouse_sim_dropped_total{line="L01"} 5');
  expect(await counters.metrics()).toBe(text);
});

test("a tag the plant does not have is a bug", () => {
  expect(() => new PublishedCounters(onePlant()).add("BT.EL1.L09:II-001", 1, 1, Quality.Good)).toThrow(/does not have/);
});
