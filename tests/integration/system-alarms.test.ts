/** Nothing is lost in silence: a real server told of samples it will never have says so in its alarm list, journal, history and replay. */
import type { Alarm, Line } from "@cellhouse/shared";
import { accountSecret } from "@cellhouse/shared/program";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { node, until } from "../support/processes.ts";
import { TestEdge } from "./ingest-edge.ts";

let house: Started;
let operator: Api;
let edge: TestEdge;

beforeAll(async () => {
  house = await startCellhouse({ plant: "single" });
  await house.simulator.stop();
  operator = await house.api("operator");
  const line = house.plant.lines[0] as Line;
  const password = accountSecret(house.data, "edge-L01");
  edge = new TestEdge({ url: `mqtt://127.0.0.1:${house.ports.mqtt}`, password, group: "BT-EL1", line });
  await edge.connect();
  edge.birth({ "YC-905": 4711 });
});
afterAll(async () => {
  await edge.end();
  await house.stop();
});

interface Entry {
  alarm: string;
  event: string;
  cell: string;
}

const alarms = async (): Promise<Alarm[]> => (await operator.get<{ alarms: Alarm[] }>("alarms?cell=SYS")).alarms;
const journal = async (): Promise<string[]> =>
  (await operator.get<{ events: Entry[] }>("journal?kind=alarm&cell=SYS")).events.map(({ alarm, event }) => `${alarm} ${event}`);

/** Twenty messages that never arrive. */
function loseSome(): void {
  const [cell] = house.plant.cells;
  if (cell === undefined) throw new Error("a cell");
  edge.seq = (edge.seq + 20) & 0xff;
  edge.data(cell, [edge.metric(cell, "TI-101", 1050)]);
}

test("messages lost on the way: an alarm, counted, acknowledged by a person, in the journal and in the history", async () => {
  const beat = async (): Promise<unknown> =>
    (await operator.get<{ values: { value: number }[] }>("values?tags=C001:YC-905")).values[0]?.value;
  await until("the birth", async () => (await beat()) === 4711);
  expect(await alarms()).toEqual([]);
  loseSome();
  const alarm = await until("the alarm", async () => (await alarms())[0]);
  expect(alarm).toMatchObject({ id: "SYS:LOST.FIELD", state: "UNACK", priority: 3, value: 1 });
  const reply = await operator.send<Alarm>("POST", "alarms/SYS:LOST.FIELD/ack", { occurrence: alarm.occurrence });
  expect(reply).toMatchObject({ status: 200, body: { state: "ACKED", ackBy: "operator" } });
  await until("the journal", async () => (await journal()).length === 2);
  expect((await journal()).sort()).toEqual(["SYS:LOST.FIELD ack", "SYS:LOST.FIELD raise"]);
  const history = async (): Promise<number[]> =>
    (await operator.get<{ series: { v: number[] }[] }>("history?tags=SYS:NI-953&from=now-5m&to=now&raw=1")).series[0]?.v ?? [];
  await until("the history", async () => (await history()).includes(1));
});

test("a gap that the edge does not close is an alarm of its own, and ends with it", async () => {
  edge.obedient = false;
  loseSome();
  await until("the alarm", async () => (await alarms()).some(({ id, state }) => id === "SYS:GAP.OPEN" && state === "UNACK"), 60_000);
  edge.birth();
  await until("its return", async () => (await alarms()).some(({ id, state }) => id === "SYS:GAP.OPEN" && state === "RTN_UNACK"));
});

test("a replay of the record raises and returns the same alarms", async () => {
  const program = node("server/src/replay/main.ts", ["--data", house.data, "--to", String(Date.now())]);
  expect(await program.ended()).toBe(0);
  const told = program
    .output()
    .split("\n")
    .filter((line) => line.includes('"SYS:'));
  const seen = told.map((line) => JSON.parse(line) as Entry).map(({ alarm, event }) => `${alarm} ${event}`);
  expect(seen.sort()).toEqual((await journal()).sort());
});
