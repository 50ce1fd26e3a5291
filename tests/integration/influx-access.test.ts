/** InfluxDB behind a password and behind TLS, and how long it keeps what: with a real server, and never a secret in a word of ours. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createFrame, type Frame, ManualClock, pushSample, Quality, systemClock, type TagId } from "@cellhouse/shared";
import { afterAll, expect, test } from "vitest";
import type { Historian } from "../../server/src/contracts.ts";
import { createHistorian } from "../../server/src/historian/index.ts";
import { testCounters, testPlant } from "../../server/src/historian/testing.ts";
import { makeCertificate } from "../support/certificate.ts";
import { ask, type Influxd, startInfluxd } from "../support/influxd.ts";
import { launch, remove, tempFolder } from "../support/processes.ts";
import { ROOT } from "../support/tree.ts";

const plant = testPlant(1);
const id = plant.tag("C001:TI-101")?.id as TagId;
const DAY = 86_400_000;
const admin = { name: "root", password: "t0p:secret@/word" };
const running: Influxd[] = [];
const folders: string[] = [];
afterAll(async () => {
  for (const influxd of running) await influxd.stop();
  for (const folder of folders) remove(folder);
});

async function influxd(...options: Parameters<typeof startInfluxd>): Promise<Influxd> {
  const started = await startInfluxd(...options);
  running.push(started);
  return started;
}

function sample(time: number, value: number): Frame {
  const frame = createFrame(1);
  frame.receivedAt = time;
  pushSample(frame, id, time, value, 0);
  return frame;
}

const as = (url: string, { name, password }: typeof admin): string =>
  url.replace("://", `://${encodeURIComponent(name)}:${encodeURIComponent(password)}@`);

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error).toMatchObject({ code: "E_HISTORIAN" });
  return `${JSON.stringify(error, Object.getOwnPropertyNames(error))} ${error?.stack} ${error}`;
}

test("a password opens it; a wrong one is said without being told", async () => {
  const { url } = await influxd("cellhouse", { admin });
  const open = (user: typeof admin): Historian => createHistorian("influx", { url: as(url, user) }, { plant, clock: systemClock });
  const historian = open(admin);
  await historian.start();
  const now = Date.now();
  await historian.write([sample(now, 1)]);
  expect([...(await historian.raw({ tag: id, from: now, to: now + 1, limit: 1 })).value]).toEqual([1]);

  const wrong = open({ name: "root", password: "wr0ng:secret@/" });
  for (const said of [await failure(wrong.start()), await failure(wrong.write([sample(now, 2)]))]) {
    expect(said).toContain("user or password is refused");
    expect(said).not.toContain("wr0ng");
  }
  const nobody = createHistorian("influx", { url }, { plant, clock: systemClock });
  expect(await failure(nobody.start())).toContain("user or password is refused");
  await historian.stop();
});

test("a user who may only read and write a database made for him keeps everything in its default policy", async () => {
  const { url } = await influxd("ours", { admin });
  const root = as(url, admin);
  await ask(root, 'CREATE DATABASE "ours"');
  await ask(root, "CREATE USER writer WITH PASSWORD 'quiet word'");
  const refused = createHistorian("influx", { url: as(url, { name: "writer", password: "quiet word" }) }, { plant, clock: systemClock });
  expect(await failure(refused.start())).not.toContain("quiet");
  await ask(root, 'GRANT ALL ON "ours" TO writer');
  await refused.start();
  const now = Date.now();
  for (let i = 0; i < 30; i++) await refused.write([sample(now + i * 5000, i)]);
  await refused.setPosition(30);
  await refused.stop();
  expect((await ask(root, 'SELECT "TI-101.count" FROM "cell_10s"')).length).toBeGreaterThan(10);
  const again = createHistorian("influx", { url: as(url, { name: "writer", password: "quiet word" }) }, { plant, clock: systemClock });
  expect(await again.position()).toBe(30);
  const from = Math.floor(now / 60_000) * 60_000;
  const rows = await again.rollup({ tag: id, rollup: "1m", from, to: from + 240_000 });
  expect([...rows.count].reduce((sum, n) => sum + n, 0)).toBe(30);
});

test("an InfluxDB that cannot delete keeps a number that was taken back, under its new quality, counts it and goes on", async () => {
  const { url } = await influxd("keeps");
  // What InfluxDB 3 answers to DELETE, before a real 1.x.
  const door = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    if (/q=DELETE/.test(body.toString())) {
      response.writeHead(400).end('{"error":"unsupported: DELETE"}');
      return;
    }
    const { method = "GET", url: path = "/" } = request;
    const reply = await fetch(new URL(path, url), {
      method,
      ...(method === "POST" && { body, headers: { "content-type": request.headers["content-type"] ?? "" } }),
    });
    response.writeHead(reply.status).end(Buffer.from(await reply.arrayBuffer()));
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  const behind = `http://127.0.0.1:${(door.address() as AddressInfo).port}/keeps`;
  const counters = testCounters();
  const historian = createHistorian("influx", { url: behind }, { plant, clock: new ManualClock(0), counters });
  const start = Math.floor(Date.now() / 60_000) * 60_000;
  const now = start + 5;
  await historian.write([sample(now, 1)]);
  const taken = createFrame(1);
  taken.receivedAt = now + 1;
  pushSample(taken, id, now, Number.NaN, Quality.Bad);
  await historian.write([taken, sample(now + 1, 2)]);
  const { value, quality } = await historian.raw({ tag: id, from: now, to: now + 2, limit: 9 });
  expect([[...value], [...quality]]).toEqual([
    [1, 2],
    [Quality.Bad, Quality.Good],
  ]);
  expect(counters.total.dropped).toEqual({ historian_refused: 1 });
  expect((await historian.rollup({ tag: id, rollup: "1m", from: start, to: start + 60_000 })).min[0]).toBe(2);
  await historian.stop();
  door.close();
});

test("TLS with a certificate of one's own: believed when Node is told of it, else named", { timeout: 60_000 }, async () => {
  const folder = tempFolder("influx-tls");
  folders.push(folder);
  const tls = makeCertificate(folder, "127.0.0.1", "IP:127.0.0.1");
  const { url } = await influxd("cellhouse", { tls });
  const text = `
    import { systemClock } from "@cellhouse/shared";
    import { createHistorian } from "${join(ROOT, "server/src/historian/index.ts")}";
    import { testPlant } from "${join(ROOT, "server/src/historian/testing.ts")}";
    const historian = createHistorian("influx", { url: "${url}" }, { plant: testPlant(1), clock: systemClock });
    await historian.start().then(async () => {
      await historian.setPosition(7);
      console.log("position", await historian.position());
    }, (error) => console.log(error.message));
    process.exit(0);`;
  const said = async (env: Record<string, string>): Promise<string> => {
    const program = launch(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", text], env);
    await program.ended();
    return program.output();
  };
  expect(await said({ NODE_EXTRA_CA_CERTS: tls.certFile })).toContain("position 7");
  expect(await said({})).toMatch(/InfluxDB at https:\/\/127\.0\.0\.1:\d+: .*DEPTH_ZERO_SELF_SIGNED_CERT/);
});

test("each resolution is kept as long as the settings say, and reach tells it", { timeout: 60_000 }, async () => {
  const { url } = await influxd("kept");
  const clock = new ManualClock(Date.now());
  const counters = testCounters();
  const open = (raw: number): Historian =>
    createHistorian("influx", { url, keepDays: { raw, "10s": 30, "1m": 0 } }, { plant, clock, counters });
  const historian = open(7);
  expect(await historian.reach()).toEqual({
    raw: clock.now() - 7 * DAY,
    "10s": clock.now() - 30 * DAY,
    "1m": Number.NEGATIVE_INFINITY,
    "1h": Number.NEGATIVE_INFINITY,
  });
  const policies = async (): Promise<unknown> => (await ask(url, 'SHOW RETENTION POLICIES ON "kept"')).map((row) => row.slice(0, 2));
  expect(await policies()).toEqual([
    ["autogen", "168h0m0s"],
    ["10s", "720h0m0s"],
    ["1m", "0s"],
    ["1h", "0s"],
  ]);
  await historian.write([sample(clock.now() - 8 * DAY, 1), sample(clock.now(), 2)]);
  expect(counters.total.dropped).toEqual({ historian_refused: 1 });
  await historian.setPosition(2);
  await historian.stop();

  const later = open(14);
  expect((await later.reach()).raw).toBe(clock.now() - 14 * DAY);
  expect(await later.position()).toBe(2);
  expect(((await policies()) as unknown[])[0]).toEqual(["autogen", "336h0m0s"]);
});

test("a database that an earlier Cellhouse filled has rows from now on, and its own samples before", async () => {
  const { url } = await influxd("old");
  const clock = new ManualClock(Date.UTC(2026, 2, 1, 12, 30));
  await ask(url, 'CREATE DATABASE "old"');
  const body = `cellhouse,site=BT,area=EL1 position=5 0\ncell,site=BT,area=EL1,line=L01,cell=C001 TI-101=7 ${clock.now() - DAY}\n`;
  await fetch(`${new URL(url).origin}/write?db=old&precision=ms`, { method: "POST", body });
  const historian = createHistorian("influx", { url }, { plant, clock });
  expect(await historian.position()).toBe(5);
  const hour = Date.UTC(2026, 2, 1, 13);
  expect(await historian.reach()).toEqual({ raw: Number.NEGATIVE_INFINITY, "10s": hour, "1m": hour, "1h": hour });
  await historian.setPosition(6);
  const next = createHistorian("influx", { url }, { plant, clock: new ManualClock(hour + DAY) });
  expect((await next.reach())["1m"]).toBe(hour);
});
