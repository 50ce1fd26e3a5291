import fc from "fast-check";
import { expect, test } from "vitest";
import { FakePlant, onePlant } from "./fake-plant.ts";
import { orderFault } from "./fault-order.ts";

const order = (fields: object, cell = "C001") => {
  const plant = new FakePlant(onePlant());
  const result = orderFault(plant, cell, JSON.stringify(fields));
  return { plant, result };
};

test("what is left out has a default: at once, until stopped, without arguments", () => {
  const { plant, result } = order({ id: "a", op: "start", kind: "feed_jam" });
  expect(result).toEqual({ id: "a", ok: true, detail: "started" });
  expect(plant.started).toEqual([{ id: "a", kind: "feed_jam", cell: "C001", after: 0, seconds: 0, args: {} }]);
});

test("a wrong order names the field", () => {
  expect(order({ id: "a", op: "begin" }).result).toMatchObject({ ok: false, detail: expect.stringContaining("op: ") });
  expect(order({ op: "start" }).result).toMatchObject({ ok: false, detail: expect.stringContaining("id: ") });
  expect(order({ id: "a", op: "start", kind: "feed_jam", after: -1 }).result.detail).toContain("after: ");
  expect(order({ id: "a", op: "start", kind: "feed_jam", args: { depth: "deep" } }).result.detail).toContain("args.depth: ");
});

test("no text makes it throw, and nothing but a whole order starts anything", () => {
  const plant = new FakePlant(onePlant());
  const json = fc.json().filter((text) => !text.includes("feed_jam"));
  fc.assert(fc.property(fc.oneof(fc.string(), json), (text) => !orderFault(plant, "C001", text).ok));
  expect(orderFault(plant, "C001", `"${"x".repeat(20_000)}"`).detail).toContain("longer");
  expect(plant.started).toEqual([]);
});
