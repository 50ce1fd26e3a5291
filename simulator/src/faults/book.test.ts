import { DISTURBANCES } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Hall } from "../plc/testing.ts";
import { FAULT_KINDS } from "./index.ts";

const ORDER = { id: "f1", kind: "over_temp", cell: "C001", after: 0, seconds: 0, args: {} };

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

test("every kind of the catalogue can be ordered where it belongs, and leaves nothing behind when it is stopped", () => {
  for (const [kind, { at }] of Object.entries(DISTURBANCES)) {
    const hall = new Hall().run(2);
    const sound = JSON.stringify(hall.cell(1).field.disturbance);
    expect(FAULT_KINDS[kind as keyof typeof FAULT_KINDS].at).toBe(at);
    expect(hall.sim.startFault({ ...ORDER, kind, cell: at === "cell" ? "C001" : "L01" }), kind).toEqual({ ok: true });
    hall.run(2);
    expect(hall.sim.stopFault("f1"), kind).toEqual({ ok: true });
    expect(JSON.stringify(hall.cell(1).field.disturbance), kind).toBe(sound);
    expect(hall.cell(1).offline).toBe(false);
  }
});

test.each([
  ["kind", { kind: "earthquake" }],
  ["kind", { kind: "constructor" }],
  ["cell", { cell: "C999" }],
  ["cell", { cell: "L01" }],
  ["cell", { kind: "line_trip", cell: "L99" }],
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
