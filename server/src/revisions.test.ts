import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPlant, type PlantDescription, plantDescription } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ledger } from "./contracts.ts";
import { createLedger } from "./ledger/index.ts";
import { noteRevision, revisionAt } from "./revisions.ts";

const RECIPES = {
  PrNd: { molarMass: 0.143394, oxideRatio: 1.1768, temperature: 1050 },
  LaCe: { molarMass: 0.13969, oxideRatio: 1.209, temperature: 920 },
};

function plantWith(recipe: string, cells = 2): ReturnType<typeof buildPlant> {
  const description: PlantDescription = plantDescription.parse({
    name: "test",
    site: "BT",
    area: "EL1",
    plan: 1,
    recipes: RECIPES,
    classes: { "6kA": { current: 6000, currentEfficiency: 0.76, voltage: 9.9 } },
    lines: [{ id: "L01", cells, class: "6kA", recipe, protocol: "sparkplug", supply: { kind: "series" } }],
  });
  return buildPlant(description);
}

let folder: string;
let ledger: Ledger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellhouse-revisions-"));
  ledger = createLedger({ file: join(folder, "ledger.sqlite"), now: () => 0 });
});

afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

const temperatureAt = (time: number): number | undefined => revisionAt(plantWith("LaCe"), ledger, time).cells[0]?.recipe.temperature;

test("a changed recipe is a revision, and any time is judged by the one then in force", () => {
  expect(noteRevision(plantWith("PrNd"), ledger, 1000)).toBe(true);
  expect(noteRevision(plantWith("LaCe"), ledger, 5000)).toBe(true);
  expect(temperatureAt(1000)).toBe(1050);
  expect(temperatureAt(4999)).toBe(1050);
  expect(temperatureAt(5000)).toBe(920);
});

test("starting again with the same file makes no revision", () => {
  noteRevision(plantWith("PrNd"), ledger, 1000);
  expect(noteRevision(plantWith("PrNd"), ledger, 2000)).toBe(false);
});

test("before the first revision, and where the cells were others, the running plant judges", () => {
  expect(temperatureAt(1000)).toBe(920);
  noteRevision(plantWith("PrNd", 3), ledger, 1000);
  expect(temperatureAt(2000)).toBe(920);
});
