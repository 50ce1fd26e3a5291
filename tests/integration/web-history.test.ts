/** Questions to history over HTTP, as a screen or a program asks them. */
import type { HistoryService } from "@cellhouse/server/src/contracts.ts";
import { createFrame, pushSample, Quality } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fakeHistory } from "../support/fake-pipe.ts";
import { type WebHouse, webHouse } from "../support/web.ts";

const START = 1_700_000_000_000;
let house: WebHouse;
beforeAll(async () => {
  house = await webHouse();
  const frame = createFrame(8000);
  const id = (path: string): number => house.plant.tag(path)?.id ?? 0;
  for (let s = 0; s < 7200; s++) pushSample(frame, id("C001:YC-905"), START + s * 1000, s, Quality.Good);
  for (let s = 0; s < 7200; s += 60) pushSample(frame, id("C001:EI-201"), START + s * 1000, s < 3600 ? 9 : 11, Quality.Good);
  pushSample(frame, id("C001:EI-201"), START + 7_199_000, 99, Quality.Bad);
  house.history.keep(frame);
});
afterAll(() => house.stop());
const ask = (path: string, cookie = house.cookie("viewer")) => house.call("GET", `/api/v1/${path}`, { cookie });
const SPAN = `from=${START}&to=${START + 7_200_000}`;

test("buckets tell what they were made of and how wide they are; those of rollups stand on whole multiples", async () => {
  const [made] = (await ask(`history?tags=C001:EI-201&${SPAN}&points=20`)).body.series as { source: string; width: number; t: number[] }[];
  expect(made).toMatchObject({ source: "1m", width: 420_000 });
  expect(made?.t.slice(1).every((t) => t % 420_000 === 0)).toBe(true);
  const [fine] = (await ask(`history?tags=C001:EI-201&${SPAN}&points=2000`)).body.series as { source: string; width: number }[];
  expect(fine).toMatchObject({ source: "raw", width: 3600 });
});

test("aggregates weigh by time and say how long and how often what held", async () => {
  const { body } = await ask(`history/aggregates?tags=C001:EI-201&${SPAN}&above=10&is=9`);
  expect(body).toMatchObject({
    from: START,
    series: [{ tag: "BT.EL1.L01.C001:EI-201", unit: "V", min: 9, max: 11, samples: 121, changes: 1, is: { ms: 3_600_000, excursions: 1 } }],
  });
  const [found] = body.series as { mean: number; above: object; below?: object; shares: Record<string, number>; last: object }[];
  expect(found?.above).toEqual({ ms: 3_599_000, excursions: 1 });
  expect(found?.below).toBeUndefined();
  expect(found?.mean).toBeCloseTo((9 * 3600 + 11 * 3599) / 7199, 9);
  expect(found?.shares).toEqual({ good: 7199 / 7200, uncertain: 0, stale: 0, bad: 1 / 7200, gap: 0 });
  expect(found?.last).toEqual({ time: START + 7_199_000, value: 99, quality: "bad" });
});

test("a value at a time carries how old it was and both stamps", async () => {
  const { body } = await ask(`values?tags=C001:EI-201,C001:TI-101&at=${START + 90_500}`);
  expect(body.values).toEqual([
    { tag: "BT.EL1.L01.C001:EI-201", value: 9, quality: "good", time: START + 60_000, received: 0, unit: "V", age: 30_500 },
    { tag: "BT.EL1.L01.C001:TI-101", value: null, quality: "stale", time: 0, received: 0, unit: "°C" },
  ]);
});

test.each([
  ["history/aggregates?tags=C001:EI-201&from=now-1h&to=now-2h", "E_QUERY"],
  ["history/aggregates?tags=C001:EI-201&from=now-1h&above=much", "E_QUERY"],
  ["history/aggregates?tags=C001:EI-201,C001:TI-101&from=0", "E_TOO_LARGE"],
  ["history/aggregates?tags=C001:NO-1&from=now-1h", "E_TAG_UNKNOWN"],
  ["values?tags=C001:EI-201&at=soon", "E_QUERY"],
  ["values?tags=L01:*,C001:*,C002:*&at=now", "E_TAG_UNKNOWN"],
])("%s is refused with %s", async (path, code) => {
  expect((await ask(path)).body.code).toBe(code);
});

test("a client that goes away takes its question back, down to the engine", async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<AbortSignal>();
  const endless: Partial<HistoryService> = {
    raw: ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        ask(signal as AbortSignal);
      }),
  };
  const other = await webHouse({ deps: { history: { ...fakeHistory(house.plant, house.deps.clock), ...endless } } });
  try {
    const gone = new AbortController();
    const answer = fetch(`${other.url}/api/v1/history?tags=C001:EI-201&from=now-1h&raw=1`, {
      headers: { cookie: other.cookie("viewer") },
      signal: gone.signal,
    });
    const signal = await asked;
    expect(signal.aborted).toBe(false);
    const back = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    gone.abort();
    await expect(answer).rejects.toThrow("abort");
    await back;
  } finally {
    await other.stop();
  }
});

test("what is no longer kept is refused with the time since when it is, never passed off as a gap", async () => {
  const reach = { raw: START + 1000, "10s": START, "1m": 0, "1h": Number.NEGATIVE_INFINITY };
  const forgetful = await webHouse({ deps: { history: { ...house.history, reach: async () => reach } } });
  try {
    const cookie = forgetful.cookie("viewer");
    const call = async (method: string, path: string, body?: unknown) =>
      (await forgetful.call(method, `/api/v1/${path}`, { cookie, ...(body === undefined ? {} : { body }) })).body;
    const refusal = { code: "E_QUERY", detail: "from: samples are kept since 2023-11-14T22:13:21.000Z; rows of 10s reach back to it" };
    expect(await call("GET", `history/aggregates?tags=C001:EI-201&${SPAN}`)).toMatchObject(refusal);
    const order = { tags: ["C001:EI-201"], from: START, to: START + 60_000, format: "csv" };
    expect(await call("POST", "exports", order)).toMatchObject(refusal);
    expect(await call("POST", "exports", { ...order, resolution: "10s" })).toMatchObject({ state: "waiting" });
  } finally {
    await forgetful.stop();
  }
});
