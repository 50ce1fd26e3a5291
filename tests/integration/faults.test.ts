/** Faults of PLCs and of their data through both protocols: a stopped program shows, and what is doubled, late, shuffled, misdated or spoilt is kept as it was sent, each sample once. */
import type { DisturbanceKind } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";
import { differences, holdScans, published } from "../support/record-check.ts";

const LASTS_S = 10;
const FAULTS: [kind: DisturbanceKind, args: Record<string, number | string>][] = [
  ["duplicate", {}],
  ["late", { delay: 4 }],
  ["out_of_order", { share: 50, delay: 4 }],
  ["clock_skew", { offset: 5 }],
  ["clock_skew", { offset: -3600 }],
  ["bad_quality", {}],
  ["spike", { tag: "TI-101", every: 3 }],
  ["stuck_value", { tag: "EI-201" }],
];

let house: Started;
let engineer: Awaited<ReturnType<Started["api"]>>;
let sparkplug: string[];
let opcua: string[];

beforeAll(async () => {
  house = await startCellhouse({ publish: "raw" });
  engineer = await house.api("engineer");
  [sparkplug = [], opcua = []] = house.plant.lines.map(({ cells }) => cells.map(({ id }) => id));
});
afterAll(() => house.stop());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ordered at the first try, but for the first order through a door that is not open yet. */
async function inject(
  cell: string | undefined,
  kind: DisturbanceKind,
  { seconds, args = {} }: { seconds: number; args?: object },
): Promise<void> {
  await until(
    `the fault door of ${cell}`,
    async () => (await engineer.send("POST", "faults", { kind, cell, seconds, args })).status === 201,
    30_000,
    500,
  );
}

async function qualityOf(cell: string | undefined): Promise<string | undefined> {
  return (await engineer.get<{ values: { quality: string }[] }>(`values?tags=${cell}:TI-101`)).values[0]?.quality;
}

test("a PLC whose program stops is stale within 4 s while its network lives, and good again after it", async () => {
  for (const cell of [sparkplug.at(-1), opcua.at(-1)]) {
    await until(`${cell} to be good`, async () => (await qualityOf(cell)) === "good", 30_000);
    await inject(cell, "plc_freeze", { seconds: 8 });
    await until(`${cell} to be stale`, async () => (await qualityOf(cell)) === "stale", 4000, 100);
    const links = (await (await fetch(`${house.url}/metrics`)).text()).split("\n").filter((row) => row.startsWith("cellhouse_link_up{"));
    expect(links.length).toBeGreaterThan(2);
    expect(links.filter((row) => !row.endsWith(" 1"))).toEqual([]);
    await until(`${cell} to be good again`, async () => (await qualityOf(cell)) === "good", 15_000);
  }
});

test("a PLC taken off the network for good comes back when the fault is stopped", async () => {
  for (const cell of [sparkplug.at(-2), opcua.at(-2)]) {
    await inject(cell, "plc_comm_loss", { seconds: 0 });
    await until(`${cell} to be lost`, async () => (await qualityOf(cell)) !== "good", 10_000, 200);
    const { faults } = await engineer.get<{ faults: { id: string; cell: string }[] }>("faults");
    expect((await engineer.send("DELETE", `faults/${faults.find((fault) => fault.cell === cell)?.id}`)).status).toBe(204);
    await until(`${cell} to be good again`, async () => (await qualityOf(cell)) === "good", 15_000);
  }
});

test("what a faulty PLC sends is in the historian once, with the times it gave", { timeout: 120_000 }, async () => {
  for (const [i, [kind, args]] of FAULTS.entries())
    for (const cells of [sparkplug, opcua]) await inject(cells[i], kind, { seconds: LASTS_S, args });
  await until("all to be over", async () => (await engineer.get<{ faults: object[] }>("faults")).faults.length === 0, 60_000, 1000);
  await pause(8000);
  holdScans(house);
  await pause(3000);
  const tags = await published(house);
  await house.server.stop();
  const struck = new Set([sparkplug, opcua].flatMap((cells) => cells.slice(0, FAULTS.length)));
  const told = Object.fromEntries(Object.entries(tags).filter(([path]) => struck.has(path.split(/[.:]/)[3] ?? "")));
  expect(Object.keys(told).length).toBeGreaterThan(2 * FAULTS.length * 40);
  expect(await differences(told, { plant: house.plant, historian: "duckdb", settings: { folder: house.data } })).toEqual([]);
});
