import { ALARM_WORD, CELL_TAGS, Quality, readStatus, STATUS } from "@cellhouse/shared";
import { between, createRng } from "@cellhouse/shared/process";
import { expect, test } from "vitest";
import { Hall, read } from "./testing.ts";

const status = (hall: Hall, cell: number): number => hall.read(cell, "YS-901");
const phase = (hall: Hall, cell: number): string => readStatus(status(hall, cell)).phase;

test("a feed setpoint is read back at once, ramped at 5 kg/h per minute, and fed", () => {
  const hall = new Hall().run(60);
  const plc = hall.cell(1);
  expect(plc.write("FIC-303.SP", 12)).toEqual({ ok: true });
  hall.run(1);
  expect(hall.read(1, "FIC-303.SP")).toBe(12);
  expect(hall.read(1, "FIC-303.SPW")).toBeLessThan(10);
  hall.run(30);
  expect(hall.read(1, "FIC-303.SPW")).toBe(12);
  hall.run(660);
  expect(hall.read(1, "FI-303")).toBeGreaterThan(11.5);
  expect(hall.read(1, "FI-303")).toBeLessThan(12.5);
  expect(hall.read(1, "KY-304")).toBeCloseTo(15, 0);
});

test("a setpoint outside its clamps is taken at the clamp, and reads back so", () => {
  const hall = new Hall();
  const readBack = (cell: number, tag: string, value: number): number => {
    expect(hall.cell(cell).write(tag, value)).toEqual({ ok: true });
    hall.run(2);
    return hall.read(cell, tag);
  };
  expect(readBack(1, "FIC-303.SP", 30)).toBeCloseTo(1.6 * 9.754, 1);
  expect(readBack(1, "FIC-303.SP", 1)).toBeCloseTo(0.5 * 9.754, 1);
  expect(readBack(1, "TIC-101.SP", 1090)).toBe(1065);
  expect(readBack(2, "TIC-101.SP", 1050)).toBe(935);
  expect(readBack(3, "TIC-101.SP", 1000)).toBe(1060);
  expect(readBack(1, "IIC-202.SP", 7000)).toBe(6300);
  expect(readBack(1, "FIC-303.SHOT", 500)).toBe(200);
});

test("every setpoint and parameter of the list can be written and reads back", () => {
  const hall = new Hall().run(2);
  for (const { name, access, range } of CELL_TAGS) {
    if (access !== "rw" || name === "HS-910") continue;
    const target = name === "TIC-101.SP" ? 1052 : name === "IIC-202.SP" ? 5900 : name === "FIC-303.SP" ? 9 : (range[0] + range[1]) / 2;
    expect(hall.cell(1).write(name, target), name).toEqual({ ok: true });
    hall.run(1);
    expect(hall.read(1, name), name).toBe(Math.fround(target));
  }
});

test("what cannot be taken is refused with a reason", () => {
  const hall = new Hall();
  const plc = hall.cell(1);
  expect(plc.write("TI-101", 1000)).toMatchObject({ ok: false, code: "E_NOT_WRITABLE" });
  expect(plc.write("NO-999", 1)).toMatchObject({ ok: false, code: "E_TAG_UNKNOWN" });
  expect(plc.write("FIC-303.SP", Number.NaN)).toMatchObject({ ok: false, code: "E_FIELD_REFUSED" });
  expect(plc.write("YC-906", Number.POSITIVE_INFINITY)).toMatchObject({ ok: false, code: "E_FIELD_REFUSED" });
  expect(plc.write("HS-910", 7)).toMatchObject({ ok: false, code: "E_FIELD_REFUSED" });
  expect(hall.cell(4).write("IIC-202.SP", 5500)).toMatchObject({ ok: false, detail: expect.stringContaining("series") });
});

test("a current setpoint ramps at 20 A/s and the cell follows", () => {
  const hall = new Hall().run(5);
  hall.cell(1).write("IIC-202.SP", 5800);
  hall.run(5);
  expect(hall.read(1, "IIC-202.SPW")).toBeGreaterThan(5880);
  hall.run(10);
  expect(hall.read(1, "IIC-202.SPW")).toBe(5800);
  expect(hall.read(1, "II-202")).toBeGreaterThan(5760);
  expect(hall.read(1, "II-202")).toBeLessThan(5840);
});

test("modes read back in HS-910 and in the status word", () => {
  const hall = new Hall().run(2);
  expect(hall.read(1, "HS-910")).toBe(3);
  expect(status(hall, 1) & STATUS.remote).not.toBe(0);
  for (const [code, mode] of [
    [1, "MAN"],
    [2, "AUTO"],
    [3, "CASCADE"],
  ] as const) {
    expect(hall.cell(1).write("HS-910", code)).toEqual({ ok: true });
    hall.run(2);
    expect(hall.read(1, "HS-910")).toBe(code);
    expect(readStatus(status(hall, 1)).mode).toBe(mode);
  }
});

test("a cell that is off stops feeding and ramps its current away, and comes back without an anode effect", () => {
  const hall = new Hall().run(10);
  hall.cell(1).write("HS-910", 0);
  hall.cell(4).write("HS-910", 0);
  hall.run(330);
  for (const cell of [1, 4]) {
    expect(hall.read(cell, "II-202")).toBeLessThan(50);
    expect(status(hall, cell) & (STATUS.powerOn | STATUS.feederRun)).toBe(0);
    expect(phase(hall, cell)).toBe("COOLDOWN");
  }
  hall.cell(1).write("HS-910", 3);
  hall.cell(4).write("HS-910", 3);
  hall.run(400, () => {
    for (const cell of [1, 4]) expect(status(hall, cell) & STATUS.anodeEffect).toBe(0);
  });
  expect(hall.read(1, "II-202")).toBeGreaterThan(5800);
  expect(phase(hall, 4)).toBe("RUN");
});

test("a lean bath brings an anode effect; a cell with its own rectifier quenches it in seconds", () => {
  const hall = new Hall().run(30);
  const { state } = hall.cell(1).field;
  state.dissolved = 0.0092 * state.bath;
  expect(hall.until(20, () => (status(hall, 1) & STATUS.anodeEffect) !== 0)).toBeLessThan(10);
  expect(phase(hall, 1)).toBe("AE");
  expect(hall.until(30, () => (status(hall, 1) & STATUS.anodeEffect) === 0)).toBeLessThan(30);
  expect(hall.read(1, "II-202")).toBeLessThan(2000);
  expect(status(hall, 1) & STATUS.quench).not.toBe(0);
  hall.run(11);
  expect(hall.read(1, "XQ-209")).toBeGreaterThan(2);
  hall.run(300);
  expect(hall.read(1, "II-202")).toBeGreaterThan(5800);
  expect(status(hall, 1) & (STATUS.anodeEffect | STATUS.quench)).toBe(0);
  expect(hall.read(1, "FQ-304")).toBeGreaterThan(2.4);
});

test("XS-209 shows even an effect that ended between two of its scans", () => {
  const hall = new Hall().run(30);
  const { state } = hall.cell(1).field;
  state.dissolved = 0.0092 * state.bath;
  expect(hall.until(30, () => hall.read(1, "XS-209") === 1)).toBeLessThan(20);
});

test("on a series line the effect lasts until the line dips, and no longer", () => {
  const hall = new Hall().run(30);
  const { state } = hall.cell(4).field;
  state.dissolved = 0.0088 * state.bath;
  hall.until(20, () => (status(hall, 4) & STATUS.anodeEffect) !== 0);
  hall.run(20);
  expect(hall.read(4, "EI-201")).toBeGreaterThan(28);
  const lasted = hall.until(400, () => (status(hall, 4) & STATUS.anodeEffect) === 0);
  expect(lasted).toBeLessThan(250);
  expect(status(hall, 5) & STATUS.anodeEffect).toBe(0);
  expect(hall.read(5, "II-202")).toBeLessThan(2500);
  hall.run(400);
  expect(hall.read(5, "II-202")).toBeGreaterThan(5800);
});

test("a tap shows in the status word, the receiver, the metal and the voltage", () => {
  const hall = new Hall().run(5);
  expect(hall.until(7300, () => phase(hall, 1) === "TAP")).toBeLessThan(7300);
  const volts = hall.cell(1).meters.volts60;
  const { metal } = hall.cell(1).field.state;
  expect(status(hall, 1) & STATUS.tapping).not.toBe(0);
  hall.until(400, () => phase(hall, 1) !== "TAP");
  hall.run(120);
  expect(hall.read(1, "WI-404")).toBeCloseTo(metal - 4, 0);
  expect(hall.cell(1).field.state.metal).toBeLessThan(6);
  expect(hall.cell(1).meters.volts60 - volts).toBeGreaterThan(0.1);
});

test("the hopper is refilled below 18 kg, and the loss in weight does not see it", () => {
  const hall = new Hall().run(60);
  expect(hall.until(5 * 3600, () => (status(hall, 1) & STATUS.hopperFill) !== 0)).toBeLessThan(5 * 3600);
  expect(hall.read(1, "WI-302")).toBeCloseTo(18, 0);
  hall.run(130);
  expect(hall.read(1, "WI-302")).toBeGreaterThan(50);
  expect(status(hall, 1) & STATUS.hopperFill).toBe(0);
  hall.run(300, () => {
    expect(hall.read(1, "FI-303")).toBeGreaterThan(8.5);
    expect(hall.read(1, "FI-303")).toBeLessThan(11);
  });
  expect(hall.read(1, "YS-902") & ALARM_WORD.hopperLow).toBe(0);
});

test("when the thermocouple breaks TY-100 goes on with the pyrometer, uncertain but not astray", () => {
  const hall = new Hall().run(60);
  hall.cell(1).field.disturbance.tcBroken = true;
  hall.run(10);
  expect(read(hall.cell(1), "TI-101").quality).toBe(Quality.Bad);
  expect(hall.read(1, "YS-902") & ALARM_WORD.sensorBad).not.toBe(0);
  expect(status(hall, 1) & STATUS.sensorFault).not.toBe(0);
  hall.run(120, () => {
    const { value, quality } = read(hall.cell(1), "TY-100");
    expect(Math.abs(value - hall.cell(1).field.state.temperature)).toBeLessThan(8);
    expect(quality).toBe(Quality.Uncertain);
  });
  hall.cell(1).field.disturbance.tcBroken = false;
  hall.run(100);
  expect(read(hall.cell(1), "TY-100").quality).toBe(Quality.Good);
  expect(hall.read(1, "YS-902")).toBe(0);
});

test("the trim brings a cell to a new temperature setpoint by its current, a series cell by its beam", () => {
  const hall = new Hall({ speed: 60 }).run(10);
  hall.cell(1).write("TIC-101.SP", 1058);
  hall.cell(4).write("TIC-101.SP", 1058);
  hall.run(480);
  for (const cell of [1, 4]) expect(Math.abs(hall.cell(cell).field.state.temperature - 1058), `C00${cell}`).toBeLessThan(4);
  expect(hall.read(1, "IIC-202.OP")).toBeGreaterThan(6010);
  expect(hall.read(4, "ZI-403")).toBeGreaterThan(101);
});

test("in MAN the trim stands still", () => {
  const hall = new Hall({ speed: 60 }).run(10);
  hall.cell(1).write("HS-910", 1);
  hall.cell(1).write("TIC-101.SP", 1060);
  const { trim } = hall.cell(1).trim;
  hall.run(60);
  expect(hall.cell(1).trim.trim).toBe(trim);
});

test("from MAN back to AUTO the trim goes on from where it stood", () => {
  const hall = new Hall({ speed: 60 }).run(60);
  const { trim } = hall.cell(1);
  hall.cell(1).write("HS-910", 1);
  hall.cell(1).write("TIC-101.SP", 1060);
  hall.run(20);
  const before = trim.trim;
  hall.cell(1).write("HS-910", 2);
  hall.run(5);
  expect(Math.abs(trim.trim - before)).toBeLessThan(0.001);
  hall.run(30);
  expect(trim.trim).toBeGreaterThan(before + 0.001);
});

test("the working feed stays within its shares of what the present current asks for", () => {
  const hall = new Hall().run(10);
  hall.cell(1).write("FIC-303.SP", 15.6);
  hall.cell(1).write("IIC-202.SP", 5100);
  hall.run(400);
  expect(hall.read(1, "FIC-303.SP")).toBeCloseTo(15.6, 1);
  expect(hall.read(1, "FIC-303.SPW") / hall.cell(1).forward).toBeCloseTo(1.6, 2);
});

test("a day at 160 % reaches the feeder's cap before it is a day, and that is told and fed at Faraday's rate", () => {
  const hall = new Hall().run(10);
  const plc = hall.cell(1);
  plc.write("FIC-303.SP", 15.6);
  const { feeder } = plc;
  for (let second = 0; second < 9 * 3600; second++) {
    if (second % 12 === 0) feeder.dosing.shots++; // 50 g each 12 s is 15 kg/h
    feeder.second(plc.field, 9.75);
    if (second === 7 * 3600) expect(feeder.full).toBe(false);
  }
  hall.run(180);
  expect(hall.read(1, "YS-902") & ALARM_WORD.feedCap).not.toBe(0);
  expect(hall.read(1, "FIC-303.SPW") / plc.forward).toBeCloseTo(1, 2);
});

test("whatever is written for an hour, the PLC keeps to its clamps and its caps", () => {
  const rng = createRng(11);
  const hall = new Hall({ speed: 10 });
  const tags = CELL_TAGS.filter((t) => t.access !== "r" && t.name !== "YC-906");
  const fed = new Map([1, 2, 3, 4, 5].map((cell) => [cell, hall.cell(cell).field.state.totals.oxide]));
  hall.run(360, () => {
    for (let cell = 1; cell <= 5; cell++) {
      const plc = hall.cell(cell);
      const { name, range } = tags[Math.floor(between(rng, 0, tags.length))] as (typeof tags)[number];
      const value = between(rng, 2 * range[0] - range[1], 2 * range[1] - range[0]);
      plc.write(name, name.startsWith("HS") ? Math.round(value) : value);
      const { current } = plc.cell.cellClass;
      expect(plc.demand).toBeLessThanOrEqual(1.05 * 1.03 * current);
      expect(plc.setpoints.feed.working.value).toBeLessThanOrEqual(1.6 * 1.05 * plc.setpoints.nominalFeed);
      expect(Math.abs(plc.trim.trim)).toBeLessThanOrEqual(0.03);
    }
  });
  for (const [cell, before] of fed) {
    const plc = hall.cell(cell);
    expect(plc.field.state.totals.oxide - before, `C00${cell}`).toBeLessThan(1.6 * plc.setpoints.nominalFeed + 6 * 3 + 1);
  }
});
