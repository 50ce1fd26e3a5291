import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadPlant } from "@cellhouse/shared/plant-file";
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
  ["reader", "$SYS/#", false],
  ["edge-L01", "spBv1.0/BT-EL1/NCMD/L01", true],
  ["edge-L01", "spBv1.0/BT-EL1/DCMD/L01/+", true],
  ["edge-L01", "spBv1.0/BT-EL1/DCMD/L01/#", true],
  ["edge-L01", "spBv1.0/STATE/cellhouse", true],
  ["edge-L01", "spBv1.0/STATE/#", true],
  ["edge-L01", "spBv1.0/BT-EL1/DCMD/+/C025", false],
  ["edge-L01", "spBv1.0/BT-EL1/#", false],
  ["edge-L01", "spBv1.0/+/DCMD/L01/#", false],
  ["edge-L01", "#", false],
])("%s subscribing to %s: %s", (name, filter, allowed) => {
  expect(accounts.get(name)?.maySubscribe(filter)).toBe(allowed);
});

test("no password is not the empty password", () => {
  expect(samePassword(undefined, "")).toBe(false);
  expect(samePassword(Buffer.from("secret"), "secret")).toBe(true);
  expect(samePassword(Buffer.from("secre"), "secret")).toBe(false);
});
