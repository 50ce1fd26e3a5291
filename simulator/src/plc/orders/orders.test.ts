/** Orders as a PLC takes them: once, in time, from the owner of the hall; and the hand commands. */
import { type FaultCode, ORDER_RESULTS, STATUS, type WriteOrder } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Hall, read, START } from "../testing.ts";
import { Handshake } from "./handshake.ts";

const AUTO = 2;
const order = (hall: Hall, seq: number, change: Partial<WriteOrder> = {}): WriteOrder => ({
  seq,
  user: "olga",
  at: hall.now,
  token: 7,
  ...change,
});

/** A hall in AUTO, where people write. */
function inAuto(): Hall {
  const hall = new Hall().run(5);
  for (const cell of [1, 4]) hall.cell(cell).write("HS-910", AUTO);
  return hall.run(1);
}

const echo = (hall: Hall, cell = 1): [number, FaultCode | undefined] => [
  hall.read(cell, "YS-908"),
  ORDER_RESULTS[hall.read(cell, "YS-909")],
];

test("an order is obeyed and echoed with its sequence within a scan", () => {
  const hall = inAuto();
  expect(hall.cell(1).write("FIC-303.SP", 9, order(hall, 41))).toEqual({ ok: true });
  hall.now += 100;
  hall.sim.advance(hall.now);
  expect([...echo(hall), hall.read(1, "FIC-303.SP")]).toEqual([41, undefined, 9]);
  expect(read(hall.cell(1), "YS-908").time).toBe(hall.now);
});

test.each<[string, string, number, Partial<WriteOrder>, FaultCode]>([
  ["too old", "FIC-303.SP", 9, { at: START - 5000 }, "E_ORDER_OLD"],
  ["of a lower token", "FIC-303.SP", 9, { token: 6 }, "E_ORDER_TOKEN"],
  ["had before", "FIC-303.SP", 9, { seq: 1 }, "E_ORDER_REPEATED"],
  ["for no tag", "FIC-999", 9, {}, "E_TAG_UNKNOWN"],
  ["for what only reads", "TI-101", 9, {}, "E_NOT_WRITABLE"],
  ["for no mode", "HS-910", 9, {}, "E_FIELD_REFUSED"],
  ["of a controller in AUTO", "FIC-303.SP", 9, { user: "control:faraday" }, "E_MODE"],
  ["out of a hand's range", "HS-914", 5, {}, "E_SETPOINT_RANGE"],
  ["without a time", "FIC-303.SP", 9, { at: Number.NaN }, "E_FIELD_REFUSED"],
])("an order that is %s is refused, and that is echoed too", (_what, tag, value, change, code) => {
  const hall = inAuto().run(10);
  hall.cell(1).write("FIC-303.SHOT", 50, order(hall, 1));
  const given = order(hall, 2, change);
  expect(hall.cell(1).write(tag, value, given)).toMatchObject({ ok: false, code });
  hall.run(1);
  expect(echo(hall)).toEqual([given.seq, code]);
  expect(hall.read(1, "FIC-303.SP")).not.toBe(9);
});

test("a higher token takes over and begins its own count", () => {
  const hall = inAuto();
  hall.cell(1).write("FIC-303.SP", 9, order(hall, 5));
  expect(hall.cell(1).write("FIC-303.SP", 10, order(hall, 1, { token: 8 }))).toEqual({ ok: true });
  expect(hall.cell(1).write("FIC-303.SP", 11, order(hall, 6))).toMatchObject({ ok: false, code: "E_ORDER_TOKEN" });
});

test("people are refused setpoints in CASCADE, controllers are not; a write without an order is judged by its value alone", () => {
  const hall = new Hall().run(5);
  expect(hall.cell(1).write("FIC-303.SP", 9, order(hall, 1))).toMatchObject({ ok: false, code: "E_MODE" });
  expect(hall.cell(1).write("FIC-303.SP", 9, order(hall, 2, { user: "control:faraday" }))).toEqual({ ok: true });
  expect(hall.cell(1).write("FIC-303.SP", 9.5)).toEqual({ ok: true });
  hall.run(1);
  expect(echo(hall)).toEqual([2, undefined]);
});

test("each of several orders in one scan is seen for three scans", () => {
  const hall = inAuto();
  for (const seq of [1, 2, 3]) hall.cell(1).write("FIC-303.SP", 8 + seq, order(hall, seq));
  const seen: number[] = [];
  for (let scan = 0; scan < 9; scan++) {
    hall.now += 100;
    hall.sim.advance(hall.now);
    seen.push(hall.read(1, "YS-908"));
  }
  expect(seen).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
});

test("whatever comes, each sequence of a token passes once and no token after a higher one", () => {
  const orders = fc.array(fc.record({ seq: fc.nat(80), token: fc.nat(3), at: fc.integer({ min: -20_000, max: 0 }) }), { maxLength: 300 });
  fc.assert(
    fc.property(orders, (story) => {
      const handshake = new Handshake();
      const passed = new Set<string>();
      let highest = 0;
      for (const { seq, token, at } of story) {
        const verdict = handshake.accept({ seq, token, at: START + at, user: "x" }, START);
        if (!verdict.ok) continue;
        expect(passed.has(`${token} ${seq}`)).toBe(false);
        expect(token).toBeGreaterThanOrEqual(highest);
        expect(at).toBeGreaterThanOrEqual(-10_000);
        passed.add(`${token} ${seq}`);
        highest = token;
      }
    }),
  );
});

test("orders that overtake each other all pass", () => {
  const handshake = new Handshake();
  for (const seq of [1, 4, 2, 3, 30, 7]) expect(handshake.accept({ seq, token: 1, at: START, user: "x" }, START).ok, `${seq}`).toBe(true);
  expect(handshake.accept({ seq: 4, token: 1, at: START, user: "x" }, START).ok).toBe(false);
});

test("the door stands whatever is written", () => {
  const hall = inAuto();
  const tags = hall.cell(1).definitions.map((d) => d.name);
  const number = fc.oneof(fc.double(), fc.integer({ min: -1, max: 70 }));
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(...tags), fc.string()),
      number,
      fc.option(fc.record({ seq: number, user: fc.string(), at: number, token: number }), { nil: undefined }),
      (tag, value, given) => {
        const verdict = hall.cell(1).write(tag, value, given);
        if (!verdict.ok) expect(verdict.detail.length).toBeGreaterThan(5);
      },
    ),
    { numRuns: 500 },
  );
  hall.run(70);
  for (const [i, { name }] of hall.cell(1).definitions.entries()) expect(hall.cell(1).value[i], name).not.toBeNaN();
});

test("hands: the feeder stops and starts, a quench begins, and ends by itself", () => {
  const hall = inAuto();
  const plc = hall.cell(1);
  expect(plc.write("HS-911", 0, order(hall, 1))).toEqual({ ok: true });
  hall.run(2);
  expect([hall.read(1, "HS-911"), hall.read(1, "YS-901") & STATUS.feederRun]).toEqual([0, 0]);
  plc.write("HS-911", 1, order(hall, 2));
  plc.write("HS-912", 1, order(hall, 3));
  hall.run(10);
  expect(hall.read(1, "II-202")).toBeLessThan(2000);
  expect([hall.read(1, "HS-911"), hall.read(1, "HS-912")]).toEqual([1, 1]);
  expect(plc.write("HS-912", 0, order(hall, 4))).toMatchObject({ ok: false, code: "E_SETPOINT_RANGE" });
  hall.run(300);
  expect([hall.read(1, "HS-912"), hall.read(1, "YS-901") & STATUS.quench]).toEqual([0, 0]);
});

test("hands: tap and anode change begin and end; meanwhile beam and quench are locked", () => {
  const hall = inAuto();
  const plc = hall.cell(1);
  expect(plc.write("HS-914", 3, order(hall, 1))).toEqual({ ok: true });
  hall.run(2);
  expect([hall.read(1, "HS-914"), hall.read(1, "YS-901") & STATUS.anodeChange]).toEqual([3, STATUS.anodeChange]);
  for (const [tag, value] of [
    ["HS-912", 1],
    ["ZIC-403.SP", 120],
  ] as const)
    expect(plc.write(tag, value, order(hall, 2 + value))).toMatchObject({ ok: false, code: "E_INTERLOCK" });
  expect(plc.write("HS-914", 0, order(hall, 200))).toEqual({ ok: true });
  hall.run(2);
  expect(hall.read(1, "YS-901") & STATUS.anodeChange).toBe(0);
  expect(plc.write("ZIC-403.SP", 110, order(hall, 201))).toEqual({ ok: true });
  expect(plc.write("HS-913", 1, order(hall, 202))).toEqual({ ok: true });
  hall.run(60);
  expect(hall.read(1, "HS-913")).toBe(1);
  expect(plc.write("HS-913", 0, order(hall, 203))).toEqual({ ok: true });
  hall.run(2);
  expect(hall.read(1, "WI-404")).toBeGreaterThan(0);
  expect(plc.write("HS-913", 0, order(hall, 204)).ok).toBe(false);
});

test("hands: a bypass needs a name, frees what it may, and ends", () => {
  const hall = inAuto();
  const plc = hall.cell(1);
  plc.write("HS-913", 1);
  hall.run(2);
  expect(plc.write("HS-916", 1)).toMatchObject({ ok: false, code: "E_INTERLOCK" });
  expect(plc.write("HS-916", 1, order(hall, 1, { user: "control:x" }))).toMatchObject({ ok: false, code: "E_INTERLOCK" });
  expect(plc.write("HS-916", 1, order(hall, 2, { user: "erik" }))).toEqual({ ok: true });
  hall.run(2);
  expect([hall.read(1, "HS-916"), hall.read(1, "YS-901") & STATUS.bypass]).toEqual([1, STATUS.bypass]);
  expect(plc.write("ZIC-403.SP", 105)).toEqual({ ok: true });
  hall.run(60);
  expect([hall.read(1, "HS-916"), hall.read(1, "YS-901") & STATUS.bypass]).toEqual([0, 0]);
  expect(plc.write("ZIC-403.SP", 100)).toMatchObject({ ok: false, code: "E_INTERLOCK" });
});
