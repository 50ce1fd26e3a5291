/** Interlocks, fallback and quench as they show in a cell's tags. */
import { ALARM_WORD, readStatus, STATUS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { LinePlc } from "../line.ts";
import { Hall } from "../testing.ts";
import { Supervision } from "./supervision.ts";

const AUTO = 2;
const CASCADE = 3;
const NOMINAL = 9.754;

const has = (hall: Hall, cell: number, bit: number): boolean => (hall.read(cell, "YS-901") & bit) !== 0;
const phase = (hall: Hall, cell: number): string => readStatus(hall.read(cell, "YS-901")).phase;

/** Lets the cell find itself in an anode effect. */
function starve(hall: Hall, cell: number): void {
  const { state } = hall.cell(cell).field;
  state.dissolved = 0.0088 * state.bath;
}

test("a hall that never hears a supervisor stays in CASCADE for half a minute, then feeds by its own current in AUTO", () => {
  const hall = new Hall({ supervised: false }).run(28);
  expect([hall.read(1, "HS-910"), has(hall, 1, STATUS.commFallback)]).toEqual([CASCADE, false]);
  hall.run(5);
  expect([hall.read(1, "HS-910"), has(hall, 1, STATUS.commFallback)]).toEqual([AUTO, true]);
  expect(hall.read(1, "YS-903")).toBe(0);
  hall.run(120);
  expect(Math.abs(hall.read(1, "FIC-303.SPW") - NOMINAL)).toBeLessThan(0.05);
});

test("a supervisor that falls silent: late after 3 s, AUTO after 10 s, and CASCADE again a minute after its return", () => {
  const hall = new Hall().run(60);
  hall.supervised = false;
  hall.run(5);
  expect(hall.read(1, "YS-902") & ALARM_WORD.heartbeatLate).not.toBe(0);
  expect(hall.read(1, "HS-910")).toBe(CASCADE);
  hall.run(7);
  expect(hall.read(1, "HS-910")).toBe(AUTO);
  expect(hall.read(1, "YS-902")).toBe(0);
  hall.supervised = true;
  hall.run(57);
  expect(hall.read(1, "HS-910")).toBe(AUTO);
  hall.run(6);
  expect([hall.read(1, "HS-910"), has(hall, 1, STATUS.commFallback)]).toEqual([CASCADE, false]);
});

test("the fallback feeds what the cell's own current asks for, 2 % less after a quarter of an hour, and ramps back", () => {
  const hall = new Hall().run(60);
  hall.cell(1).write("IIC-202.SP", 5400);
  hall.cell(1).write("FIC-303.SP", 9);
  hall.run(200);
  hall.supervised = false;
  hall.run(200);
  const own = hall.read(1, "FIC-303.SPW");
  expect(own / (NOMINAL * 0.9)).toBeCloseTo(1, 2);
  expect(hall.read(1, "FIC-303.SP")).toBe(9);
  hall.run(720);
  expect(hall.read(1, "FIC-303.SPW") / hall.cell(1).forward).toBeCloseTo(0.98, 2);
  hall.supervised = true;
  hall.run(75);
  expect([hall.read(1, "HS-910"), hall.read(1, "FIC-303.SPW")]).toEqual([CASCADE, 9]);
});

test("remote and own setpoint too far apart: it stays in AUTO until a person asks for CASCADE", () => {
  const hall = new Hall().run(60);
  hall.cell(1).write("FIC-303.SP", 12);
  hall.run(60);
  hall.supervised = false;
  hall.run(15);
  hall.supervised = true;
  hall.run(120);
  expect([hall.read(1, "HS-910"), has(hall, 1, STATUS.commFallback)]).toEqual([AUTO, true]);
  expect(hall.cell(1).write("HS-910", CASCADE)).toEqual({ ok: true });
  hall.run(60);
  expect([hall.read(1, "HS-910"), hall.read(1, "FIC-303.SPW")]).toEqual([CASCADE, 12]);
});

test("what a supervisor has fed on average is what the cell goes on with", () => {
  const hall = new Hall({ speed: 60 }).run(30);
  hall.cell(1).write("FIC-303.SP", 10.7);
  hall.run(24 * 60);
  hall.supervised = false;
  hall.run(40);
  const plc = hall.cell(1);
  expect(hall.read(1, "HS-910")).toBe(AUTO);
  expect(hall.read(1, "FIC-303.SPW") / plc.forward).toBeCloseTo(plc.learnt, 2);
  expect(plc.learnt).toBeGreaterThan(1.07);
});

test("without the operators' word beforehand it does not go back by itself", () => {
  for (const [authorised, wanted] of [
    [true, "CASCADE"],
    [false, "AUTO"],
  ] as const) {
    const supervision = new Supervision(authorised);
    const well = { valueGood: true, faulted: false };
    for (let s = 1; s <= 200; s++) {
      if (s > 60) supervision.hear(s);
      supervision.second(well, 10, 10);
    }
    expect(supervision.mode).toBe(wanted);
  }
});

test("a cell its operator had in AUTO stays there, and a setpoint by hand ends the own feed", () => {
  const hall = new Hall().run(10);
  hall.cell(1).write("HS-910", AUTO);
  hall.supervised = false;
  hall.run(40);
  expect(hall.cell(2).write("FIC-303.SP", 8)).toEqual({ ok: true });
  hall.run(60);
  expect(hall.read(2, "FIC-303.SPW")).toBe(8);
  hall.supervised = true;
  hall.run(120);
  for (const cell of [1, 2]) expect(hall.read(cell, "HS-910"), `C00${cell}`).toBe(AUTO);
  expect(hall.read(4, "HS-910")).toBe(CASCADE);
});

test("the watchdog runs on wall time whatever the speed", () => {
  const hall = new Hall({ speed: 60 }).run(20);
  hall.supervised = false;
  hall.run(9);
  expect(hall.read(1, "HS-910")).toBe(CASCADE);
  hall.run(4);
  expect(hall.read(1, "HS-910")).toBe(AUTO);
});

test("cooling water lost: the rectifier opens, the first-out names it, and the cell comes back by hand only", () => {
  const hall = new Hall().run(10);
  hall.cell(1).field.disturbance.cooling = 0;
  hall.run(15);
  expect([hall.read(1, "YS-903"), hall.read(1, "IIC-202.OP"), has(hall, 1, STATUS.interlock)]).toEqual([2, 0, true]);
  expect([phase(hall, 1), hall.read(1, "HS-910")]).toEqual(["COOLDOWN", AUTO]);
  expect(hall.cell(1).write("HS-915", 1)).toMatchObject({ ok: false, code: "E_INTERLOCK", detail: expect.stringContaining("cooling") });
  hall.cell(1).field.disturbance.cooling = 1;
  hall.run(20);
  expect(hall.read(1, "YS-903")).toBe(2);
  expect(hall.cell(1).write("HS-910", CASCADE).ok).toBe(false);
  expect(hall.cell(1).write("HS-915", 1)).toEqual({ ok: true });
  hall.run(2);
  expect([hall.read(1, "YS-903"), has(hall, 1, STATUS.interlock)]).toEqual([0, false]);
  hall.run(400);
  expect(hall.read(1, "II-202")).toBeGreaterThan(5700);
  expect(hall.cell(1).write("HS-910", CASCADE)).toEqual({ ok: true });
});

test("a bath at its trip: half the current, no feed, first-out 1", () => {
  const hall = new Hall().run(10);
  hall.sim.startFault({ id: "hot", kind: "over_temp", cell: "C001", after: 0, seconds: 0, args: { size: 60 } });
  expect(hall.until(200, () => hall.read(1, "YS-903") === 1)).toBeLessThan(150);
  hall.sim.stopFault("hot");
  hall.run(200);
  expect(Math.abs(hall.read(1, "II-202") - 3000)).toBeLessThan(60);
  expect(has(hall, 1, STATUS.feederRun)).toBe(false);
});

test("the stop button takes the power off, on a series line by bypassing the cell", () => {
  const hall = new Hall().run(10);
  for (const cell of [1, 4]) hall.cell(cell).protection.stopped = true;
  hall.run(5);
  for (const cell of [1, 4]) {
    expect(hall.read(cell, "II-202"), `C00${cell}`).toBeLessThan(60);
    expect([hall.read(cell, "YS-903"), has(hall, cell, STATUS.localStop)]).toEqual([10, true]);
  }
  expect(hall.read(5, "II-202")).toBeGreaterThan(5900);
});

test("no draft stops the feed while it lasts, and the first-out remembers it", () => {
  const hall = new Hall().run(10);
  const [line] = hall.sim.lines;
  if (!(line instanceof LinePlc)) throw new Error("a line");
  const { feeder } = hall.cell(1);
  line.fanTrip(true);
  expect(hall.until(300, () => hall.read(1, "YS-903") === 6)).toBeLessThan(200);
  expect([hall.read(1, "YS-903"), has(hall, 1, STATUS.feederRun)]).toEqual([6, false]);
  expect(hall.cell(1).write("HS-911", 1)).toMatchObject({ ok: false, code: "E_INTERLOCK" });
  const { shots } = feeder.dosing;
  line.fanTrip(false);
  expect(hall.until(300, () => has(hall, 1, STATUS.feederRun))).toBeLessThan(200);
  expect(hall.read(1, "YS-903")).toBe(6);
  hall.run(30);
  expect(feeder.dosing.shots).toBeGreaterThan(shots);
});

test("in series an effect is fed, stirred and pumped, and the shift leader's dip ends it before interlock 5", () => {
  const hall = new Hall().run(30);
  starve(hall, 4);
  hall.until(20, () => has(hall, 4, STATUS.anodeEffect));
  const beam: number[] = [];
  const lasted = hall.until(300, () => {
    beam.push(hall.read(4, "ZI-403"));
    return !has(hall, 4, STATUS.anodeEffect);
  });
  expect(lasted).toBeLessThan(180);
  expect(hall.read(4, "YS-903")).toBe(0);
  expect(Math.min(...beam)).toBeLessThan(75);
  expect(Math.max(...beam)).toBeGreaterThan(125);
  hall.run(100);
  expect(Math.abs(hall.read(4, "ZI-403") - 100)).toBeLessThan(2);
});

test("an effect that nothing ends: three quenches, standby at 30 %, interlock 5, and off ten minutes later", () => {
  const hall = new Hall().run(30);
  hall.cell(1).field.disturbance.film = true;
  expect(hall.until(300, () => (hall.read(1, "YS-902") & ALARM_WORD.effectStandby) !== 0)).toBeLessThan(120);
  expect(hall.until(300, () => hall.read(1, "YS-903") === 5)).toBeLessThan(150);
  expect(hall.read(1, "II-202")).toBeLessThan(2000);
  hall.run(590);
  expect(hall.read(1, "II-202")).toBeGreaterThan(1000);
  hall.run(20);
  expect(hall.read(1, "II-202")).toBeLessThan(60);
});

test("quench shots of two effects within ten minutes stay within 3 kg", () => {
  const hall = new Hall().run(60);
  const plc = hall.cell(1);
  const effect = (): void => {
    plc.field.disturbance.film = true;
    hall.run(5);
    plc.field.disturbance.film = false;
    hall.run(250);
  };
  const before = plc.field.hopper;
  effect();
  effect();
  expect(plc.anodeEffect.quench.count).toBe(2);
  const fed = before - plc.field.hopper;
  expect(fed).toBeGreaterThan(2.9);
  expect(fed).toBeLessThan(3.1 + (NOMINAL * 510) / 3600);
});
