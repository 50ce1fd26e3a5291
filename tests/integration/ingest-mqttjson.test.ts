/** A gateway of another make on the real broker: what it says becomes live values, history and alarms, what we write reaches it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";
import { JsonGateway } from "./json-gateway.ts";

let house: Started;
let gateway: JsonGateway;
let operator: Api;

interface Value {
  tag: string;
  value: number | null;
  quality: string;
  time: number;
  received: number;
}
interface Command {
  id: string;
  state: string;
  code?: string;
  reason?: string;
  readBack?: number;
}

async function value(tag: string): Promise<Value> {
  return (await operator.get<{ values: Value[] }>(`values?tags=${tag}`)).values[0] as Value;
}

async function order(tag: string, wanted: number): Promise<Command> {
  const { status, body } = await operator.send<Command>("POST", "commands", { tag, value: wanted });
  if (status !== 202) throw new Error(JSON.stringify(body));
  return until("the end of the command", async () => {
    const command = await operator.get<Command>(`commands/${body.id}`);
    return command.state === "pending" ? undefined : command;
  });
}

async function rejected(reason: string): Promise<number> {
  const text = await (await fetch(`${house.url}/metrics`)).text();
  return Number(new RegExp(`cellhouse_rejected_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

beforeAll(async () => {
  house = await startCellhouse({ plant: "gateway" });
  operator = await house.api("operator");
  const accounts = JSON.parse(readFileSync(join(house.data, "field-accounts.json"), "utf8")) as Record<string, string>;
  gateway = await JsonGateway.connect(`mqtt://127.0.0.1:${house.ports.mqtt}`, "gateway-L01", accounts["gateway-L01"] as string);
  gateway.run();
});
afterAll(async () => {
  await gateway?.end();
  await house?.stop();
});

test("its values are live under our names, in our units, with their own times", async () => {
  await until("the cell to live", async () => (await value("C001:TI-101")).quality === "good");
  const tags = ["C001:TI-101", "C002:EI-201", "C001:HS-910", "C002:WI-302", "L01:II-001"];
  const { values } = await operator.get<{ values: Value[] }>(`values?tags=${tags.join(",")}`);
  expect(values.map(({ value, quality }) => [value, quality])).toEqual([1050, 9.93, 2, 31.5, 12].map((n) => [n, "good"]));
  for (const { time, received } of values) expect(Math.abs(received - time)).toBeLessThan(2_000);
});

test("they are history, each once", async () => {
  await until("history", async () => {
    const { series } = await operator.get<{ series: { v: number[] }[] }>("history?tags=C001:TI-101&from=now-1m&to=now&raw=1");
    return (series[0]?.v.length ?? 0) > 3;
  });
  const { series } = await operator.get<{ series: { t: number[] }[] }>("history?tags=C001:TI-101&from=now-1m&to=now&raw=1");
  const times = series[0]?.t ?? [];
  expect(new Set(times).size).toBe(times.length);
});

test("a setpoint goes to it in its own words, is acknowledged and read back", async () => {
  const command = await order("C002:FIC-303.SP", 9.5);
  expect(command).toMatchObject({ state: "verified", readBack: 9.5 });
  expect(gateway.writes.at(-1)).toMatchObject({ pot: 2, point: "feed_set", value: 9.5, by: "operator" });
  expect(await order("C001:HS-910", 1)).toMatchObject({ state: "verified", readBack: 1 });
  expect(gateway.writes.at(-1)).toMatchObject({ pot: 1, point: "HS-910", value: "hand" });
});

test("its objection ends the command with its own reason; what it was not given to write is not sent", async () => {
  gateway.objection = "pot is being tapped";
  expect(await order("C002:FIC-303.SP", 9)).toMatchObject({
    state: "rejected",
    code: "E_FIELD_REFUSED",
    reason: expect.stringContaining("being tapped"),
  });
  gateway.objection = undefined;
  const before = gateway.writes.length;
  const blocked = await order("C002:HS-911", 1);
  expect(blocked).toMatchObject({ state: "rejected", code: "E_NOT_WRITABLE", reason: expect.stringContaining("json.write.tags") });
  expect(gateway.writes).toHaveLength(before);
});

test("what nobody reads and what cannot be read is counted, the rest of the message counts", async () => {
  gateway.publish("hall/L01/pot-1/single/FI-303", "ERR");
  gateway.publish("hall/L01/rectifier", "{ no json");
  gateway.publish("hall/L01/rectifier", { ts: "yesterday", amps: 12_500, humidity: 40 });
  await until("the wrong type", async () => (await rejected("wrong_type")) === 1);
  await until("the wrong time", async () => (await rejected("source_time")) > 0);
  expect(await rejected("malformed")).toBe(1);
  expect((await value("C001:FI-303")).quality).toBe("bad");
  expect((await value("C001:TI-101")).quality).toBe("good");
});

test("a pot that falls silent is stale and then bad while its neighbour lives; its writes are refused", async () => {
  (gateway.pots[1] as { silent: boolean }).silent = true;
  await until("stale", async () => (await value("C002:TI-101")).quality === "stale", 10_000);
  expect((await value("C001:TI-101")).quality).toBe("good");
  const { status, body } = await operator.send<{ code: string }>("POST", "commands", { tag: "C002:FIC-303.SP", value: 9 });
  expect([status, body.code]).toEqual([409, "E_NOT_FRESH"]);
  await until("bad", async () => (await value("C002:TI-101")).quality === "bad", 15_000);
  (gateway.pots[1] as { silent: boolean }).silent = false;
  await until("life again", async () => (await value("C002:TI-101")).quality === "good");
});

test("after a restart its password is the same, and nothing is live before it has spoken", async () => {
  await gateway.end();
  const accounts = JSON.parse(readFileSync(join(house.data, "field-accounts.json"), "utf8")) as Record<string, string>;
  const url = `mqtt://127.0.0.1:${house.ports.mqtt}`;
  await house.restartServer();
  operator = await house.api("operator");
  const again = JSON.parse(readFileSync(join(house.data, "field-accounts.json"), "utf8"));
  expect(again).toEqual(accounts);
  gateway = await JsonGateway.connect(url, "gateway-L01", accounts["gateway-L01"] as string);
  expect((await value("C001:TI-101")).quality).not.toBe("good");
  gateway.run();
  await until("life again", async () => (await value("C001:TI-101")).quality === "good");
});
