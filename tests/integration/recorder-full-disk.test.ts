/** The whole system on a disk that fills up: the hall stays live and alarmed, record, historian and ledger wait, and all is told and counted. */
import { join } from "node:path";
import type { Alarm } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { remove, tempFolder, until } from "../support/processes.ts";
import { counter, settled } from "../support/record-check.ts";
import { type SmallDisk, smallDisk } from "../support/small-disk.ts";

let disk: SmallDisk | undefined;
let house: Started | undefined;
let operator: Api;

const folder = tempFolder("full-disk");
beforeAll(async () => {
  disk = smallDisk(folder, 64 << 20);
  if (disk === undefined) return;
  house = await startCellhouse({ plant: "single", publish: "raw", data: join(folder, "data") });
  operator = await house.api("operator");
});
afterAll(async () => {
  await house?.stop();
  disk?.remove();
  remove(folder);
});

interface Entry {
  alarm: string;
  event: string;
}

const alarm = async (): Promise<Alarm | undefined> =>
  (await operator.get<{ alarms: Alarm[] }>("alarms?cell=SYS")).alarms.find(({ id }) => id === "SYS:RECORD.DOWN");
const beat = async (): Promise<number> =>
  (await operator.get<{ values: { value: number }[] }>("values?tags=C001:YC-905")).values[0]?.value ?? 0;
const history = async (from: number, to: number): Promise<number[]> =>
  (await operator.get<{ series: { t: number[] }[] }>(`history?tags=C001:YC-905&from=${from}&to=${to}&raw=1`)).series[0]?.t ?? [];

const journal = async (): Promise<string[]> =>
  (await operator.get<{ events: Entry[] }>("journal?kind=alarm&cell=SYS")).events
    .filter(({ alarm: id }) => id === "SYS:RECORD.DOWN")
    .map(({ event }) => event);

test("no room: an alarm within seconds, the hall live; room again: everything goes on, and what is missing was counted", async (context) => {
  if (disk === undefined || house === undefined) return context.skip("mounting a small disk is not allowed here");
  const started = house;
  const begun = Date.now();
  await until("some history", async () => (await history(begun, Date.now())).length > 5);
  const kept = await history(begun, Date.now() - 3000);
  disk.fill(0);
  const raised = await until("the alarm", alarm);
  expect(raised).toMatchObject({ state: "UNACK" });
  const before = await beat();
  await until("the heartbeat to go on", async () => (await beat()) > before + 2);
  // No act without its line in the audit: refused by name, and nothing has happened.
  const acknowledge = (): Promise<{ status: number; body: { code?: string } }> =>
    operator.send("POST", "alarms/SYS:RECORD.DOWN/ack", { occurrence: raised.occurrence });
  expect(await acknowledge()).toMatchObject({ status: 507, body: { code: "E_DISK_FULL" } });
  expect(await alarm()).toMatchObject({ state: "UNACK" });
  expect((await fetch(`${started.url}/readyz`)).status).toBe(503);
  disk.free();
  await until("the acknowledgement", async () => (await acknowledge()).status === 200);
  await until("the alarm's end", async () => (await alarm()) === undefined);
  await until("the lines that waited", async () => JSON.stringify((await journal()).sort()) === '["ack","raise","return"]');
  started.simulator.kill("SIGKILL");
  await settled(started);
  const [received, recorded, dropped] = await Promise.all(
    ["received", "recorded", "dropped"].map((name) => counter(started, `cellhouse_${name}_total`)),
  );
  expect((recorded as number) + (dropped as number)).toBe(received);
  expect((await history(begun, Date.now())).slice(0, kept.length)).toEqual(kept);
});
