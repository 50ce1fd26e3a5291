import { type HistorySeries, Quality, STATUS, statusWord } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { alarm, demoPlant } from "../../testkit.ts";
import { concernOf, minutesToEffect, shortList } from "./concern.ts";
import { emptyFacts, type Facts, readFacts, readWord } from "./facts.ts";
import { layoutOf, neighbour, tileAt } from "./map/layout.ts";
import { metricOf, mix, toneOf } from "./map/tone.ts";
import { placesOf } from "./places.ts";
import { figuresOf } from "./strip/figures.ts";
import { sumOf } from "./strip/past.ts";

const plant = demoPlant();
const places = placesOf(plant);
const place = places[0] as (typeof places)[0];
const RUN = statusWord(STATUS.run | STATUS.powerOn, "CASCADE", "RUN");

const calm = (change: Partial<Facts> = {}): Facts => ({
  ...emptyFacts(),
  temperature: 1050,
  voltage: 9.93,
  current: 6000,
  oxide: 1.9,
  slope: 0.3,
  risk: 0.05,
  feed: 9.7,
  command: 9.75,
  power: 59,
  hopper: 30,
  running: true,
  quality: 0,
  temperatureQuality: 0,
  voltageQuality: 0,
  ...change,
});

function columns(
  values: Record<string, number>,
  quality: number = Quality.Good,
): { value: Float64Array; quality: Uint8Array; time: Float64Array } {
  const value = new Float64Array(plant.tags.length).fill(Number.NaN);
  for (const p of places) for (const [tag, v] of Object.entries(values)) value[p.cell.tags.get(tag)?.id ?? -1] = v;
  return { value, quality: new Uint8Array(plant.tags.length).fill(quality), time: new Float64Array(plant.tags.length).fill(5) };
}

test("a calm cell is no concern", () => {
  expect(concernOf(place, calm(), undefined, 0)).toBeUndefined();
});

test("low oxide with a short feed says in words when the anode effect comes", () => {
  expect(minutesToEffect(1.2, 6, 10)).toBeCloseTo(12.5, 5);
  expect(concernOf(place, calm({ oxide: 1.2, feed: 5.85 }), undefined, 0)).toMatchObject({
    key: "oxideEta",
    values: { oxide: "1.2", share: 60, minutes: 12 },
  });
});

test("no time is foretold while the feed keeps up or the bath is rich", () => {
  expect(minutesToEffect(1.2, 9.7, 9.75)).toBeUndefined();
  expect(minutesToEffect(2.4, 0, 9.75)).toBeUndefined();
  expect(minutesToEffect(Number.NaN, 5, 9.75)).toBeUndefined();
  expect(minutesToEffect(1.2, 0, Number.NaN)).toBeUndefined();
});

test("the nearer the anode effect, the more urgent the cell", () => {
  const score = (oxide: number): number => concernOf(place, calm({ oxide, feed: 5 }), undefined, 0)?.score ?? 0;
  expect(score(1.1)).toBeGreaterThan(score(1.3));
  expect(concernOf(place, calm({ anodeEffect: true }), undefined, 0)?.score).toBeGreaterThan(score(1));
});

test("an unacknowledged alarm makes a reason more urgent, and is one by itself", () => {
  expect(concernOf(place, calm(), alarm({ priority: 1 }), 0)).toMatchObject({
    key: "alarm",
    values: { type: "EI-201.HI", cause: "Lean bath" },
  });
  expect(concernOf(place, calm({ temperature: 1072 }), alarm({ priority: 2 }), 0)?.score).toBeGreaterThan(
    concernOf(place, calm({ temperature: 1072 }), undefined, 0)?.score ?? 0,
  );
});

test("heat, cold, voltage, feed and hopper each have their words", () => {
  const key = (change: Partial<Facts>): string | undefined => concernOf(place, calm(change), undefined, 0)?.key;
  expect([
    key({ temperature: 1075 }),
    key({ temperature: 1025 }),
    key({ voltage: 11.2 }),
    key({ voltage: 7 }),
    key({ hopper: 8 }),
    key({ oxide: 2.9 }),
    key({ feed: 13 }),
    key({ risk: 0.9 }),
  ]).toEqual(["hot", "cold", "voltageHigh", "voltageLow", "hopper", "oxideHigh", "feedHigh", "risk"]);
});

test("a stopped cell is judged by its alarms only, a silent one by its silence", () => {
  expect(concernOf(place, calm({ running: false, temperature: 600 }), undefined, 0)).toBeUndefined();
  expect(concernOf(place, calm({ quality: Quality.Stale, temperatureQuality: Quality.Stale }), undefined, 42_000)).toMatchObject({
    key: "stale",
    values: { seconds: 42 },
  });
});

test("a silent line is one entry, so that it does not hide the cells that still speak", () => {
  const silent = places.slice(0, 24).map((p) => ({ place: p, concern: { score: 60, key: "stale", values: {} } }));
  const hot = { place: places[30] as (typeof places)[0], concern: { score: 40, key: "hot", values: {} } };
  expect(shortList([...silent, hot]).map((e) => [e.owner, e.cells])).toEqual([
    ["L01", 24],
    ["C031", 1],
  ]);
  expect(shortList(silent.slice(0, 2)).map((e) => e.owner)).toEqual(["C001", "C002"]);
});

test("never more than ten entries, the most urgent first", () => {
  const many = places.map((p, i) => ({ place: p, concern: { score: i, key: "hot", values: {} } }));
  expect(shortList(many).map((e) => e.owner)).toEqual(
    places
      .slice(-10)
      .reverse()
      .map((p) => p.cell.id),
  );
});

test("the letter tells what is not ordinary: taps, anode changes, hands", () => {
  const letter = (word: number): string => {
    const facts = emptyFacts();
    readWord(word, facts);
    return facts.letter;
  };
  expect(letter(Number.NaN)).toBe("?");
  expect(letter(RUN)).toBe("");
  expect(letter(statusWord(STATUS.run, "MAN", "RUN"))).toBe("M");
  expect(letter(statusWord(STATUS.run | STATUS.tapping, "MAN", "TAP"))).toBe("T");
  expect(letter(statusWord(STATUS.run | STATUS.anodeChange, "AUTO", "RUN"))).toBe("A");
  expect(letter(statusWord(0, "OFF", "OOS"))).toBe("O");
});

test("a cell whose state was never told runs when current flows, and says that its state is not known", () => {
  expect(readFacts(place, columns({ "II-202": 6000 }), emptyFacts())).toMatchObject({ running: true, letter: "?" });
  expect(readFacts(place, columns({ "II-202": 0 }), emptyFacts())).toMatchObject({ running: false, letter: "?" });
});

test("a value not to be believed is read as none", () => {
  const facts = readFacts(place, columns({ "TY-100": 1050, "YS-901": RUN }, Quality.Stale), emptyFacts());
  expect(facts.temperature).toBeNaN();
  expect(facts.quality).toBe(Quality.Stale);
});

test("the strip adds up what is believed and says of how many cells", () => {
  const all = columns({ "JI-204": 60, "FI-303": 9.7, "FIC-303.SPW": 9.75, "TY-100": 1050, "EI-201": 9.9, "YS-901": RUN });
  all.quality[place.id("JI-204")] = Quality.Bad;
  const f = figuresOf(places, all);
  expect(f.power).toEqual({ value: expect.closeTo(2.82, 5), cells: 47 });
  expect([f.running, f.out, f.unknown, f.inBand, f.total]).toEqual([48, 0, 0, 48, 48]);
  expect(figuresOf(places, columns({}, Quality.Stale)).unknown).toBe(48);
});

test("anode effects of the day are added up over the cells that told of theirs", () => {
  const day = columns({ "XQ-209": 0, "YS-901": RUN });
  day.value[places[3]?.effectSeconds ?? -1] = 90;
  day.value[places[4]?.effectSeconds ?? -1] = 30;
  day.value[places[5]?.effectSeconds ?? -1] = Number.NaN;
  day.quality[places[6]?.effectSeconds ?? -1] = Quality.Stale;
  expect(figuresOf(places, day).effectToday).toEqual({ value: 120, cells: 2, known: 46 });
});

const line = (t: number[], mean: (number | null)[], gaps: [number, number][] = []): HistorySeries => ({
  tag: "t",
  unit: "kW",
  source: "1m",
  t,
  mean,
  q: t.map(() => "good" as const),
  gaps,
});

test("the hall's past is known only where every line's is; a quiet line holds, a silent one does not", () => {
  const buckets = { from: 1000, width: 100, count: 4 };
  expect(sumOf([line([1000, 1300], [1, 2]), line([1100], [10])], buckets)).toEqual([null, 11, 11, 12]);
  expect(sumOf([line([1000, 1300], [1, 2], [[1110, 1290]])], buckets)).toEqual([1, null, null, 2]);
  expect(sumOf([line([1000, 1100], [1, null])], buckets)).toEqual([1, null, null, null]);
  expect(sumOf([], buckets)).toEqual([null, null, null, null]);
});

test("a shade tells where a value stands between its limits", () => {
  const step = (temperature: number): number | undefined => toneOf("temperature", place, calm({ temperature }))?.step;
  const { low = 0, high = 0 } = place.temperature;
  expect([step(low), step(low + 1), step(1050), step(high - 1), step(high), step(Number.NaN)]).toEqual([0, 1, 2, 3, 4, undefined]);
  expect(toneOf("oxide", place, calm({ oxide: 1.2 }))).toEqual({ step: 0, text: "1.20", unit: "%" });
  expect(toneOf("voltage", place, calm())?.step).toBe(2);
  expect([metricOf("oxide"), metricOf("nonsense"), metricOf(null)]).toEqual(["oxide", undefined, undefined]);
});

test("a shade is mixed from paper and ink", () => {
  expect([mix("#000000", "#ffffff", 0), mix("#000000", "#ffffff", 0.5), mix("#102030", "#203040", 1)]).toEqual([
    "#000000",
    "#808080",
    "#203040",
  ]);
});

test("few cells fill a large window", () => {
  const layout = layoutOf([24, 24], 1450, 910);
  expect(layout.width).toBeGreaterThan(150);
  expect(layout.total).toBeGreaterThan(850);
});

for (const [lines, width, height] of [
  [[24, 24], 1450, 880],
  [[24, 24, 24, 24, 24, 24, 24, 24, 23, 23], 1450, 880],
  [[...Array<number>(31).fill(24), 11], 1450, 880],
] as [number[], number, number][]) {
  test(`${lines.reduce((a, b) => a + b)} cells in ${width} x ${height}: none overlaps, none is cut off`, () => {
    const layout = layoutOf(lines, width, height);
    expect(layout.tiles.length).toBe(lines.reduce((a, b) => a + b));
    expect(layout.total).toBeLessThanOrEqual(height);
    expect(Math.max(...layout.tiles.map((t) => t.x + layout.width))).toBeLessThanOrEqual(width);
    for (const [i, t] of layout.tiles.entries()) expect(tileAt(layout, t.x + 1, t.y + 1)).toBe(i);
    expect(layout.width).toBeGreaterThanOrEqual(24);
  });
}

test("what does not fit scrolls with tiles of a size to hit, and fills the width", () => {
  const layout = layoutOf(Array<number>(10).fill(24), 560, 260);
  expect(layout.total).toBeGreaterThan(260);
  expect(layout.width).toBeGreaterThanOrEqual(32);
  expect(Math.max(...layout.tiles.map((t) => t.x + layout.width))).toBeGreaterThan(540);
});

test("arrows walk the hall and stop at its edges", () => {
  const layout = layoutOf([3, 3], 400, 200);
  expect(neighbour(layout, 0, "ArrowRight")).toBe(1);
  expect(neighbour(layout, 0, "ArrowLeft")).toBe(0);
  expect(neighbour(layout, 1, "ArrowDown")).toBe(4);
  expect(neighbour(layout, 4, "ArrowUp")).toBe(1);
  expect(neighbour(layout, 4, "ArrowDown")).toBe(4);
});
