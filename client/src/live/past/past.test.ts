import { type History, type HistorySeries, ManualClock, Quality, type Tag } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { demoPlant } from "../../testkit.ts";
import { between, type Curve, joinCurve, NOTHING, UNFETCHED, valueAt } from "./curve.ts";
import { gridOf, tilesOf } from "./grid.ts";
import { Heard } from "./heard.ts";
import { Past } from "./past.ts";
import { stretchOf } from "./stretch.ts";

const plant = demoPlant();
const tag = plant.tag("C001:TY-100") as Tag;
const other = plant.tag("C001:EI-201") as Tag;

const series = (change: Partial<HistorySeries>): HistorySeries => ({
  tag: tag.path,
  unit: "V",
  source: "raw",
  t: [],
  q: [],
  gaps: [],
  ...change,
});
const raw = (t: number[], v: (number | null)[], change: Partial<HistorySeries> = {}): HistorySeries =>
  series({ t, v, q: t.map(() => "good" as const), ...change });
const points = (line: Curve): [number, number, number][] =>
  Array.from({ length: line.length }, (_, i) => [line.t[i] as number, line.v[i] as number, line.q[i] as number]);
const lineOf = (own: HistorySeries, heard?: Heard, end = 1e9): Curve => {
  const stretch = stretchOf(own, { from: 0, to: 1000 }, 100);
  return joinCurve({ pieces: [{ from: 0, to: 1000, stretch }], heard, end, stepped: false });
};

test("what is Bad is no number; what is stale is one, and says so", () => {
  expect(points(lineOf(raw([1, 2, 3], [1, 2, 3], { q: ["good", "bad", "stale"] })))).toEqual([
    [1, 1, Quality.Good],
    [2, Number.NaN, Quality.Bad],
    [3, 3, Quality.Stale],
  ]);
});

test("a bucket keeps its envelope and mean; where none follows, the value holds that it ended with", () => {
  const own = series({ source: "10s", t: [0, 500], mean: [4, 5], last: [2, 5], min: [1, 5], max: [9, 5], q: ["good", "good"] });
  const line = lineOf(own);
  expect(Array.from(line.t.subarray(0, line.length))).toEqual([0, 100, 500, 600]);
  expect(Array.from(line.v.subarray(0, line.length))).toEqual([4, 2, 5, 5]);
  expect([line.low[0], line.high[0], line.low[1], line.source, line.width]).toEqual([1, 9, 2, "10s", 100]);
});

test("a setpoint has no mean: what it was last is drawn", () => {
  const stretch = stretchOf(
    series({ source: "1m", t: [0], mean: [4], last: [2], min: [1], max: [9], q: ["good"] }),
    { from: 0, to: 90 },
    90,
  );
  expect(joinCurve({ pieces: [{ from: 0, to: 90, stretch }], heard: undefined, end: 90, stepped: true }).v[0]).toBe(2);
});

test("through a gap nothing holds", () => {
  expect(points(lineOf(raw([0, 50], [1, 2], { gaps: [[10, 50]] })))).toEqual([
    [0, 1, 0],
    [10, Number.NaN, NOTHING],
    [50, 2, 0],
  ]);
});

test("what stays quiet after a gap is what it was before, with a question mark", () => {
  const stretch = stretchOf(raw([0], [1], { gaps: [[10, 50]] }), { from: 0, to: 60_000 }, 0);
  const curve = joinCurve({ pieces: [{ from: 0, to: 60_000, stretch }], heard: undefined, end: 60_000, stepped: false });
  expect(points(curve)).toEqual([
    [0, 1, Quality.Good],
    [10, Number.NaN, NOTHING],
    [50, 1, Quality.Uncertain],
  ]);
});

test("a sample on the very edge of a stretch is no less drawn than others", () => {
  const edge = Date.UTC(2026, 10, 22, 8);
  const stretch = stretchOf(raw([edge, edge + 1000], [1, 2]), { from: edge, to: edge + 60_000 }, 0);
  const curve = joinCurve({ pieces: [{ from: edge, to: edge + 60_000, stretch }], heard: undefined, end: edge + 60_000, stepped: false });
  expect(points(curve).map(([time, value]) => [time - edge, value])).toEqual([
    [0, 1],
    [1000, 2],
  ]);
});

test("a sample that came a minute after its time is marked late", () => {
  const line = lineOf(raw([10, 20], [1, 2], { received: [1500, 90_000] }));
  expect([line.late[0], line.late[1]]).toEqual([0, 1]);
});

test("past and present are joined without overlap, and a gap at the end of the past was only silence", () => {
  const heard = new Heard();
  for (const time of [15, 20, 25]) heard.add({ time, value: time, quality: 0 }, 30);
  expect(points(lineOf(raw([0, 20], [1, 3]), heard))).toEqual([
    [0, 1, 0],
    [20, 3, 0],
    [25, 25, 0],
  ]);
  expect(points(lineOf(raw([0], [1], { gaps: [[22, 1000]] }), heard)).at(-1)).toEqual([25, 25, 0]);
});

test("a lost value held until it was learnt; hearing it again changes nothing", () => {
  const heard = new Heard();
  heard.add({ time: 10, value: 5, quality: Quality.Good }, 11);
  heard.add({ time: 10, value: 5, quality: Quality.Stale }, 40);
  heard.add({ time: 10, value: 5, quality: Quality.Stale }, 50);
  heard.add({ time: 5, value: 4, quality: Quality.Good }, 60);
  expect([heard.length, heard.t[1], heard.q[1]]).toEqual([2, 40, Quality.Stale]);
});

test("a memory that is full forgets its older half", () => {
  const heard = new Heard(1024);
  for (let i = 1; i <= 1025; i++) heard.add({ time: i, value: i, quality: 0 }, i);
  expect([heard.length, heard.from, heard.v[heard.length - 1]]).toEqual([513, 513, 1025]);
});

test("between two times each value counts as long as it held", () => {
  const line = lineOf(raw([0, 10, 40], [1, 4, null], { q: ["good", "good", "bad"] }));
  expect(between(line, 0, 100)).toEqual({ min: 1, max: 4, mean: (1 * 10 + 4 * 30) / 40 });
  expect(between(line, 50, 100)).toBeUndefined();
  expect([valueAt(line, 9), valueAt(line, 50), valueAt(line, -1)]).toEqual([1, undefined, undefined]);
});

test("every span fills its tiles, one to two of them wide, with a bucket per pixel or every sample", () => {
  for (let span = 10_000; span < 400 * 86_400_000; span *= 1.37)
    for (const from of [0, 59_999, 1_700_000_000_123, 1.9e12]) {
      const grid = gridOf(span, 900);
      const tiles = tilesOf(grid, from, from + span);
      expect((tiles[0] as number) * grid.length).toBeLessThanOrEqual(from);
      expect(((tiles.at(-1) as number) + 1) * grid.length).toBeGreaterThanOrEqual(from + span);
      expect(tiles.length).toBeLessThanOrEqual(3);
      if (grid.points > 0) expect(grid.length / grid.points).toBeLessThanOrEqual(span / 900);
    }
});

/** A server that has a sample of each tag each second, and remembers what it was asked. */
function rig(begin = 10_000_000) {
  const clock = new ManualClock(begin);
  const asked: { path: string; signal: AbortSignal | undefined }[] = [];
  const state = { held: false, lag: 0, quiet: false };
  const answer = (path: string): History => {
    const params = new URLSearchParams(path.split("?")[1]);
    const [from, to] = [Number(params.get("from")), Math.min(Number(params.get("to")), clock.now() - state.lag)];
    const t = Array.from(
      { length: Math.max(0, Math.ceil(to / 1000) - Math.ceil(from / 1000)) },
      (_, i) => (Math.ceil(from / 1000) + i) * 1000,
    );
    const tags = (params.get("tags") ?? "").split(",");
    if (state.quiet) return { from, to, series: tags.map((path) => ({ ...raw([], []), tag: path })) };
    if (params.get("raw") === "1") return { from, to, series: tags.map((path) => ({ ...raw(t, t), tag: path })) };
    const width = (Number(params.get("to")) - from) / Number(params.get("points"));
    const starts = t.filter(
      (time, i) => i === 0 || Math.floor((time - from) / width) !== Math.floor(((t[i - 1] as number) - from) / width),
    );
    const column = { mean: starts, last: starts, min: starts, max: starts, q: starts.map(() => "good" as const) };
    return { from, to, series: tags.map((path) => series({ tag: path, source: "10s", width, t: starts, ...column })) };
  };
  const get = async <T>(path: string, signal?: AbortSignal): Promise<T> => {
    asked.push({ path, signal });
    if (state.held) await new Promise<void>(() => undefined);
    if (path.startsWith("values?")) return { values: [{ tag: other.path, value: 7, quality: "good" }] } as T;
    return answer(path) as T;
  };
  let changes = 0;
  const past = new Past({ api: { get, send: () => Promise.reject(new Error("none")) }, clock, now: () => clock.now() }, () => changes++);
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) {
      clock.advance(100);
      for (let j = 0; j < 10; j++) await Promise.resolve();
    }
  };
  return { clock, asked, state, past, settle, changes: () => changes };
}

test("what is looked at is asked for once, then what lies beside it; moving there asks nothing", async () => {
  const { clock, asked, past, settle } = rig();
  const sight = { from: clock.now() - 7_200_000, to: clock.now() - 3_600_000, pixels: 900 };
  past.look([{ tags: [tag, other], ...sight }]);
  await settle();
  const first = asked.length;
  expect(past.line(tag, sight).source).toBe("10s");
  expect(first).toBeGreaterThanOrEqual(3);
  past.look([{ tags: [tag, other], ...sight, from: sight.from + 200_000, to: sight.to + 200_000 }]);
  await settle();
  expect(asked.length - first).toBeLessThanOrEqual(1);
});

test("zooming shows at once what is there, and never a blank", async () => {
  const { clock, past, settle } = rig();
  const wide = { from: clock.now() - 7_200_000, to: clock.now(), pixels: 900 };
  past.look([{ tags: [tag], ...wide }]);
  await settle();
  const close = past.line(tag, { from: wide.to - 900_000, to: wide.to, pixels: 900 });
  expect(valueAt(close, wide.to - 400_000)).toBeDefined();
  expect(Array.from(close.q.subarray(0, close.length))).not.toContain(UNFETCHED);
  expect(points(past.line(other, wide)).every(([, , q]) => q === UNFETCHED)).toBe(true);
});

test("a question nobody wants any more is given up", async () => {
  const { clock, asked, past, settle, state } = rig();
  state.held = true;
  past.look([{ tags: [tag], from: clock.now() - 60_000, to: clock.now(), pixels: 900 }]);
  await settle();
  past.look([{ tags: [tag], from: clock.now() - 90 * 86_400_000, to: clock.now() - 80 * 86_400_000, pixels: 900 }]);
  await settle();
  expect(asked[0]?.signal?.aborted).toBe(true);
  expect(asked.at(-1)?.signal?.aborted).toBe(false);
});

test("what is reported by exception holds from before the left edge; of what never was, nothing is drawn", async () => {
  const { clock, past, settle, state } = rig();
  state.quiet = true;
  const sight = { from: clock.now() - 50_000, to: clock.now(), pixels: 900 };
  past.look([{ tags: [tag, other], ...sight }]);
  await settle();
  expect(valueAt(past.line(other, sight), sight.from)).toBe(7);
  expect(valueAt(past.line(tag, sight), sight.from)).toBeUndefined();
});

test("a refusal is told, and the same is not asked again at once", async () => {
  const clock = new ManualClock(10_000_000);
  let asked = 0;
  const get = (): Promise<never> => {
    asked++;
    return Promise.reject(new Error("no"));
  };
  const past = new Past({ api: { get, send: get }, clock, now: () => clock.now() }, () => undefined);
  const sight = { tags: [tag], from: clock.now() - 50_000, to: clock.now(), pixels: 900 };
  const ask = async (): Promise<number> => {
    past.look([sight]);
    clock.advance(100);
    for (let i = 0; i < 10; i++) await Promise.resolve();
    return asked;
  };
  const first = await ask();
  expect((past.state.get().error as Error).message).toBe("no");
  expect(await ask()).toBe(first);
  clock.advance(6000);
  expect(await ask()).toBeGreaterThan(first);
});

test("a client that was cut off for half a minute ends with the very columns of one that was not", async () => {
  const { clock, past, settle, state } = rig(10_000_400);
  state.lag = 2500;
  const [kept, cut] = [new Heard(), new Heard()];
  const sight = () => ({ from: clock.now() - 120_000, to: clock.now(), pixels: 900 });
  const second = async (reach: boolean): Promise<void> => {
    clock.advance(1000);
    const sample = { time: Math.floor(clock.now() / 1000) * 1000, value: Math.floor(clock.now() / 1000) * 1000, quality: 0 };
    kept.add(sample, clock.now());
    if (reach) cut.add(sample, clock.now());
    past.look([{ tags: [tag], ...sight() }]);
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  for (let i = 0; i < 20; i++) await second(true);
  for (let i = 0; i < 30; i++) await second(false);
  cut.clear();
  past.doubt();
  for (let i = 0; i < 15; i++) await second(true);
  await settle();
  const [whole, mended] = [past.line(tag, sight(), kept), past.line(tag, sight(), cut)];
  expect(points(mended)).toEqual(points(whole));
  const times = Array.from(mended.t.subarray(0, mended.length)).filter((t) => t > sight().from);
  expect(times.every((t, i) => i === 0 || t - (times[i - 1] as number) === 1000)).toBe(true);
  expect(times.length).toBeGreaterThanOrEqual(119);
});
