/** Faults of the data through both protocols: doubled, late, shuffled, misdated and spoilt samples are kept as they were sent, each once. */
import type { DisturbanceKind } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { compare, type PublishedTags } from "../soak/main-job.ts";
import { startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";

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

test("what a faulty PLC sends is in the historian once, with the times it gave", { timeout: 120_000 }, async () => {
  const house = await startCellhouse({ publish: "raw" });
  try {
    const [sparkplug, opcua] = house.plant.lines.map(({ cells }) => cells.map(({ id }) => id));
    const api = await house.api("engineer");
    const inject = async (cell: string, kind: string, args: object): Promise<boolean> =>
      (await api.send("POST", "faults", { kind, cell, seconds: LASTS_S, args })).status === 201;
    for (const cells of [sparkplug, opcua]) await until("the fault door", () => inject(cells?.at(-1) as string, "spike", {}), 30_000, 500);
    for (const [i, [kind, args]] of FAULTS.entries())
      for (const cells of [sparkplug, opcua]) expect(await inject(cells?.[i] as string, kind, args), kind).toBe(true);
    await until("all to be over", async () => (await api.get<{ faults: object[] }>("faults")).faults.length === 0, 60_000, 1000);
    await new Promise((resolve) => setTimeout(resolve, 8000));
    process.kill(house.simulator.process.pid as number, "SIGUSR2"); // hold: no further scans, counters stay readable
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const reply = await fetch(`http://127.0.0.1:${house.ports.sim}/published`);
    const { tags } = (await reply.json()) as { tags: PublishedTags };
    await house.server.stop();
    const struck = new Set([sparkplug, opcua].flatMap((cells) => cells?.slice(0, FAULTS.length) ?? []));
    const published = Object.fromEntries(Object.entries(tags).filter(([path]) => struck.has(path.split(/[.:]/)[3] ?? "")));
    expect(Object.keys(published).length).toBeGreaterThan(2 * FAULTS.length * 40);
    expect(await compare(published, { plant: "demo", historian: "duckdb", seconds: 0 }, house, undefined)).toEqual([]);
  } finally {
    await house.stop();
  }
});
