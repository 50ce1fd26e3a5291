/**
 * The data folder of an earlier version, opened by this one. `tests/support/data-old` was left by commit 8cce497 after two runs of
 * two cells, between which the record was deleted: what came before `gone` is only in its `historian.duckdb`, the rest in the record too.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkData } from "../../server/src/backup/check.ts";
import { PASSWORD } from "../support/cellhouse.ts";
import { freePort, node, type Program, remove, tempFolder, until } from "../support/processes.ts";
import { ROOT } from "../support/tree.ts";

interface Series {
  tag: string;
  t: number[];
  v: (number | null)[];
  q: string[];
  received: number[];
}

interface Expected {
  /** Epoch ms: beginning of the first run, when the record was deleted, end of the last run. */
  from: number;
  gone: number;
  to: number;
  journal: { seq: number }[];
  series: Series[];
}

const OLD = join(ROOT, "tests/support/data-old");
let data: string;
let expected: Expected;
let server: Program;
let url: string;
let cookie: string;

beforeAll(async () => {
  data = tempFolder("upgrade");
  execFileSync("tar", ["-xzf", join(OLD, "data.tar.gz"), "-C", data]);
  expected = JSON.parse(readFileSync(join(data, "expected.json"), "utf8")) as Expected;
  const http = await freePort();
  url = `http://127.0.0.1:${http}`;
  const ports = ["--http-port", `${http}`, "--mqtt-port", `${await freePort()}`];
  // What is old must not be too old for the record.
  server = node("server/src/main.ts", ["--plant", join(OLD, "two-cells.yaml"), "--data", data, "--retention-days", "36500", ...ports]);
  await server.printed(/Cellhouse ready/);
  const reply = await ask("POST", "session", { name: "qa", password: PASSWORD });
  cookie = (reply.headers.get("set-cookie") ?? "").split(";")[0] as string;
});
afterAll(async () => {
  await server?.stop();
  remove(data);
});

function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { origin: url, "content-type": "application/json", ...(cookie !== undefined && { cookie }) };
  return fetch(`${url}/api/v1/${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
}

async function get<T>(path: string): Promise<T> {
  return (await (await ask("GET", path)).json()) as T;
}

test("people sign in as before, and the journal begins with every line it had", async () => {
  expect(cookie).toMatch(/^cellhouse_session=/);
  const { events } = await get<{ events: { seq: number }[] }>("journal?limit=1000");
  const bySeq = (a: { seq: number }, b: { seq: number }): number => a.seq - b.seq;
  const before = [...expected.journal].sort(bySeq);
  expect(before.length).toBeGreaterThan(5);
  expect(events.sort(bySeq).slice(0, before.length)).toEqual(before);
});

test("history holds every sample the old one did, also those the record no longer has: value, quality and both times", async () => {
  const { from, to, series: wanted } = expected;
  expect(wanted.every(({ t }) => t.some((time) => time < expected.gone) && t.some((time) => time > expected.gone))).toBe(true);
  const tags = wanted.map(({ tag }) => tag).join(",");
  await until("the record read anew", async () => {
    const { series } = await get<{ series: Series[] }>(`history?raw=1&from=${from}&to=${to}&tags=${tags}`);
    return JSON.stringify(series.map(({ tag, t, v, q, received }) => ({ tag, t, v, q, received }))) === JSON.stringify(wanted);
  });
});

test("the recorded time plays back", async () => {
  const reply = await ask("POST", "replays", { from: expected.gone, to: expected.to, speed: 60 });
  expect(reply.status).toBe(201);
});

test("nothing in the folder is found damaged, by the old checksums or the new", async () => {
  expect((await checkData(data)).findings).toEqual([]);
});
