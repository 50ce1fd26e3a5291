/** What the OPC UA client carries, and what a value costs it: a real server in another process, SignAndEncrypt, the real driver into a frame sink. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPlant, plantDescription, systemClock } from "@cellhouse/shared";
import type { Driver } from "../../server/src/contracts.ts";
import { createCounters } from "../../server/src/counters.ts";
import { createDriver } from "../../server/src/ingest/index.ts";

const CELLS = 90;
const SECONDS = 5;
const quiet = { info: () => undefined, warn: () => undefined };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const plant = buildPlant(
  plantDescription.parse({
    name: "Bench",
    site: "BT",
    area: "EL1",
    plan: 1,
    recipes: { PrNd: { molarMass: 0.143394, oxideRatio: 1.1768, temperature: 1050 } },
    classes: { "6kA": { current: 6000, currentEfficiency: 0.763, voltage: 9.93 } },
    lines: [{ id: "L01", cells: CELLS, class: "6kA", recipe: "PrNd", protocol: "opcua", supply: { kind: "series" } }],
  }),
);

interface Measured {
  changesPerSecond: number;
  microsecondsPerValue: number;
  lost: number;
}

async function measure(rate: number): Promise<Measured> {
  const server = spawn(process.execPath, [fileURLToPath(new URL("./opcua-server.ts", import.meta.url)), String(CELLS), String(rate)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const pkiFolder = mkdtempSync(join(tmpdir(), "cellhouse-bench-pki-"));
  let driver: Driver | undefined;
  try {
    const url = (await line(server)).trim();
    const counters = createCounters();
    driver = createDriver("opcua", { url, password: "none", pkiFolder }, { plant, clock: systemClock, counters, log: quiet });
    let received = 0;
    await driver.start({
      frame: (frame) => {
        if (!frame.historical) received += frame.count;
      },
      link: () => undefined,
    });
    await sleep(3000);
    const [before, cpu, sent] = [received, process.cpuUsage(), await changes(server)];
    const begin = systemClock.now();
    await sleep(SECONDS * 1000);
    const values = received - before;
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (systemClock.now() - begin) / 1000;
    const behind = (await changes(server)) - sent - values;
    return { changesPerSecond: values / seconds, microsecondsPerValue: (user + system) / values, lost: behind };
  } finally {
    await driver?.stop();
    server.kill();
    rmSync(pkiFolder, { recursive: true, force: true });
  }
}

function line(server: ChildProcess): Promise<string> {
  return new Promise((resolve) => server.stdout?.once("data", (data: Buffer) => resolve(String(data))));
}

async function changes(server: ChildProcess): Promise<number> {
  const answer = line(server);
  server.stdin?.write("\n");
  return Number(/changes (\d+)/.exec(await answer)?.[1]);
}

/** More than a server of this kind can send: what arrives is what one pair of processes carries. */
const FLOOD = 60_000;
/** Below its limit: what a value costs the client. */
const STEADY = 10_000;

export const benches = [
  {
    name: "OPC UA: changes from a real server to frames",
    unit: "changes/s",
    budget: 15_000,
    better: "higher",
    runs: 1,
    run: async () => (await measure(FLOOD)).changesPerSecond,
  },
  {
    name: "OPC UA: client CPU per value at 10,000 changes/s",
    unit: "us/value",
    budget: 3,
    better: "lower",
    runs: 1,
    run: async () => (await measure(STEADY)).microsecondsPerValue,
  },
];
