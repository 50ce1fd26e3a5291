import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildPlant, covers, jsonMap } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createAccounts, samePassword } from "./accounts.ts";

const plants = join(import.meta.dirname, "../../../shared/plants");
const plant = loadPlant(
  join(plants, "demo.yaml"),
  (file) => readFileSync(file, "utf8"),
  (from, to) => join(dirname(from), to),
);
const accounts = createAccounts(plant);

test("there is one account for the host, one for readers and one per line", () => {
  expect([...accounts.keys()]).toEqual(["host", "reader", "edge-L01", "edge-L02"]);
});

test.each([
  ["host", "spBv1.0/STATE/cellhouse", true],
  ["host", "spBv1.0/BT-EL1/DCMD/L01/C001", true],
  ["host", "spBv1.0/BT-EL1/NCMD/L01", true],
  ["host", "spBv1.0/BT-EL1/DDATA/L01/C001", false],
  ["host", "spBv1.0/OTHER/NCMD/L01", false],
  ["reader", "spBv1.0/BT-EL1/NDATA/L01", false],
  ["edge-L01", "spBv1.0/BT-EL1/NBIRTH/L01", true],
  ["edge-L01", "spBv1.0/BT-EL1/DDATA/L01/C001", true],
  ["edge-L01", "spBv1.0/BT-EL1/NDEATH/L01", true],
  ["edge-L01", "spBv1.0/BT-EL1/DDATA/L02/C025", false],
  ["edge-L01", "spBv1.0/BT-EL1/NCMD/L01", false],
  ["edge-L01", "spBv1.0/BT-EL1/DCMD/L01/C001", false],
  ["edge-L01", "spBv1.0/STATE/cellhouse", false],
  ["edge-L01", "$SYS/x", false],
])("%s publishing to %s: %s", (name, topic, allowed) => {
  expect(accounts.get(name)?.mayPublish(topic)).toBe(allowed);
});

test.each([
  ["host", "spBv1.0/BT-EL1/#", true],
  ["host", "#", false],
  ["reader", "spBv1.0/#", true],
  ["reader", "#", true],
  ["reader", "$SYS/#", true],
  ["reader", "$other/#", false],
  ["edge-L01", "spBv1.0/BT-EL1/NCMD/L01", true],
  ["edge-L01", "spBv1.0/BT-EL1/DCMD/L01/+", true],
  ["edge-L01", "spBv1.0/BT-EL1/DCMD/L01/#", true],
  ["edge-L01", "spBv1.0/STATE/cellhouse", true],
  ["edge-L01", "spBv1.0/STATE/#", true],
  ["edge-L01", "spBv1.0/BT-EL1/DCMD/+/C025", false],
  ["edge-L01", "spBv1.0/BT-EL1/#", false],
  ["edge-L01", "spBv1.0/BT-EL1/+/L01/#", false],
  ["edge-L01", "spBv1.0/BT-EL1/DDATA/L01/+", false],
  ["edge-L01", "$SYS/#", false],
  ["edge-L01", "spBv1.0/+/DCMD/L01/#", false],
  ["edge-L01", "#", false],
])("%s subscribing to %s: %s", (name, filter, allowed) => {
  expect(accounts.get(name)?.maySubscribe(filter)).toBe(allowed);
});

const gateways = createAccounts(
  buildPlant({
    ...plant.description,
    lines: ["L01", "L02"].map((id) => ({
      id,
      cells: 2,
      class: "6kA",
      recipe: "PrNd",
      protocol: "mqttjson",
      supply: { kind: "series" },
      json: jsonMap.parse({
        messages: [{ topic: "plant/{cell}/telemetry", values: { "TI-101": "t" } }],
        write: { topic: "plant/{cell}/set", payload: "{value}", tags: ["HS-910"], ack: { topic: "plant/{cell}/done", id: "id", ok: "ok" } },
      }),
    })),
  }),
);

test.each([
  ["gateway-L01", "plant/C001/telemetry", true],
  ["gateway-L01", "plant/C001/done", true],
  ["gateway-L01", "plant/C003/telemetry", false],
  ["gateway-L01", "plant/C001/set", false],
  ["gateway-L01", "plant/C001/other", false],
  ["gateway-L01", "spBv1.0/BT-EL1/NDATA/L01", false],
  ["host", "plant/C001/set", true],
  ["host", "plant/C001/telemetry", false],
  ["reader", "plant/C001/telemetry", false],
])("%s publishing JSON to %s: %s", (name, topic, allowed) => expect(gateways.get(name)?.mayPublish(topic)).toBe(allowed));

test.each([
  ["gateway-L01", "plant/C001/set", true],
  ["gateway-L01", "spBv1.0/STATE/cellhouse", true],
  ["gateway-L01", "plant/+/set", false],
  ["gateway-L01", "plant/C001/#", false],
  ["gateway-L01", "plant/C003/set", false],
  ["gateway-L01", "+/C001/set", false],
  ["gateway-L01", "#", false],
  ["host", "plant/+/telemetry", true],
  ["host", "plant/+/done", true],
  ["host", "other/#", false],
])("%s subscribing to %s: %s", (name, filter, allowed) => expect(gateways.get(name)?.maySubscribe(filter)).toBe(allowed));

test("no topic or filter, however made, lets one line speak or listen for another", () => {
  const level = fc.constantFrom(
    "spBv1.0",
    "BT-EL1",
    "STATE",
    "NDATA",
    "NCMD",
    "DCMD",
    "L01",
    "L02",
    "C001",
    "C003",
    "plant",
    "set",
    "telemetry",
    "done",
    "+",
    "#",
    "",
    "$SYS",
    "x",
  );
  const text = fc.oneof(
    fc.array(level, { minLength: 1, maxLength: 6 }).map((levels) => levels.join("/")),
    fc.string(),
  );
  const foreign = ["spBv1.0/BT-EL1/NCMD/L02", "spBv1.0/BT-EL1/DDATA/L02/C003", "plant/C003/set", "plant/C003/telemetry", "plant/C003/done"];
  fc.assert(
    fc.property(text, fc.constantFrom("edge-L01", "gateway-L01"), (topic, name) => {
      const account = (accounts.get(name) ?? gateways.get(name)) as NonNullable<ReturnType<typeof accounts.get>>;
      if (account.mayPublish(topic)) expect(topic).toMatch(/\/L01(\/|$)|^plant\/C00[12]\//);
      if (account.maySubscribe(topic)) expect(foreign.filter((other) => covers(topic, other))).toEqual([]);
    }),
    { numRuns: 5000 },
  );
});

test("no password is not the empty password", () => {
  expect(samePassword(undefined, "")).toBe(false);
  expect(samePassword(Buffer.from("secret"), "secret")).toBe(true);
  expect(samePassword(Buffer.from("secre"), "secret")).toBe(false);
});
