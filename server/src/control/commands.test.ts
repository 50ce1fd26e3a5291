import { type Command, type FaultCode, Quality, refuse, type Verdict } from "@cellhouse/shared";
import { expect, test } from "vitest";
import type { Actor, CommandRequest } from "../contracts.ts";
import { CONTROLLER, ENGINEER, Hall, OPERATOR, OTHER, plant, START, settle, TOKEN } from "./hall.testkit.ts";
import { allowedRange, nominalFeed } from "./ranges.ts";

const SP = "C001:FIC-303.SP";
const PATH = "BT.EL1.L01.C001:FIC-303.SP";

function refusal(hall: Hall, request: CommandRequest, actor: Actor = OPERATOR): { code: FaultCode; detail: string } {
  const reply = hall.door.submit(request, actor);
  expect(hall.writes, "nothing is written").toEqual([]);
  expect(hall.recorded, "nothing is recorded").toEqual([]);
  if (reply.ok) throw new Error("accepted");
  return { code: reply.code, detail: reply.detail };
}

function accepted(hall: Hall, request: CommandRequest, actor: Actor = OPERATOR): Command {
  const reply = hall.door.submit(request, actor);
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.detail}`);
  return reply.command;
}

test("a setpoint is written, read back, and every state of it is told, recorded and found again", async () => {
  const hall = new Hall();
  const command = accepted(hall, { tag: SP, value: 10.1, reason: "lean bath" });
  expect(command).toEqual({ id: command.id, tag: PATH, value: 10.1, by: "olga", at: START, state: "pending", reason: "lean bath" });
  const order = { seq: 1, user: "olga", at: START, token: TOKEN };
  expect(hall.writes).toEqual([{ tag: plant.tag(SP)?.id, value: 10.1, order }]);
  await settle();
  expect(hall.door.get(command.id)?.state).toBe("pending");
  hall.clock.advance(800);
  hall.sample("C001", "FIC-303.SP", Math.fround(10.1));
  const verified = { ...command, state: "verified", readBack: Math.fround(10.1), ended: START + 800 };
  expect(hall.door.get(command.id)).toEqual(verified);
  expect(hall.told).toEqual([command, verified]);
  expect(hall.recorded).toEqual([command, verified].map((c) => ({ type: "command", command: c })));
  hall.clock.advance(60_000);
  expect(hall.told.length).toBe(2);
});

test("an answer must be newer than what stood, of live quality, and the value itself", async () => {
  const hall = new Hall();
  hall.clock.advance(1000);
  const { id } = accepted(hall, { tag: SP, value: 10 });
  hall.sample("C001", "FIC-303.SP", 10, { time: START });
  hall.sample("C001", "FIC-303.SP", 10, { time: START + 500, historical: true });
  hall.sample("C001", "FIC-303.SP", 10, { quality: Quality.Stale });
  hall.sample("C001", "FIC-303.SP", 9.99);
  hall.sample("C002", "FIC-303.SP", 10);
  expect(hall.door.get(id)?.state).toBe("pending");
  hall.sample("C001", "FIC-303.SP", 10, { time: START + 1 });
  expect(hall.door.get(id)?.state).toBe("verified");
});

test("a value the PLC already holds is verified as soon as the write has left", async () => {
  const hall = new Hall();
  const { id } = accepted(hall, { tag: SP, value: 9 });
  expect(hall.door.get(id)?.state).toBe("pending");
  await settle();
  expect(hall.door.get(id)).toMatchObject({ state: "verified", readBack: 9 });
});

test("no read-back within ten seconds: timed-out, naming what the tag reads, and a late answer changes nothing", async () => {
  const hall = new Hall();
  const { id } = accepted(hall, { tag: SP, value: 10, reason: "lean bath" });
  await settle();
  hall.clock.advance(9999);
  expect(hall.door.get(id)?.state).toBe("pending");
  hall.clock.advance(1);
  expect(hall.door.get(id)).toMatchObject({ state: "timed-out", code: "E_READ_BACK", readBack: 9, ended: START + 10_000 });
  expect(hall.door.get(id)?.reason).toBe("lean bath; not confirmed within 10 s; the tag reads 9");
  hall.sample("C001", "FIC-303.SP", 10);
  expect(hall.door.get(id)?.state).toBe("timed-out");
});

test("a refusal of the field ends the command with the field's reason, a failing driver with its error", async () => {
  const hall = new Hall();
  hall.answer = () => Promise.resolve(refuse("E_FIELD_REFUSED", "interlock I-2"));
  const first = accepted(hall, { tag: SP, value: 10 });
  await settle();
  expect(hall.door.get(first.id)).toMatchObject({ state: "rejected", code: "E_FIELD_REFUSED", reason: "interlock I-2" });
  hall.answer = () => Promise.reject(new Error("socket closed"));
  const second = accepted(hall, { tag: SP, value: 10 });
  await settle();
  expect(hall.door.get(second.id)).toMatchObject({ state: "rejected", code: "E_INTERNAL", reason: "socket closed" });
});

test("a driver that never answers does not hold a command: it times out", async () => {
  const hall = new Hall();
  hall.answer = () => new Promise<Verdict>(() => undefined);
  const { id } = accepted(hall, { tag: SP, value: 10 });
  hall.clock.advance(10_000);
  expect(hall.door.get(id)?.state).toBe("timed-out");
});

test("one writer per tag: another person is told who is writing, the same person's newer value counts", async () => {
  const hall = new Hall();
  const first = accepted(hall, { tag: SP, value: 10 });
  expect(hall.door.submit({ tag: SP, value: 11 }, OTHER)).toEqual({
    ok: false,
    code: "E_LEASE",
    detail: `olga is writing 10 to ${PATH}`,
  });
  const second = accepted(hall, { tag: SP, value: 10.5 });
  expect(hall.door.get(first.id)).toMatchObject({ state: "superseded", code: "E_SUPERSEDED" });
  hall.clock.advance(1000);
  hall.sample("C001", "FIC-303.SP", 10.5);
  expect(hall.door.get(second.id)?.state).toBe("verified");
  expect(hall.door.submit({ tag: SP, value: 11 }, OTHER).ok).toBe(true);
});

test("two people at two cells do not stand in each other's way", () => {
  const hall = new Hall();
  accepted(hall, { tag: SP, value: 10 });
  accepted(hall, { tag: "C003:FIC-303.SP", value: 10 }, OTHER);
});

test("a person takes over from a controller, a controller waits for a person", () => {
  const hall = new Hall();
  hall.mode("C001", "CASCADE");
  const auto = accepted(hall, { tag: SP, value: 10 }, CONTROLLER);
  hall.mode("C001", "AUTO");
  accepted(hall, { tag: SP, value: 11 });
  expect(hall.door.get(auto.id)?.state).toBe("superseded");
  hall.mode("C001", "CASCADE");
  expect(hall.door.submit({ tag: SP, value: 10 }, CONTROLLER)).toMatchObject({ ok: false, code: "E_LEASE" });
});

test.each([
  ["C001:FIC-303.SP", "4.88 to 15.60 kg/h"],
  ["C001:IIC-202.SP", "5100 to 6300 A"],
  ["C001:TIC-101.SP", "1035.0 to 1065.0 °C"],
  ["C002:TIC-101.SP", "905.0 to 935.0 °C"],
  ["C001:FIC-303.SHOT", "20 to 200 g"],
  ["C001:HS-910", "whole numbers 0 to 3"],
])("a person's value outside the range of %s is refused with %s", (tag, range) => {
  for (const value of [-1e9, 1e9, Number.NaN, Number.POSITIVE_INFINITY]) {
    const { code, detail } = refusal(new Hall(), { tag, value }, ENGINEER);
    expect(code).toBe("E_SETPOINT_RANGE");
    expect(detail).toContain(`allowed is ${range}`);
  }
});

test("the bounds a refusal names are themselves allowed, and a mode is a whole number", () => {
  accepted(new Hall(), { tag: SP, value: 4.88 });
  accepted(new Hall(), { tag: SP, value: 15.6 });
  expect(refusal(new Hall(), { tag: "C001:HS-910", value: 1.5 }).code).toBe("E_SETPOINT_RANGE");
});

test("a controller's value is clamped, and the command and the counter say so", () => {
  const hall = new Hall();
  hall.mode("C001", "CASCADE");
  const high = allowedRange(plant.tag(SP)?.definition as never, plant.cells[0] as never).high;
  expect(high).toBeCloseTo(1.6 * nominalFeed(plant.cells[0] as never), 9);
  const command = accepted(hall, { tag: SP, value: 99, reason: "test" }, CONTROLLER);
  expect(command).toMatchObject({ value: high, reason: "test; clamped from 99" });
  expect(hall.door.stats().clamped).toBe(1);
  expect(hall.door.submit({ tag: SP, value: Number.NaN }, CONTROLLER)).toMatchObject({ ok: false, code: "E_SETPOINT_RANGE" });
});

test("viewer, qa and admin never command; operators leave parameters to engineers; areas bound everyone", () => {
  for (const role of ["viewer", "qa", "admin"] as const)
    expect(refusal(new Hall(), { tag: SP, value: 10 }, { ...OPERATOR, role }).code).toBe("E_ROLE");
  expect(refusal(new Hall(), { tag: "C001:FIC-303.SHOT", value: 60 }).code).toBe("E_ROLE");
  accepted(new Hall(), { tag: "C001:FIC-303.SHOT", value: 60 }, ENGINEER);
  for (const areas of [[], ["BT.EL1.L02"], ["BT.EL1.L0"], ["BT.EL1.L01.C00"], ["BT.EL1.L01.C002"]])
    expect(refusal(new Hall(), { tag: SP, value: 10 }, { ...OPERATOR, areas }).code).toBe("E_ROLE");
  for (const area of ["BT", "BT.EL1.", "BT.EL1.L01", "BT.EL1.L01.C001", PATH])
    accepted(new Hall(), { tag: SP, value: 10 }, { ...OPERATOR, areas: ["BT.EL1.L07", area] });
});

test("people write setpoints in MAN and AUTO, controllers in CASCADE, nobody in OFF; the mode is always for people", () => {
  const ends = (mode: "OFF" | "MAN" | "AUTO" | "CASCADE", actor: Actor, tag = SP, value = 10): string => {
    const hall = new Hall();
    hall.mode("C001", mode);
    const reply = hall.door.submit({ tag, value }, actor);
    return reply.ok ? "ok" : reply.code;
  };
  const modes = ["OFF", "MAN", "AUTO", "CASCADE"] as const;
  expect(modes.map((mode) => ends(mode, OPERATOR))).toEqual(["E_MODE", "ok", "ok", "E_MODE"]);
  expect(modes.map((mode) => ends(mode, OPERATOR, "C001:IIC-202.SP", 6000))).toEqual(["E_MODE", "ok", "ok", "E_MODE"]);
  expect(modes.map((mode) => ends(mode, CONTROLLER))).toEqual(["E_MODE", "E_MODE", "E_MODE", "ok"]);
  expect(modes.map((mode) => ends(mode, OPERATOR, "C001:HS-910", 1))).toEqual(["ok", "ok", "ok", "ok"]);
  expect(modes.map((mode) => ends(mode, CONTROLLER, "C001:HS-910", 1))).toEqual(["E_ROLE", "E_ROLE", "E_ROLE", "E_ROLE"]);
  expect(modes.map((mode) => ends(mode, ENGINEER, "C001:EIC-210.V", 14))).toEqual(["ok", "ok", "ok", "ok"]);
});

test("a change of mode is proven by the mode's own read-back", async () => {
  const hall = new Hall();
  const { id } = accepted(hall, { tag: "C001:HS-910", value: 3 });
  hall.clock.advance(500);
  hall.sample("C001", "HS-910", 3);
  expect(hall.door.get(id)?.state).toBe("verified");
});

test("nothing is written on doubt, and the refusal names the signal in the way", () => {
  const blocked = (spoil: (hall: Hall) => void): { code: FaultCode; detail: string } => {
    const hall = new Hall();
    spoil(hall);
    return refusal(hall, { tag: SP, value: 10 });
  };
  const link = blocked((hall) => hall.setLiveness("C001", Quality.Bad));
  expect(link).toEqual({ code: "E_LINK_DOWN", detail: "BT.EL1.L01.C001:YC-905 is bad: no word from the cell" });
  expect(blocked((hall) => hall.setLiveness("C001", Quality.Stale))).toMatchObject({ code: "E_NOT_FRESH" });
  expect(blocked((hall) => hall.setLiveness("C001", Quality.Uncertain))).toMatchObject({ code: "E_NOT_FRESH" });
  const old = blocked((hall) => hall.clock.advance(5000));
  expect(old).toEqual({ code: "E_NOT_FRESH", detail: "BT.EL1.L01.C001:YC-905 is 5 s old; at most 5 s are allowed" });
  const mode = blocked((hall) => hall.sample("C001", "HS-910", 2, { quality: Quality.Uncertain }));
  expect(mode).toEqual({ code: "E_NOT_FRESH", detail: "BT.EL1.L01.C001:HS-910 is uncertain" });
  const own = blocked((hall) => hall.sample("C001", "FIC-303.SP", 9, { quality: Quality.Bad }));
  expect(own).toEqual({ code: "E_NOT_FRESH", detail: `${PATH} is bad` });
});

test("who decided on an old picture is refused and told what has changed", () => {
  const seen = refusal(new Hall(), { tag: SP, value: 10, seen: { value: 8.5, time: START - 1000 } });
  expect(seen).toEqual({ code: "E_NOT_FRESH", detail: `${PATH} was 8.5 when you looked and is 9 now` });
  accepted(new Hall(), { tag: SP, value: 10, seen: { value: 9, time: START - 90_000 } });
});

test("tags that do not exist or are not for writing", () => {
  expect(refusal(new Hall(), { tag: "C001:NO-999", value: 1 }).code).toBe("E_TAG_UNKNOWN");
  for (const tag of ["C001:TI-101", "C001:YC-906", "L01:II-001", "C001:FIC-303.SPW"])
    expect(refusal(new Hall(), { tag, value: 1 }, ENGINEER).code).toBe("E_NOT_WRITABLE");
});

test("the list is newest first, cut by tag and time, and keeps the newest ten thousand", async () => {
  const hall = new Hall();
  for (let i = 0; i < 10_050; i++) accepted(hall, { tag: i % 2 === 0 ? SP : "C003:FIC-303.SP", value: 10 + i / 10_000 });
  expect(hall.door.list({ limit: 1e9 }).length).toBe(10_000);
  expect(hall.door.list({}).length).toBe(1000);
  expect(hall.door.list({ tag: SP, limit: 2 }).map((c) => [c.tag, c.value])).toEqual([
    [PATH, 11.0048],
    [PATH, 11.0046],
  ]);
  hall.clock.advance(5000);
  expect(hall.door.list({ from: START + 1 })).toEqual([]);
  expect(hall.door.list({ to: START })).toEqual([]);
  expect(hall.door.stats().refused).toEqual({});
});

test("a heartbeat leaves no command, is not sent twice while one is leaving, and is for heartbeats only", async () => {
  const hall = new Hall();
  const beat = plant.tag("C001:YC-906")?.id as number;
  hall.door.pulse(beat, 1);
  hall.door.pulse(beat, 2);
  await settle();
  hall.answer = () => Promise.resolve(refuse("E_LINK_DOWN", "gone"));
  hall.door.pulse(beat, 3);
  await settle();
  hall.answer = () => Promise.reject(new Error("socket closed"));
  hall.door.pulse(beat, 4);
  await settle();
  expect(hall.writes.map((w) => w.value)).toEqual([1, 3, 4]);
  expect(hall.door.stats().pulses).toEqual({ sent: 1, refused: 2, skipped: 1 });
  expect(hall.recorded).toEqual([]);
  expect(() => hall.door.pulse(plant.tag(SP)?.id as number, 1)).toThrow("no heartbeat");
});
