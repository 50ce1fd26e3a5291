/** The OPC UA link in bad times: taken over after a cut, renewed, restarted, overrun. */
import { createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { opcuaPlant, startServer, type TestServer } from "./ingest-opcua-server.ts";
import { opcuaRig } from "./ingest-opcua-support.ts";
import { until } from "./ingest-support.ts";

const PASSWORD = "field-password";
const plant = opcuaPlant();
const { cleanup, cleanups, drive, startRelay } = opcuaRig(plant);
afterEach(cleanup);

async function serve(options: { port?: number; history?: boolean } = {}): Promise<TestServer> {
  const server = await startServer({ password: PASSWORD, ...options });
  cleanups.push(() => server.stop().catch(() => undefined));
  return server;
}

test("after a cut the subscription is taken over with all that waited in it, even from a server without history", async () => {
  const server = await serve({ history: false });
  const relay = await startRelay(server.port);
  const { heard, last, samples } = await drive({ url: relay.url, password: PASSWORD });
  server.set("TI-101", 1050);
  await until("live", () => last("TI-101")?.value === 1050);
  relay.cut();
  await until("down", () => heard.story().at(-1) === "down L01 C001", 3000);
  const missed = Array.from({ length: 15 }, (_, i) => ({ value: 1051 + i, time: Date.now() + i }));
  for (const { value, time } of missed) server.set("TI-101", value, time);
  relay.mend();
  await until("all that waited", () => last("TI-101")?.value === 1065, 15_000);
  expect(samples("TI-101").slice(-15)).toMatchObject(missed);
  expect(server.subscriptionsMade(), "the server made only one").toBe(1);
});

test("a server that speaks seldom and has nothing to say is asked, and stays up; gone, it is noticed as soon", async () => {
  const server = await serve();
  const relay = await startRelay(server.port);
  const { heard } = await drive({ url: relay.url, password: PASSWORD, publishingInterval: 1000 });
  await new Promise((resolve) => setTimeout(resolve, 6000));
  expect(heard.story()).toEqual(["up L01 C001"]);
  const since = Date.now();
  relay.freeze();
  await until("down", () => heard.story().at(-1) === "down L01 C001", 5000);
  expect(Date.now() - since).toBeLessThan(3600);
});

test("a server that takes the call and says nothing is given up, said in words, and tried again", async () => {
  const calls: Socket[] = [];
  const tarpit = createServer((socket) => void calls.push(socket.on("error", () => undefined))).listen(0, "127.0.0.1");
  cleanups.push(() => {
    for (const socket of calls) socket.destroy();
    tarpit.close();
  });
  await new Promise((resolve) => tarpit.once("listening", resolve));
  const address = tarpit.address();
  const { driver } = await drive({ url: `opc.tcp://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, password: PASSWORD });
  await until("given up", () => /no answer within/.test(driver.links()[0]?.detail ?? ""), 30_000);
  const before = calls.length;
  await until("tried again", () => calls.length > before, 20_000);
}, 60_000);

test("a channel renews its keys many times and loses nothing over it", async () => {
  const server = await serve();
  const relay = await startRelay(server.port);
  const { heard, samples } = await drive({ url: relay.url, password: PASSWORD, keyLifetime: 1000 });
  const opened = relay.renewals;
  const start = Date.now();
  const sent: number[] = [];
  while (relay.renewals < opened + 3) {
    expect(Date.now() - start, "three renewals in time").toBeLessThan(15_000);
    const time = Date.now();
    if (time !== sent.at(-1)) {
      sent.push(time);
      server.set("TI-101", 1000 + (sent.length % 100), time);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await until("the last one", () => samples("TI-101").at(-1)?.time === sent.at(-1));
  expect(samples("TI-101").map((sample) => sample.time)).toEqual(expect.arrayContaining(sent));
  expect(heard.story()).toEqual(["up L01 C001"]);
});

test("a server that restarts is met again, with new nodes and all tags", async () => {
  const server = await serve();
  const { heard, last, driver } = await drive({ url: server.url, password: PASSWORD });
  server.set("TI-101", 1050);
  await until("live", () => last("TI-101")?.value === 1050);
  await server.stop();
  await until("down", () => heard.story().at(-1) === "down L01 C001", 5000);
  const again = await serve({ port: server.port });
  await until("up again", () => heard.story().at(-1) === "up L01 C001", 15_000);
  again.set("TI-101", 1077);
  await until("the new value", () => last("TI-101")?.value === 1077);
  expect(driver.links()).toMatchObject([{ state: "up", gaps: 1 }]);
});

test("what overran the server's queue is counted, and read from its history", async () => {
  const server = await serve();
  const { counters, samples, last } = await drive({ url: server.url, password: PASSWORD });
  server.set("TI-101", 1000);
  await until("live", () => last("TI-101")?.value === 1000);
  const start = Date.now();
  const sent = Array.from({ length: 60 }, (_, i) => start + i);
  for (const [i, time] of sent.entries()) server.set("TI-101", 1001 + i, time);
  await until("counted", () => counters.seen.has("rejected opcua_overrun"));
  await until("whole again", () => {
    const all = new Set([...samples("TI-101"), ...samples("TI-101", true)].map((sample) => sample.time));
    return sent.every((time) => all.has(time));
  });
  expect(counters.seen.has("dropped opcua_server_queue"), "what history filled is no loss").toBe(false);
});
