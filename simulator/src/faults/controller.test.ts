import { OK } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Hall, read } from "../plc/testing.ts";
import { struck } from "./testing.ts";

test("plc_comm_loss takes the PLC off the network for its seconds; the cell runs on and refuses writes meanwhile", () => {
  const hall = struck("plc_comm_loss", { seconds: 20 }).run(2);
  const plc = hall.cell(1);
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

test("plc_freeze: heartbeat and outputs stand, the cell goes on without its program, what is written reaches nobody; then the PLC goes on", () => {
  const hall = struck("plc_freeze", { seconds: 300 }).run(2);
  const plc = hall.cell(1);
  const frozen = [...plc.value, ...plc.time];
  const { temperature, dissolved } = plc.field.state;
  const setpoint = hall.read(1, "FIC-303.SP");
  expect(plc.write("FIC-303.SP", 9)).toEqual(OK);
  expect(plc.offline).toBe(false);
  hall.run(250);
  expect([...plc.value, ...plc.time]).toEqual(frozen);
  expect(plc.field.state.temperature).not.toBe(temperature);
  expect(plc.field.state.dissolved).not.toBe(dissolved);
  const beat = hall.read(1, "YC-905");
  hall.run(60);
  expect(hall.read(1, "YC-905")).toBeGreaterThan(beat + 5);
  expect(hall.read(1, "FIC-303.SP")).toBe(setpoint);
});

test("a frozen PLC is not the others' matter", () => {
  const [sound, faulty] = [new Hall().run(90), struck("plc_freeze", { cell: "C002" }).run(30)];
  expect([...faulty.cell(1).value]).toEqual([...sound.cell(1).value]);
});
