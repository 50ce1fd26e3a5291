/** Orders through our driver to the simulator's own OPC UA server: with sequence, user, age and token. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@cellhouse/shared";
import { PublishedCounters } from "@cellhouse/simulator/src/counters.ts";
import { FakePlant, onePlant } from "@cellhouse/simulator/src/publish/fake-plant.ts";
import { createOpcUaPublisher } from "@cellhouse/simulator/src/publish/opcua/publisher.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { opcuaRig } from "./ingest-opcua-support.ts";
import { until } from "./ingest-support.ts";

const PASSWORD = "field-password";
const plant = onePlant(2, "opcua");
const plcs = new FakePlant(plant);
const { cleanup, cleanups, drive } = opcuaRig(plant);
let rig: Awaited<ReturnType<typeof drive>>;
let now = Math.floor(Date.now() / 1000) * 1000;
let publish: (now: number) => void = () => undefined;

beforeAll(async () => {
  const data = mkdtempSync(join(tmpdir(), "cellhouse-orders-"));
  const counters = new PublishedCounters(plant);
  const shared = { plant, simulated: plcs, host: "127.0.0.1", port: 0, data, mode: "exception" as const, counters };
  const publisher = createOpcUaPublisher({ ...shared, password: PASSWORD, clock: systemClock, trust: "listed", say: () => undefined });
  await publisher.start();
  cleanups.push(
    () => rmSync(data, { recursive: true, force: true }),
    () => publisher.stop(),
  );
  publish = (time) => publisher.publish(time);
  rig = await drive({ url: publisher.url as string, password: PASSWORD });
});
afterAll(cleanup);

const id = (path: string): number => plant.tag(path)?.id ?? -1;

test("an order reaches the PLC whole, and its refusal comes back in our codes", async () => {
  const at = Date.now();
  const order = { seq: 7, user: "anna", at, token: 3 };
  expect(await rig.driver.write({ tag: id("C002:FIC-303.SP"), value: 9.5, order })).toEqual({ ok: true });
  expect(plcs.cell("C002").written).toEqual([{ tag: "FIC-303.SP", value: 9.5, order }]);
  expect(plcs.cell("C001").written).toEqual([]);
  expect(await rig.driver.write({ tag: id("C002:FIC-303.SP"), value: 9999, order: { ...order, seq: 8 } })).toMatchObject({
    code: "E_SETPOINT_RANGE",
    detail: expect.stringMatching(/FIC-303\.SP/),
  });
});

test("a heartbeat and a plain write go as plain writes", async () => {
  expect(await rig.driver.write({ tag: id("C001:YC-906"), value: 5 })).toEqual({ ok: true });
  expect(plcs.cell("C001").written.at(-1)).toEqual({ tag: "YC-906", value: 5 });
});

test("a hundred orders of one turn leave together and each gets its own answer", async () => {
  const before = plcs.cell("C001").written.length;
  const values = Array.from({ length: 100 }, (_, i) => (i % 10 === 9 ? 9999 : 5 + i / 100));
  const verdicts = await Promise.all(
    values.map((value, i) =>
      rig.driver.write({ tag: id("C001:FIC-303.SP"), value, order: { seq: 100 + i, user: "anna", at: Date.now(), token: 3 } }),
    ),
  );
  expect(verdicts.map((verdict) => verdict.ok)).toEqual(values.map((value) => value < 9999));
  expect(
    plcs
      .cell("C001")
      .written.slice(before)
      .map(({ value }) => value),
  ).toEqual(values.filter((value) => value < 9999));
});

test("a PLC that the server does not reach is a link that is down", async () => {
  const plc = plcs.cell("C001");
  plc.offline = true;
  now += 1000;
  plcs.advance(now);
  publish(now);
  const order = { seq: 500, user: "anna", at: Date.now(), token: 3 };
  expect(await rig.driver.write({ tag: id("C001:FIC-303.SP"), value: 9, order })).toMatchObject({ code: "E_LINK_DOWN" });
  plc.offline = false;
});

test("every tag of cell and line is found on the simulator's server, none is missing", async () => {
  for (let i = 0; i < 20; i++) {
    now += 100;
    plcs.advance(now, 1);
    publish(now);
  }
  await until("live", () => rig.last("C001:TI-101") !== undefined);
  expect(rig.said.filter((text) => /does not give/.test(text))).toEqual([]);
  expect(rig.counters.seen.get("rejected unknown_node")).toBeUndefined();
});
