import { type Cell, Quality, tagOf } from "@cellhouse/shared";
import { faradayFeed } from "@cellhouse/shared/blocks";
import { expect, test } from "vitest";
import { Hall, OPERATOR, plant, settle } from "./hall.testkit.ts";
import { allowedRange, nominalFeed } from "./ranges.ts";

const cells = plant.cells as readonly Cell[];
const first = cells[0] as Cell;

/** Feed setpoints written to a cell so far. */
function feeds(hall: Hall, cell: Cell = first): number[] {
  const { id } = tagOf(cell, "FIC-303.SP");
  return hall.writes.filter((write) => write.tag === id).map((write) => write.value);
}

/** A hall whose PLCs answer, with its controllers running and these cells in CASCADE. */
function running(cascade: readonly Cell[] = [first]): { hall: Hall; control: ReturnType<Hall["control"]> } {
  const hall = new Hall();
  hall.echo = true;
  const control = hall.control();
  for (const cell of cells) hall.sample(cell.id, "II-202", 6000);
  for (const cell of cascade) hall.mode(cell.id, "CASCADE");
  return { hall, control };
}

test("the nominal feed is Faraday's: 9.76 kg/h of PrNd oxide at 6 kA", () => {
  expect(nominalFeed(first)).toBeCloseTo((2.0988 * 6 * 0.763) / 0.985, 3);
});

test("within ten seconds of coming into CASCADE each recipe's own feed is written and verified", async () => {
  const { hall } = running(cells);
  await hall.pass(10);
  for (const cell of cells) expect(feeds(hall, cell)).toEqual([nominalFeed(cell)]);
  const [command] = hall.door.list({ tag: "C001:FIC-303.SP" });
  expect(command).toMatchObject({ by: "control:faraday", state: "verified", reason: "current 6.00 kA" });
});

test("a cell in AUTO, MAN or OFF is left alone", async () => {
  const { hall, control } = running([]);
  hall.mode("C002", "MAN");
  hall.mode("C003", "OFF");
  await hall.pass(60);
  expect(cells.flatMap((cell) => feeds(hall, cell))).toEqual([]);
  expect(control.stats()).toEqual({});
});

test("a steady cell hears again every five minutes only, a change above half a percent at the next step", async () => {
  const { hall } = running();
  await hall.pass(300);
  expect(feeds(hall).length).toBe(1);
  await hall.pass(30);
  expect(feeds(hall).length).toBe(2);
  hall.sample("C001", "II-202", 6025);
  await hall.pass(120);
  expect(feeds(hall).length, "0.4 % is inside the deadband").toBe(2);
  hall.sample("C001", "II-202", 6300);
  await hall.pass(10);
  expect(feeds(hall).length).toBe(3);
});

test("the current is filtered over a minute, also while its tag is quiet", async () => {
  const { hall } = running();
  await hall.pass(20);
  hall.sample("C001", "II-202", 5400);
  await hall.pass(60);
  const after = feeds(hall).at(-1) as number;
  const current = (after / nominalFeed(first)) * 6000;
  expect(current).toBeGreaterThan(5400 + 600 * Math.exp(-62 / 60));
  expect(current).toBeLessThan(5400 + 600 * Math.exp(-45 / 60));
  await hall.pass(600);
  expect(feeds(hall).at(-1)).toBeCloseTo(faradayFeed({ ...first.recipe, current: 5400, efficiency: 0.763 }), 2);
});

test.each([Quality.Bad, Quality.Stale, Quality.Uncertain])("a current of quality %i moves nothing, and is counted", async (quality) => {
  const { hall, control } = running();
  hall.sample("C001", "II-202", 3000, { quality });
  await hall.pass(30);
  expect(feeds(hall)).toEqual([]);
  expect(control.stats()).toEqual({ "faraday: II-202 is not good": 3 });
  hall.sample("C001", "II-202", 6000);
  await hall.pass(10);
  expect(feeds(hall)).toEqual([nominalFeed(first)]);
});

test("without current the feed goes to the lowest the range allows, once, and says that it was clamped", async () => {
  const { hall, control } = running();
  hall.sample("C001", "II-202", 0);
  await hall.pass(290);
  const { low } = allowedRange(tagOf(first, "FIC-303.SP").definition, first);
  expect(feeds(hall).at(-1)).toBe(low);
  expect(feeds(hall).filter((value) => value === low).length).toBe(1);
  expect(hall.door.list({})[0]?.reason).toMatch(/^current \d\.\d\d kA, clamped from \d\.\d\d kg\/h$/);
  expect(control.stats()["faraday: clamped"]).toBeGreaterThan(10);
  expect(hall.door.stats().clamped).toBe(0);
});

test("a person takes the cell to AUTO, sets a feed and hands it back: the controller's own setpoint arrives within ten seconds", async () => {
  const { hall } = running();
  await hall.pass(10);
  expect(hall.door.submit({ tag: "C001:HS-910", value: 2 }, OPERATOR).ok).toBe(true);
  await settle();
  expect(hall.door.submit({ tag: "C001:FIC-303.SP", value: 8 }, OPERATOR).ok).toBe(true);
  await hall.pass(30);
  expect(feeds(hall)).toEqual([nominalFeed(first), 8]);
  expect(hall.door.submit({ tag: "C001:HS-910", value: 3 }, OPERATOR).ok).toBe(true);
  await hall.pass(10);
  expect(feeds(hall)).toEqual([nominalFeed(first), 8, nominalFeed(first)]);
});

test("even a feed that a person left within the deadband is written anew when the cell comes back into CASCADE", async () => {
  const { hall } = running();
  await hall.pass(10);
  hall.mode("C001", "AUTO");
  hall.sample("C001", "FIC-303.SP", nominalFeed(first) * 1.001);
  await hall.pass(10);
  hall.mode("C001", "CASCADE");
  await hall.pass(10);
  expect(feeds(hall)).toEqual([nominalFeed(first), nominalFeed(first)]);
});

test("a PLC that does not answer: each command ends timed-out before the next is sent", async () => {
  const { hall, control } = running();
  hall.echo = false;
  await hall.pass(60);
  const states = hall.door.list({}).map((command) => command.state);
  expect(states.slice(1).every((state) => state === "timed-out")).toBe(true);
  expect(states.length).toBe(6);
  expect(control.stats()).toEqual({ "faraday: sent": 6 });
});

test("the hall is not written to in one burst", async () => {
  const { hall } = running(cells);
  await hall.pass(10);
  const times = hall.door.list({}).map((command) => command.at);
  expect(new Set(times).size).toBe(cells.length);
});

test("a cell that is not live is not written to, and the reason is counted", async () => {
  const { hall, control } = running();
  hall.sample("C001", "FIC-303.SP", 9, { quality: Quality.Bad });
  await hall.pass(10);
  expect(feeds(hall)).toEqual([]);
  expect(control.stats()).toEqual({ "faraday: E_NOT_FRESH": 1 });
});

test("historical samples do not move the filter", async () => {
  const { hall } = running();
  hall.sample("C001", "II-202", 0, { historical: true });
  await hall.pass(10);
  expect(feeds(hall)).toEqual([nominalFeed(first)]);
});

test("the supervisor's heartbeat counts up each second on every cell that is not lost", async () => {
  const { hall } = running([]);
  hall.setLiveness("C002", Quality.Bad);
  await hall.pass(3);
  const beats = (cell: Cell): number[] => hall.writes.filter((w) => w.tag === tagOf(cell, "YC-906").id).map((w) => w.value);
  expect(cells.map(beats)).toEqual([[1, 2, 3], [], [1, 2, 3]]);
});

test("after stop nobody acts any more", async () => {
  const { hall, control } = running();
  control.stop();
  await hall.pass(30);
  expect(hall.writes).toEqual([]);
});
