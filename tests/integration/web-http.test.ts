import { createFrame, pushSample, Quality } from "@cellhouse/shared";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alarmOf } from "../support/fake-pipe.ts";
import { type WebHouse, webHouse } from "../support/web.ts";

let house: WebHouse;
beforeAll(async () => {
  house = await webHouse();
});
afterAll(() => house.stop());

const PASSWORD = "correct horse battery";

test("signs in by name and password, stays signed in, and is out after signing out", async () => {
  const wrong = await house.call("POST", "/api/v1/session", { body: { name: "operator", password: "no" } });
  expect([wrong.status, wrong.body.code]).toEqual([401, "E_SIGN_IN"]);
  expect(wrong.headers["content-type"]).toMatch("application/problem+json");
  const right = await house.call("POST", "/api/v1/session", { body: { name: "operator", password: PASSWORD } });
  expect(right.body).toMatchObject({ name: "operator", role: "operator", areas: [""] });
  const set = String(right.headers["set-cookie"]);
  expect(set).toMatch(/HttpOnly; SameSite=Strict/i);
  const cookie = set.split(";")[0] as string;
  expect((await house.call("GET", "/api/v1/session", { cookie })).body.name).toBe("operator");
  expect((await house.call("DELETE", "/api/v1/session", { cookie })).status).toBe(204);
  expect((await house.call("GET", "/api/v1/session", { cookie })).body.code).toBe("E_AUTH");
});

test("a one-time link signs in once, and opening the page alone does not use it up", async () => {
  const link = house.ledger.createLink("operator", Date.now() + 600_000);
  await house.call("GET", `/?signin=${link}`);
  expect((await house.call("POST", "/api/v1/session", { body: { link } })).body.name).toBe("operator");
  expect((await house.call("POST", "/api/v1/session", { body: { link } })).body.code).toBe("E_SIGN_IN");
});

test("values carry quality and both stamps; a tag that never spoke is null and stale", async () => {
  const cookie = house.cookie("viewer");
  house.pipe.push([{ tag: "C001:TI-101", value: 1050.5, time: 1_700_000_000_000 }]);
  const { body } = await house.call("GET", "/api/v1/values?tags=C001:TI-101&tags=L01:II-001", { cookie });
  expect(body.values).toMatchObject([
    { tag: "BT.EL1.L01.C001:TI-101", value: 1050.5, quality: "good", time: 1_700_000_000_000, unit: "°C" },
    { tag: "BT.EL1.L01:II-001", value: null, quality: "stale", time: 0 },
  ]);
  const unknown = await house.call("GET", "/api/v1/values?tags=C001:TI-999", { cookie });
  expect([unknown.status, unknown.body.code, unknown.body.detail]).toEqual([404, "E_TAG_UNKNOWN", "C001:TI-999"]);
  expect((await house.call("GET", "/api/v1/values", { cookie })).body).toMatchObject({
    code: "E_QUERY",
    detail: expect.stringContaining("tags"),
  });
});

test("history gives buckets, raw pages and CSV, and lists the gap in which nothing was stored", async () => {
  const cookie = house.cookie("qa");
  const start = 1_700_000_000_000;
  const frame = createFrame(4);
  const tag = house.plant.tag("C001:EI-201")?.id ?? 0;
  const beat = house.plant.tag("C001:YC-905")?.id ?? 0;
  for (let s = 0; s < 120; s++) {
    if (s >= 40 && s < 80) continue;
    pushSample(frame, tag, start + s * 1000, s === 7 ? Number.NaN : 9 + s / 100, s === 7 ? Quality.Bad : Quality.Good);
    pushSample(frame, beat, start + s * 1000, s, Quality.Good);
  }
  house.history.keep(frame);
  const range = `tags=C001:EI-201&from=${start}&to=${start + 120_000}`;
  const buckets = await house.call("GET", `/api/v1/history?${range}&points=120`, { cookie });
  expect(buckets.body.series).toMatchObject([{ unit: "V", gaps: [[start + 40_000, start + 80_000]] }]);
  const raw = await house.call("GET", `/api/v1/history?${range}&raw=1`, { cookie });
  const [series] = raw.body.series as { t: number[]; v: (number | null)[]; q: string[]; gaps: number[][] }[];
  expect([series?.t.length, series?.v[7], series?.q[7]]).toEqual([80, null, "bad"]);
  expect(series?.gaps).toEqual([[start + 40_000, start + 80_000]]);
  const csv = await house.call("GET", `/api/v1/history?${range}&raw=1&format=csv`, { cookie });
  expect(csv.text.split("\r\n").slice(0, 2)).toEqual([
    "tag,unit,time,received,value,quality",
    `BT.EL1.L01.C001:EI-201,V,${start},0,9,good`,
  ]);
  expect((await house.call("GET", `/api/v1/history?${range}&format=parquet`, { cookie })).body.code).toBe("E_QUERY");
});

test("raw pages join without a sample lost or given twice", async () => {
  const cookie = house.cookie("qa");
  const from = 1_500_000_000_000;
  const frame = createFrame(70_000);
  for (const [name, count] of [
    ["C001:TI-102", 30_000],
    ["C001:TI-103", 40_000],
  ] as const)
    for (let i = 0; i < count; i++) pushSample(frame, house.plant.tag(name)?.id ?? 0, from + i * 10, i, Quality.Good);
  house.history.keep(frame);
  const seen = new Map<string, number[]>();
  let cursor = "";
  let pages = 0;
  do {
    const { body } = await house.call("GET", `/api/v1/history?tags=C001:TI-102,C001:TI-103&from=${from}&to=${from + 1e6}&raw=1${cursor}`, {
      cookie,
    });
    for (const series of body.series as { tag: string; v: number[] }[])
      seen.set(series.tag, [...(seen.get(series.tag) ?? []), ...series.v]);
    cursor = body.next === undefined ? "" : `&cursor=${body.next}`;
    pages++;
  } while (cursor !== "" && pages < 10);
  expect([pages, ...[...seen.values()].map((values) => values.length)]).toEqual([2, 30_000, 40_000]);
  for (const values of seen.values()) expect(values.every((value, i) => value === i)).toBe(true);
});

test("a command is audited with what was there before, refused ones with their code", async () => {
  const cookie = house.cookie("operator");
  house.pipe.push([{ tag: "C001:FIC-303.SP", value: 9.5 }]);
  const taken = await house.call("POST", "/api/v1/commands", { cookie, body: { tag: "C001:FIC-303.SP", value: 10, reason: "lean" } });
  expect([taken.status, taken.body.state, taken.body.tag]).toEqual([202, "pending", "BT.EL1.L01.C001:FIC-303.SP"]);
  expect((await house.call("GET", `/api/v1/commands/${taken.body.id}`, { cookie })).body.value).toBe(10);
  const far = await house.call("POST", "/api/v1/commands", { cookie, body: { tag: "C001:FIC-303.SP", value: 99 } });
  expect([far.status, far.body.code, far.body.detail]).toEqual([422, "E_SETPOINT_RANGE", "99: allowed 0 to 40"]);
  const viewer = await house.call("POST", "/api/v1/commands", {
    cookie: house.cookie("viewer"),
    body: { tag: "C001:FIC-303.SP", value: 10 },
  });
  expect([viewer.status, viewer.body.code]).toEqual([403, "E_ROLE"]);
});

test("alarms are acknowledged for the occurrence seen, once more without harm, never for another", async () => {
  const cookie = house.cookie("operator");
  house.pipe.raise(alarmOf(house.plant, "C001"));
  const url = "/api/v1/alarms/C001:TY-100.HI/ack";
  expect((await house.call("GET", "/api/v1/alarms?state=UNACK&priority=3&cell=C001", { cookie })).body.alarms).toHaveLength(1);
  expect((await house.call("POST", url, { cookie, body: { occurrence: "old" } })).body.code).toBe("E_OCCURRENCE");
  expect((await house.call("POST", url, { cookie, body: { occurrence: "C001-1" } })).body).toMatchObject({
    state: "ACKED",
    ackBy: "operator",
  });
  expect((await house.call("POST", "/api/v1/alarms/C001:TY-100.HI/reset", { cookie })).body.state).toBe("NORM");
  expect((await house.call("POST", "/api/v1/alarms/NO/ack", { cookie, body: { occurrence: "x" } })).body.code).toBe("E_NOT_FOUND");
});

test("faults are relayed, listed and ended by their id; the journal knows of them", async () => {
  const cookie = house.cookie("engineer");
  const made = await house.call("POST", "/api/v1/faults", { cookie, body: { kind: "feeder_jam", cell: "C001", seconds: 60 } });
  expect([made.status, house.orders.at(-1)]).toEqual([
    201,
    { id: made.body.id, op: "start", kind: "feeder_jam", cell: "C001", after: 0, seconds: 60, args: {} },
  ]);
  expect((await house.call("GET", "/api/v1/faults", { cookie })).body.faults).toHaveLength(1);
  expect((await house.call("POST", "/api/v1/faults", { cookie, body: { kind: "unknown", cell: "C001" } })).body.code).toBe("E_FAULT_KIND");
  expect((await house.call("DELETE", `/api/v1/faults/${made.body.id}`, { cookie })).status).toBe(204);
  const journal = await house.call("GET", "/api/v1/journal?kind=fault&cell=C001", { cookie });
  expect((journal.body.events as { outcome: string }[]).map((event) => event.outcome)).toEqual(["ok", "E_FAULT_KIND", "ok"]);
});

test("the journal is read in pages", async () => {
  const cookie = house.cookie("qa");
  for (let i = 0; i < 25; i++) house.ledger.journal({ time: i, kind: "system", text: `line ${i}` });
  const first = (await house.call("GET", "/api/v1/journal?kind=system&limit=20", { cookie })).body;
  const second = (await house.call("GET", `/api/v1/journal?kind=system&limit=20&after=${first.next}`, { cookie })).body;
  expect([(first.events as unknown[]).length, (second.events as unknown[]).length, second.next]).toEqual([20, 5, undefined]);
});

test("the journal is read backwards, the newest first, without a line twice or missing", async () => {
  const cookie = house.cookie("qa");
  for (let i = 0; i < 25; i++) house.ledger.journal({ time: i, kind: "config", text: `line ${i}` });
  const page = async (rest: string) => (await house.call("GET", `/api/v1/journal?kind=config&order=desc&limit=20${rest}`, { cookie })).body;
  const newest = await page("");
  const older = await page(`&before=${newest.next}`);
  const texts = [newest, older].flatMap((p) => (p.events as { text: string }[]).map((event) => event.text));
  expect(texts).toEqual(Array.from({ length: 25 }, (_, i) => `line ${24 - i}`));
  expect(older.next).toBeUndefined();
});

test("KPIs say how much of the plant they cover, and nothing about what was not measured", async () => {
  const cookie = house.cookie("viewer");
  house.pipe.push([{ tag: "C001:JI-204", value: 60 }]);
  const { body } = await house.call("GET", "/api/v1/kpis?scope=hall", { cookie });
  expect(body.kpis).toContainEqual({ id: "dc-power", value: 0.06, unit: "MW", coverage: 1 });
  expect(body.kpis).toContainEqual({ id: "feed", value: null, unit: "kg/h", coverage: 0 });
  expect(body.kpis).toContainEqual({ id: "specific-energy", value: null, unit: "kWh/kg", coverage: 0 });
});

test("over a span the totals' growth counts, with the share of the span that the samples reach over", async () => {
  const cookie = house.cookie("viewer");
  const from = 1_600_000_000_000;
  const frame = createFrame(4);
  const tag = house.plant.tag("C001:JQ-205")?.id ?? 0;
  for (let minute = 0; minute <= 30; minute++) pushSample(frame, tag, from + minute * 60_000, 1000 + minute, Quality.Good);
  house.history.keep(frame);
  const { body } = await house.call("GET", `/api/v1/kpis?from=${from}&to=${from + 3_600_000}`, { cookie });
  expect(body.kpis).toContainEqual({ id: "dc-energy", value: 30, unit: "kWh", coverage: 0.5 });
  expect(body.kpis).toContainEqual({ id: "oxide-fed", value: null, unit: "kg", coverage: 0 });
});

test("a replay is opened, steered and ended by those who replay", async () => {
  const cookie = house.cookie("qa");
  const made = await house.call("POST", "/api/v1/replays", { cookie, body: { from: "now-1h", to: "now", speed: 10 } });
  expect(made.status).toBe(201);
  const url = `/api/v1/replays/${made.body.id}`;
  expect((await house.call("PATCH", url, { cookie, body: { playing: true, speed: 60 } })).body).toMatchObject({ playing: true, speed: 60 });
  expect((await house.call("DELETE", url, { cookie })).status).toBe(204);
  expect((await house.call("GET", url, { cookie })).status).toBe(404);
});

test("another site can neither sign in nor change anything; programs without an origin can", async () => {
  const body = { name: "operator", password: PASSWORD };
  const evil = await house.call("POST", "/api/v1/session", { body, headers: { origin: "http://evil.example", host: "127.0.0.1" } });
  expect([evil.status, evil.body.code]).toEqual([403, "E_ORIGIN"]);
  const cross = await house.call("POST", "/api/v1/session", { body, headers: { "sec-fetch-site": "cross-site" } });
  expect(cross.body.code).toBe("E_ORIGIN");
  const own = await house.call("POST", "/api/v1/session", {
    body,
    headers: { origin: "http://127.0.0.1:1", host: "127.0.0.1:1", "sec-fetch-site": "same-origin" },
  });
  expect(own.status).toBe(200);
});

test("every answer carries the security headers, errors too", async () => {
  for (const path of ["/", "/api/v1/plant", "/api/nothing", "/%", "/metrics"]) {
    const { headers } = await house.call("GET", path);
    expect(headers["content-security-policy"], path).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"], path).toContain("script-src 'self';");
    expect(headers["x-content-type-options"], path).toBe("nosniff");
    expect(headers["referrer-policy"], path).toBe("no-referrer");
  }
});

test("health, readiness and metrics answer on this machine; the metrics carry the contract's names", async () => {
  expect((await house.call("GET", "/healthz")).body.ok).toBe(true);
  expect((await house.call("GET", "/readyz")).body).toEqual({ ok: true, detail: "all parts work" });
  house.counters.received("edge:L01", 3);
  house.counters.linkUp("edge:L01", true);
  const { text } = await house.call("GET", "/metrics");
  expect(text).toContain('cellhouse_received_total{link="edge:L01"} 3');
  expect(text).toContain('cellhouse_link_up{link="edge:L01"} 1');
  expect(text).toMatch(/cellhouse_rejected_total\{reason="E_ROLE"\} \d/);
});

test("the OpenAPI document names every endpoint with its refusals, and the replies are what it says", async () => {
  const { body } = await house.call("GET", "/api/openapi.json");
  const paths = body.paths as Record<string, Record<string, { responses: Record<string, Reply> }>>;
  expect(Object.keys(paths)).toContain("/api/v1/alarms/{id}/ack");
  expect(paths["/api/v1/commands"]?.post?.responses["422"]?.description).toContain("E_SETPOINT_RANGE");

  const ajv = new Ajv2020({ strict: false });
  const problem = ajv.compile((body.components as { schemas: { Problem: object } }).schemas.Problem);
  const cookie = house.cookie("engineer");
  const span = "from=1700000000000&to=1700000120000";
  const asked = [
    "session",
    "plant",
    "tags",
    "values?tags=C001:*",
    `history?tags=C001:EI-201&${span}&points=10`,
    `history?tags=C001:EI-201&${span}&raw=1`,
    "kpis",
    "commands",
    "alarms",
    "journal",
    "faults",
  ];
  for (const query of asked) {
    const reply = await house.call("GET", `/api/v1/${query}`, { cookie });
    const schema = paths[`/api/v1/${query.split("?")[0]}`]?.get?.responses["200"]?.content?.["application/json"]?.schema;
    expect(schema, query).toBeDefined();
    const check = ajv.compile(schema as object);
    expect([check(reply.body), check.errors], query).toEqual([true, null]);
  }
  for (const query of ["values", "values?tags=x", "nothing", "replays/x"])
    expect(problem((await house.call("GET", `/api/v1/${query}`, { cookie })).body), query).toBe(true);
});

interface Reply {
  description: string;
  content?: Record<string, { schema: object }>;
}
