import { ALARM_WORD, Quality } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { read } from "../plc/testing.ts";
import { struck } from "./testing.ts";

test("tc_break: TI-101 is Bad at burnout within 2 s; TY-100 goes on by the pyrometer, Uncertain and within 5 K", () => {
  const hall = struck("tc_break").run(2);
  expect(read(hall.cell(1), "TI-101")).toMatchObject({ value: 1820, quality: Quality.Bad });
  hall.run(120);
  expect(read(hall.cell(1), "TY-100").quality).toBe(Quality.Uncertain);
  expect(Math.abs(hall.read(1, "TY-100") - hall.cell(1).field.state.temperature)).toBeLessThan(5);
  expect(hall.read(1, "YS-902") & ALARM_WORD.sensorBad).not.toBe(0);
  hall.sim.stopFault("f1");
  hall.run(120);
  expect(read(hall.cell(1), "TY-100").quality).toBe(Quality.Good);
  expect(hall.read(1, "YS-902")).toBe(0);
});

test("tc_drift of -20 K/h: after an hour TI-101 is 20 K low and the pyrometer is not; a new couple reads right at once", () => {
  const hall = struck("tc_drift", { seconds: 3600 });
  hall.run(3599);
  const { state, sensors } = hall.cell(1).field;
  expect(hall.read(1, "TI-101") - state.temperature).toBeCloseTo(-20, -1);
  expect(Math.abs(sensors.tc.error + 20)).toBeLessThan(2);
  hall.run(5);
  expect(Math.abs(sensors.tc.error)).toBeLessThan(0.1);
});

test("pyro_dirty: TI-103 falls by its size within seconds, TY-100 does not follow", () => {
  const hall = struck("pyro_dirty", { args: { size: 60 } });
  const mean = (seconds: number): number => {
    let sum = 0;
    hall.run(seconds, () => {
      sum += hall.read(1, "TI-103");
    });
    return sum / seconds;
  };
  hall.run(10);
  expect(mean(60)).toBeLessThan(1000);
  expect(Math.abs(hall.read(1, "TY-100") - hall.cell(1).field.state.temperature)).toBeLessThan(3);
});
