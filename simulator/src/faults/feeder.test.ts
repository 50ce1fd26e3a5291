import { ALARM_WORD, STATUS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { struck } from "./testing.ts";

test("feeder_jam: motor current at 2.5 times, FEED.JAM within three minutes, no shots, then an anode effect that is quenched", () => {
  const hall = struck("feeder_jam");
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
  const hall = struck("feeder_jam", { seconds: 300 });
  hall.run(301);
  expect(hall.read(1, "YS-902") & ALARM_WORD.feedJam).not.toBe(0);
  hall.run(120);
  expect(hall.read(1, "YS-902")).toBe(0);
  hall.run(660);
  expect(hall.read(1, "FI-303")).toBeGreaterThan(9);
});

test("hopper_empty: the weight falls to its rest and decays to 0, the feed with it; filled again the cell is fed again", () => {
  const hall = struck("hopper_empty", { seconds: 900, args: { left: 0.5 } });
  hall.run(5);
  expect(hall.read(1, "WI-302")).toBeLessThan(0.7);
  expect(hall.read(1, "YS-902") & ALARM_WORD.hopperLow).not.toBe(0);
  const { hopper } = hall.cell(1).field;
  hall.run(715);
  expect(hall.cell(1).field.hopper).toBeLessThan(0.2 * hopper);
  expect(hall.read(1, "FI-303")).toBeLessThan(4);
  expect(hall.until(1200, () => hall.read(1, "WI-302") > 50)).toBeLessThan(1200);
  hall.run(900);
  expect(hall.read(1, "FI-303")).toBeGreaterThan(9);
});

test("hopper_bridge: the screw turns freely, the weight stands, and within three minutes the PLC names it", () => {
  const hall = struck("hopper_bridge");
  let motor = 0;
  const weight = hall.read(1, "WI-302");
  const took = hall.until(180, () => {
    motor = Math.max(motor, hall.read(1, "II-306"));
    return (hall.read(1, "YS-902") & ALARM_WORD.feedBridge) !== 0;
  });
  expect(took).toBeLessThan(180);
  expect(motor).toBeGreaterThan(1);
  expect(motor).toBeLessThan(1.5);
  hall.run(600);
  expect(Math.abs(hall.read(1, "WI-302") - weight)).toBeLessThan(0.1);
  expect(hall.read(1, "FI-303")).toBeLessThan(1);
});

test("feeder_drift: the feed is a tenth short, and within 90 minutes the weighed shots have put it right", () => {
  const hall = struck("feeder_drift", { args: { gain: 0.9 } });
  hall.run(900);
  expect(hall.read(1, "FI-303")).toBeLessThan(9.1);
  hall.run(4500);
  expect(hall.read(1, "FI-303")).toBeGreaterThan(9.5);
});
