/** Files out of history over HTTP. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createFrame, pushSample, Quality } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type WebHouse, webHouse } from "../support/web.ts";

const START = Date.UTC(2026, 10, 21, 16);
const SPAN = { from: START, to: START + 600_000 };
const TAGS = ["C001:EI-201", "C001:TI-101"];
let house: WebHouse;
let cookie: string;

beforeAll(async () => {
  house = await webHouse();
  cookie = house.cookie("viewer");
  const frame = createFrame(2000);
  frame.receivedAt = START + 700_000;
  const id = (path: string): number => house.plant.tag(path)?.id ?? 0;
  for (let s = 0; s < 600; s++) pushSample(frame, id("C001:EI-201"), START + s * 1000, s === 3 ? Number.NaN : 9 + s / 7, s === 3 ? 3 : 0);
  for (let s = 0; s < 600; s += 2) pushSample(frame, id("C001:TI-101"), START + s * 1000, 1050, Quality.Uncertain);
  house.history.keep(frame);
});
afterAll(() => house.stop());

interface Job {
  id: string;
  state: string;
  rows: number;
  bytes: number;
  sha256: string;
  fault?: object;
}

async function made(order: object, as = cookie): Promise<{ job: Job; file: Buffer; headers: Record<string, unknown> }> {
  const ordered = await house.call("POST", "/api/v1/exports", { cookie: as, body: { tags: TAGS, ...SPAN, ...order } });
  expect(ordered.status, ordered.text).toBe(201);
  await house.deps.exports.finished(String(ordered.body.id));
  const job = (await house.call("GET", `/api/v1/exports/${ordered.body.id}`, { cookie: as })).body as unknown as Job;
  expect(job).toMatchObject({ state: "done", progress: 1 });
  const reply = await fetch(`${house.url}/api/v1/exports/${job.id}/file`, { headers: { cookie: as } });
  return { job, file: Buffer.from(await reply.arrayBuffer()), headers: Object.fromEntries(reply.headers) };
}

test("wide CSV has one row per time with UTC and the plant's own, values to the last bit, and its checksum", async () => {
  const { job, file, headers } = await made({ format: "csv" });
  const lines = file.toString().split("\r\n");
  const [voltage, bath] = TAGS.map((tag) => `BT.EL1.L01.${tag}`);
  expect(lines[0]).toBe(`time_utc,time_local,${voltage} [V],${voltage} quality,${bath} [°C],${bath} quality`);
  expect(lines[1]).toBe("2026-11-21T16:00:00.000Z,2026-11-22T00:00:00.000+08:00,9,good,1050,uncertain");
  expect(lines[4]).toBe("2026-11-21T16:00:03.000Z,2026-11-22T00:00:03.000+08:00,,bad,,");
  expect(lines[2]).toContain(`,${9 + 1 / 7},good,,`);
  expect([lines.length, job.rows, job.bytes]).toEqual([602, 600, file.length]);
  const sha256 = createHash("sha256").update(file).digest("hex");
  expect([job.sha256, headers["x-checksum-sha256"]]).toEqual([sha256, sha256]);
  expect(headers).toMatchObject({
    "content-length": String(file.length),
    "content-disposition": 'attachment; filename="history-20261121T1600-20261121T1610.csv"',
  });
});

test("JSON has one sample a line with both stamps; rows of a rollup as well", async () => {
  const { job, file } = await made({ format: "json" });
  const rows = JSON.parse(file.toString()) as object[];
  expect([rows.length, job.rows]).toEqual([900, 900]);
  expect(rows[3]).toEqual({
    tag: "BT.EL1.L01.C001:EI-201",
    unit: "V",
    time: START + 3000,
    value: null,
    received: START + 700_000,
    quality: "bad",
  });
  const minutes = JSON.parse((await made({ format: "json", resolution: "1m", tags: ["C001:TI-101"] })).file.toString()) as object[];
  expect([minutes.length, minutes[0]]).toEqual([
    10,
    expect.objectContaining({ time: START, min: 1050, max: 1050, mean: 1050, count: 30, quality: "uncertain" }),
  ]);
});

test("Parquet is typed, the same samples make the same bytes, and a small answer comes at once", async () => {
  const { file } = await made({ format: "parquet", tags: ["C001:EI-201"] });
  expect(file.subarray(0, 4).toString()).toBe("PAR1");
  const again = await made({ format: "parquet", tags: ["C001:EI-201"] });
  expect(again.file.equals(file)).toBe(true);
  const query = `tags=C001:EI-201&from=${SPAN.from}&to=${SPAN.to}&format=parquet`;
  const direct = await fetch(`${house.url}/api/v1/history?${query}&raw=1`, { headers: { cookie } });
  expect(Buffer.from(await direct.arrayBuffer()).equals(file)).toBe(true);
  expect((await house.call("GET", `/api/v1/history?${query}`, { cookie })).body.code).toBe("E_QUERY");
});

test("an export is its owner's, and gone with its file when removed", async () => {
  const qa = house.cookie("qa");
  const { job } = await made({ format: "csv" }, qa);
  const at = `/api/v1/exports/${job.id}`;
  for (const path of [at, `${at}/file`]) expect((await house.call("GET", path, { cookie })).body.code).toBe("E_NOT_FOUND");
  expect((await house.call("DELETE", at, { cookie })).body.code).toBe("E_NOT_FOUND");
  expect(((await house.call("GET", "/api/v1/exports", { cookie: qa })).body.exports as object[]).length).toBe(1);
  expect((await house.call("DELETE", at, { cookie: qa })).status).toBe(204);
  expect((await house.call("GET", at, { cookie: qa })).body.code).toBe("E_NOT_FOUND");
  expect(readdirSync(join(house.data, "exports")).filter((name) => name.startsWith(job.id))).toEqual([]);
});

test.each([
  [{ tags: ["C001:NO-1"] }, "E_TAG_UNKNOWN"],
  [{ to: START - 1 }, "E_QUERY"],
  [{ format: "xlsx" }, "E_QUERY"],
  [{ resolution: "2m" }, "E_QUERY"],
  [{ tags: [] }, "E_QUERY"],
])("the order %j is refused with %s", async (wrong, code) => {
  const body = { tags: TAGS, ...SPAN, format: "csv", ...wrong };
  expect((await house.call("POST", "/api/v1/exports", { cookie, body })).body.code).toBe(code);
});

test("nobody keeps more than a few", async () => {
  const admin = house.cookie("admin");
  const body = { tags: TAGS, ...SPAN, format: "csv" };
  const codes = [];
  for (let n = 0; n < 9; n++) codes.push((await house.call("POST", "/api/v1/exports", { cookie: admin, body })).body.code);
  expect(codes).toEqual([...new Array(8).fill(undefined), "E_RATE"]);
});
