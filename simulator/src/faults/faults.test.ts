import { ALARM_WORD, STATUS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Hall, read } from "../plc/testing.ts";

const ORDER = { id: "f1", kind: "over_temp", cell: "C001", after: 0, seconds: 0, args: {} };

test("over_temp of 50 K/min drives TY-100 past its HI limit, SP + 20 K, within about a minute", () => {
  const hall = new Hall().run(30);
  expect(hall.sim.startFault({ ...ORDER, args: { size: 50 } })).toEqual({ ok: true });
  const took = hall.until(120, () => hall.read(1, "TY-100") > 1070);
  expect(took).toBeLessThan(75);
  expect(hall.read(1, "TI-101")).toBeGreaterThan(1065);
});

test("over_temp by default warms the bath gently, and leaves off when its time is up", () => {
  const hall = new Hall().run(30);
  const before = hall.cell(1).field.state.temperature;
  hall.sim.startFault({ ...ORDER, seconds: 120 });
  hall.run(121);
  const peak = hall.cell(1).field.state.temperature;
  expect(peak - before).toBeGreaterThan(7);
  expect(peak - before).toBeLessThan(12);
  hall.run(60);
  expect(hall.cell(1).field.state.temperature).toBeLessThan(peak);
  expect(hall.cell(1).field.disturbance.heat).toBe(0);
});

test("feeder_jam: motor current at 2.5 times, FEED.JAM within three minutes, no shots, then an anode effect that is quenched", () => {
  const hall = new Hall().run(60);
  hall.sim.startFault({ ...ORDER, kind: "feeder_jam" });
  let peak = 0;
  const took = hall.until(180, () => {
    peak = Math.max(peak, hall.read(1, "II-306"));
    return (hall.read(1, "YS-902") & ALARM_WORD.feedJam) !== 0;
  });
  expect(took).toBeLessThan(180);
  expect(peak).toBeGreaterThan(2.5);
  const weight = hall.cell(1).field.hopper;
  hall.run(660);
  expect(hall.cell(1).field.hopper).toBe(weight);
  expect(hall.read(1, "FI-303")).toBeLessThan(1);
  const slope = hall.until(900, () => hall.read(1, "XI-208") > 1.5);
  expect(slope).toBeLessThan(900);
  expect(hall.until(1800, () => (hall.read(1, "YS-901") & STATUS.anodeEffect) !== 0)).toBeLessThan(1500);
  hall.run(60);
  expect(hall.read(1, "YS-901") & STATUS.anodeEffect).toBe(0);
});

test("when feeder_jam ends the screw frees itself and feeding goes on", () => {
  const hall = new Hall().run(60);
  hall.sim.startFault({ ...ORDER, kind: "feeder_jam", seconds: 300 });
  hall.run(301);
  expect(hall.read(1, "YS-902") & ALARM_WORD.feedJam).not.toBe(0);
  hall.run(120);
  expect(hall.read(1, "YS-902")).toBe(0);
  hall.run(660);
  expect(hall.read(1, "FI-303")).toBeGreaterThan(9);
});

test("plc_comm_loss takes the PLC off the network for its seconds; the cell runs on and refuses writes meanwhile", () => {
  const hall = new Hall().run(10);
  const plc = hall.cell(1);
  hall.sim.startFault({ ...ORDER, kind: "plc_comm_loss", seconds: 20 });
  hall.run(2);
  expect(plc.offline).toBe(true);
  expect(hall.cell(2).offline).toBe(false);
  expect(plc.write("FIC-303.SP", 9)).toMatchObject({ ok: false, code: "E_LINK_DOWN" });
  const beat = hall.read(1, "YC-905");
  hall.run(10);
  expect(hall.read(1, "YC-905")).toBe(beat + 10);
  expect(read(plc, "TI-101").time).toBeGreaterThan(hall.now - 1000);
  hall.run(12);
  expect(plc.offline).toBe(false);
});

test("a fault waits its seconds, and can be stopped before and during", () => {
  const hall = new Hall().run(5);
  hall.sim.startFault({ ...ORDER, kind: "plc_comm_loss", after: 10 });
  hall.run(8);
  expect(hall.cell(1).offline).toBe(false);
  hall.run(4);
  expect(hall.cell(1).offline).toBe(true);
  expect(hall.sim.stopFault("f1")).toEqual({ ok: true });
  hall.run(2);
  expect(hall.cell(1).offline).toBe(false);
  expect(hall.sim.stopFault("f1")).toMatchObject({ ok: false, code: "E_NOT_FOUND" });
});

test("two faults on one cell add up, and stopping one leaves the other", () => {
  const hall = new Hall().run(5);
  hall.sim.startFault({ ...ORDER, id: "a", args: { size: 3 } });
  hall.sim.startFault({ ...ORDER, id: "b", args: { size: 4 } });
  hall.run(1);
  const { disturbance } = hall.cell(1).field;
  const both = disturbance.heat;
  hall.sim.stopFault("a");
  expect(disturbance.heat).toBeCloseTo((both * 4) / 7, 6);
});

test.each([
  ["kind", { kind: "earthquake" }],
  ["kind", { kind: "constructor" }],
  ["cell", { cell: "C999" }],
  ["after", { after: -1 }],
  ["seconds", { seconds: Number.NaN }],
  ["args.size", { args: { size: 1e9 } }],
  ["args.(keys)", { args: { speed: 1 } }],
])("a wrong order is refused naming the field %s", (field, wrong) => {
  const { sim } = new Hall();
  const verdict = sim.startFault({ ...ORDER, ...wrong });
  expect(verdict).toMatchObject({ ok: false, code: "E_FAULT_KIND" });
  if (!verdict.ok) expect(verdict.detail).toContain(field);
});

test("an id is used once at a time", () => {
  const { sim } = new Hall();
  sim.startFault(ORDER);
  expect(sim.startFault(ORDER)).toMatchObject({ ok: false, detail: expect.stringContaining("in use") });
});

test("the kinds are listed with their defaults", () => {
  const { faultKinds } = new Hall().sim;
  expect(faultKinds.map((k) => k.kind)).toEqual(["over_temp", "feeder_jam", "plc_comm_loss"]);
  expect(faultKinds.find((k) => k.kind === "over_temp")?.args).toEqual({ size: 5 });
});
