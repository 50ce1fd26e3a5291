/** Samples from files over HTTP: ours, other people's, and files that mean harm. */

import { readFileSync } from "node:fs";
import { createFrame, pushSample, Quality, type Tag } from "@cellhouse/shared";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type WebHouse, webHouse } from "../support/web.ts";

let house: WebHouse;
let cookie: string;
beforeAll(async () => {
  house = await webHouse();
  cookie = house.cookie("engineer");
});
afterAll(() => house.stop());

interface Job {
  id: string;
  state: string;
  rows: number;
  samples: number;
  entered: number;
  rejected: Record<string, number>;
  rejects: { row: number; column: string; reason: string; text: string }[];
  fault?: { code: string; detail: string };
}

const act = async (method: string, path: string, body?: unknown) => house.call(method, `/api/v1/imports${path}`, { cookie, body });
const stored = async (tag: string) => {
  const id = house.plant.tag(tag)?.id;
  if (id === undefined) throw new Error(tag);
  const { time, value, quality } = await house.history.raw({ tag: id, from: 0, to: 4e12, limit: 1e6 });
  return [...time].map((t, i) => [new Date(t).toISOString(), value[i], quality[i]]);
};

async function send(id: string, file: string | Uint8Array, at = 0) {
  const reply = await house.web.http.inject({
    method: "POST",
    url: `/api/v1/imports/${id}/file?at=${at}`,
    headers: { cookie, "content-type": "text/csv" },
    payload: Buffer.from(file as string),
  });
  return { status: reply.statusCode, body: reply.json() as Job & { code?: string; detail?: string } };
}

async function checked(order: object, file: string | Uint8Array): Promise<Job> {
  const opened = await act("POST", "", order);
  expect(opened.status, opened.text).toBe(201);
  const id = String(opened.body.id);
  await send(id, file);
  expect((await act("POST", `/${id}/check`)).status).toBe(202);
  await house.deps.imports.finished(id);
  return (await act("GET", `/${id}`)).body as unknown as Job;
}

async function committed({ id }: Job): Promise<Job> {
  expect((await act("POST", `/${id}/commit`)).status).toBe(202);
  await house.deps.imports.finished(id);
  const job = (await act("GET", `/${id}`)).body as unknown as Job;
  await act("DELETE", `/${id}`);
  return job;
}

const SHANGHAI = { column: "Zeit", format: "dd.MM.yyyy HH:mm:ss", zone: "Asia/Shanghai" };

test("a foreign wide table is read by its mapping: zone, comma, scale, words; what is wrong is named by row and cell, the rest enters", async () => {
  const mapping = {
    time: SHANGHAI,
    tags: {
      "U (mV)": { tag: "C001:EI-201", scale: 0.001 },
      "T (F)": { tag: "C001:TI-101", scale: 5 / 9, offset: -160 / 9, quality: "ok?" },
    },
    words: { ja: "good", nein: "bad" },
    delimiter: ";",
    decimal: ",",
  };
  const rows = [
    "Zeit;U (mV);T (F);ok?",
    "22.11.2026 08:00:00;9500,5;1922;ja",
    "22.11.2026 08:00:01;;1922;nein",
    "31.02.2026 08:00:02;9500;1922;ja",
    "22.11.2026 08:00:03;viel;1922;ja",
    "22.11.2026 08:00:04;9500;1922;kaum",
    "22.11.2026 08:00:05;9500",
    '22.11.2026 08:00:06;"9600";99999;ja',
  ];
  const job = await checked({ format: "csv", mapping }, rows.join("\r\n"));
  expect(job.fault).toBeUndefined();
  expect(job).toMatchObject({ state: "checked", rows: 7, samples: 7, rejected: { time: 1, number: 1, quality: 1, "missing columns": 1 } });
  expect(job.rejects).toEqual([
    { row: 4, column: "Zeit", reason: "time", text: "31.02.2026 08:00:02" },
    { row: 5, column: "U (mV)", reason: "number", text: "viel" },
    { row: 6, column: "T (F)", reason: "quality", text: "kaum" },
    { row: 7, column: "U (mV)", reason: "missing columns", text: "22.11.2026 08:00:05;9500" },
  ]);
  expect(await stored("C001:EI-201")).toEqual([]);
  expect(await committed(job)).toMatchObject({ state: "done", entered: 7 });
  expect(await stored("C001:EI-201")).toEqual([
    ["2026-11-22T00:00:00.000Z", 9.5005, Quality.Good],
    ["2026-11-22T00:00:04.000Z", 9.5, Quality.Good],
    ["2026-11-22T00:00:06.000Z", 9.6, Quality.Good],
  ]);
  const bath = await stored("C001:TI-101");
  expect(bath.map((row) => [row[0]?.toString().slice(17, 19), Math.round(Number(row[1])), row[2]])).toEqual([
    ["00", 1050, Quality.Good],
    ["01", 1050, Quality.Bad],
    ["03", 1050, Quality.Good],
    ["06", 55_537, Quality.Bad],
  ]);
  expect(house.pipe.model.value(house.plant.tag("C001:EI-201")?.id ?? (0 as never))).toBeNaN();
});

test("a file comes in parts, each where the last one ended", async () => {
  const id = String((await act("POST", "", { format: "csv" })).body.id);
  const text = "tag,unit,time,received,value,quality\r\nBT.EL1.L01.C001:TI-103,°C,1764000000000,,1000,good\r\n";
  expect((await send(id, text.slice(0, 50))).status).toBe(200);
  expect((await send(id, text.slice(50), 40)).body).toMatchObject({ code: "E_QUERY", detail: "at: 50 bytes of the file are here" });
  expect((await act("POST", `/${id}/commit`)).body.code).toBe("E_QUERY");
  await send(id, text.slice(50), 50);
  await act("POST", `/${id}/check`);
  await house.deps.imports.finished(id);
  const job = (await act("GET", `/${id}`)).body as unknown as Job;
  expect(job).toMatchObject({ state: "checked", rows: 1, samples: 1, rejected: {} });
  expect(await committed(job)).toMatchObject({ state: "done", entered: 1 });
});

test.each([
  ["time,C001:EI-201\r\n", "mapping: needed"],
  ["time_utc,time_local,C001:EI-201 [mV],C001:EI-201 quality\r\n", "this tag is in V"],
  ["time_utc,time_local,C001:EI-201 min [V],C001:EI-201 quality\r\n", "rows of a resolution are no samples"],
  ["time_utc,time_local,C001:EI-201 [V]\r\n", "column C001:EI-201 quality: not in the file"],
  ["tag,time,value,quality,value\r\n", "column value: more than once"],
  ['time_utc,"C001\r\n', "the head is no CSV"],
])("the file %j is refused as a whole: %s", async (file, detail) => {
  const job = await checked({ format: "csv" }, file);
  expect(job).toMatchObject({ state: "failed", fault: { code: "E_QUERY", detail: expect.stringContaining(detail) } });
  await act("DELETE", `/${job.id}`);
});

test.each([
  [{ format: "xlsx" }, "format"],
  [{ format: "csv", mapping: { time: { column: "t", format: "sometime" } } }, "sometime"],
  [{ format: "csv", mapping: { time: { column: "t", format: "iso", zone: "Mars/Olympus" } } }, "Mars/Olympus"],
  [{ format: "csv", mapping: { time: { column: "t", format: "iso" }, tags: { a: { tag: "C001:TI-101", scale: "2" } } } }, "scale"],
])("the mapping %j is refused", async (order, detail) => {
  expect((await act("POST", "", order)).body).toMatchObject({ code: "E_QUERY", detail: expect.stringContaining(detail) });
});

/** A real file of ours. */
async function exported(format: "csv" | "parquet"): Promise<Buffer> {
  const frame = createFrame(300);
  for (let i = 0; i < 300; i++) pushSample(frame, house.plant.tag("C001:XI-207")?.id ?? 0, 1.7e12 + i * 1000, i / 7, Quality.Good);
  house.history.keep(frame);
  const tags = ["C001:XI-207"].map((name) => house.plant.tag(name) as Tag);
  const job = house.deps.exports.create({ tags, from: 1.7e12, to: 1.7e12 + 300_000, format, resolution: "raw", received: true, by: "qa" });
  await house.deps.exports.finished(job.id);
  return readFileSync(house.deps.exports.file(job.id));
}

test("damaged files of ours end in a report or a fault, never in the server's end", async () => {
  const files = { csv: await exported("csv"), parquet: await exported("parquet") };
  const damage = fc.record({
    format: fc.constantFrom("csv" as const, "parquet" as const, "parquet" as const),
    flips: fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 20,
    }),
    end: fc.constantFrom(1, 1, 1, 0.7),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ format, flips, end }) => {
      const file = Buffer.from(files[format].subarray(0, Math.ceil(files[format].length * end)));
      for (const [at, byte] of flips) file[Math.floor(at * file.length)] = byte;
      const job = await checked({ format }, file);
      expect(["checked", "failed"]).toContain(job.state);
      if (job.state === "failed") expect(job.fault).toMatchObject({ code: "E_QUERY", detail: expect.stringMatching(/.{5}/) });
      await act("DELETE", `/${job.id}`);
    }),
    { numRuns: 12 },
  );
});

test("hostile bytes end in a report or a fault, never in the server's end", async () => {
  const head = "time_utc,time_local,C001:EI-201 [V],C001:EI-201 quality\r\n";
  const nasty = fc.constantFrom(
    '"',
    ",",
    "\r\n",
    "\n",
    "\0",
    "é",
    "\ufeff",
    "=cmd()",
    "2026-11-22T00:00:00.000Z",
    "9.5",
    "1e999",
    "good",
    "-",
  );
  const text = fc.array(nasty, { maxLength: 60 }).map((parts) => Buffer.from(head + parts.join("")));
  const bytes = fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([Buffer.from(head), tail]));
  const parquet = fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.boolean()).map(([body, framed]) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(body.length);
    return framed ? Buffer.concat([Buffer.from("PAR1"), body, size, Buffer.from("PAR1")]) : Buffer.from(body);
  });
  const file = fc.oneof(
    text.map((file) => ["csv", file] as const),
    bytes.map((file) => ["csv", file] as const),
    parquet.map((file) => ["parquet", file] as const),
  );
  await fc.assert(
    fc.asyncProperty(file, async ([format, content]) => {
      const job = await checked({ format }, content.length === 0 ? "x" : content);
      expect(["checked", "failed"]).toContain(job.state);
      if (job.state === "failed") expect(job.fault).toMatchObject({ code: "E_QUERY", detail: expect.stringMatching(/.{5}/) });
      await act("DELETE", `/${job.id}`);
    }),
    { numRuns: 8 },
  );
});
