import { buildPlant, jsonMap, ManualClock, OK } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { plant } from "../testing.ts";
import { type Order, Orders } from "./orders.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const json = jsonMap.parse({
  names: { "FIC-303.SP": "feed", C001: "North-1" },
  messages: [{ topic: "plant/{cell}", values: { "FIC-303.SP": { path: "f", factor: 3.6 }, "HS-910": { path: "m", map: { auto: 2 } } } }],
  write: {
    topic: "plant/{cell}/{tag}/set",
    payload: '{"id": "{id}", "v": {value}, "by": "{user}", "seq": {seq}, "at": {at}, "token": {token}}',
    tags: ["FIC-303.SP", "HS-910"],
    ack: { topic: "plant/{cell}/done", id: "id", ok: "ok", reason: "why", seconds: 3 },
  },
});
const hall = buildPlant({
  ...plant.description,
  lines: plant.description.lines.map((line) => ({ ...line, protocol: "mqttjson" as const, json })),
});
const id = (tag: string): number => hall.tag(`C001:${tag}`)?.id ?? -1;

function desk() {
  const clock = new ManualClock(NOW);
  const orders = new Orders(hall, clock);
  const make = (tag: string, value: number, user = "olga"): Order =>
    orders.make({ tag: id(tag), value, order: { seq: 7, user, at: NOW - 5, token: 2 } }) as Order;
  const answer = (body: object): boolean => orders.take("plant/North-1/done", Buffer.from(JSON.stringify(body)));
  return { clock, orders, make, answer };
}

test("a write has the gateway's topic, names, unit and words", () => {
  const { make } = desk();
  const feed = make("FIC-303.SP", 9);
  expect(feed.topic).toBe("plant/North-1/feed/set");
  expect(JSON.parse(feed.text)).toEqual({ id: feed.answer?.id, v: 2.5, by: "olga", seq: 7, at: NOW - 5, token: 2 });
  expect(JSON.parse(make("HS-910", 2).text)).toMatchObject({ v: "auto" });
});

test("no name breaks out of its quotes, and each write has another id", () => {
  const { make } = desk();
  const ids = new Set<string>();
  fc.assert(
    fc.property(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), (user, value) => {
      const said = JSON.parse(make("FIC-303.SP", value, user).text) as { id: string; by: string };
      expect(said.by).toBe(user);
      expect(ids.has(said.id)).toBe(false);
      ids.add(said.id);
    }),
  );
});

test("the answer to its id ends the wait, another's does not, silence ends it after three seconds", async () => {
  const { clock, orders, make, answer } = desk();
  const [first, second, third] = [1, 2, 3].map((value) => make("FIC-303.SP", value).answer as NonNullable<Order["answer"]>);
  const waits = [first, second, third].map((one) => orders.wait(one as NonNullable<Order["answer"]>));
  answer({ id: "of nobody", ok: false });
  expect(answer({ id: first?.id, ok: "ok" })).toBe(true);
  answer({ id: second?.id, ok: 0, why: "tapping" });
  answer({ id: second?.id, ok: true });
  clock.advance(3000);
  expect(await Promise.all(waits)).toEqual([
    OK,
    { ok: false, code: "E_FIELD_REFUSED", detail: "the gateway refused: tapping" },
    { ok: false, code: "E_READ_BACK", detail: "the gateway gave no answer within 3 s" },
  ]);
});

test("what is not listed is blocked with the place to list it; other topics are no answers", () => {
  const { orders } = desk();
  expect(orders.make({ tag: id("ZIC-403.SP"), value: 1 })).toEqual({
    blocked: "BT.EL1.L01.C001:ZIC-403.SP: not among json.write.tags of line L01",
  });
  expect(orders.take("plant/North-1", Buffer.from("{}"))).toBe(false);
});

test("whatever stands in an answer, nothing throws", () => {
  const { orders } = desk();
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void orders.take("plant/North-1/done", bytes)));
  fc.assert(fc.property(fc.json(), (text) => void orders.take("plant/North-1/done", Buffer.from(text))));
});
