import { ALARM_WORD, type AlarmDefinition, type Cell, isOfSystem, Quality, STATUS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import type { LivenessChange } from "../../contracts.ts";
import { compileAlarms } from "../columns.ts";
import { BITS, COMM, HIGH, LOW, plantFile, plantWith } from "../story.testkit.ts";
import { silentSince } from "./comm.ts";
import { compileRule } from "./index.ts";

const hall = plantFile("hall-15kt.yaml");
const cellOf = (recipe: string): Cell => hall.cells.find((cell) => cell.recipe.name === recipe) as Cell;

/** The rule's answers for a row of values, once while the condition is false and once while it is true. */
function answers(definition: AlarmDefinition, values: readonly number[], recipe = "PrNd"): { off: string; on: string } {
  const rule = compileRule(definition, cellOf(recipe));
  const ask = (active: boolean): string => values.map((v) => (rule.judge(v, active, rule.on, rule.off) ? "1" : "0")).join("");
  return { off: ask(false), on: ask(true) };
}

// Limit 11, deadband 0.5: far below, behind the deadband, at its end, inside, at the limit, just beyond, far beyond.
const AROUND_HIGH = [
  -1e9,
  0,
  10.4999,
  10.5,
  10.5001,
  10.7,
  10.9999,
  11,
  11.0001,
  12,
  1e9,
  Number.NEGATIVE_INFINITY,
  Number.POSITIVE_INFINITY,
];
const AROUND_LOW = [1e9, 12, 8.0001, 8, 7.9999, 7.7, 7.5001, 7.5, 7.4999, 7, -1e9, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

test("high and low: beyond the limit raises, the deadband holds it, at the deadband's end it clears", () => {
  const expected = { off: "0000000011101", on: "0000111111101" };
  expect(answers(HIGH, AROUND_HIGH)).toEqual(expected);
  expect(answers(LOW, AROUND_LOW)).toEqual(expected);
});

test("without a deadband a limit clears at the limit itself", () => {
  expect(answers({ ...HIGH, deadband: 0 }, [10.999, 11, 11.001])).toEqual({ off: "001", on: "001" });
  expect(answers({ ...LOW, deadband: 0 }, [7.501, 7.5, 7.499])).toEqual({ off: "001", on: "001" });
});

test.each([
  ["PrNd", 1050],
  ["LaCe", 920],
  ["GdFe", 1075],
])("a temperature limit moves with the recipe: %s around %i °C", (recipe, setpoint) => {
  const around = [-50, -41, -40, -39, -35, -34, -5, 0, 15, 16, 19, 20, 21, 40, 41, 70, 71].map((k) => setpoint + k);
  const hi = { ...HIGH, tag: "TY-100", relative: "temperature" as const, limit: 20, deadband: 5 };
  expect(answers(hi, around, recipe)).toEqual({ off: "00000000000011111", on: "00000000011111111" });
  const lolo = { ...LOW, tag: "TY-100", relative: "temperature" as const, limit: -40, deadband: 5 };
  expect(answers(lolo, around, recipe)).toEqual({ off: "11000000000000000", on: "11110000000000000" });
  expect(compileRule(hi, cellOf(recipe)).limit).toBe(setpoint + 20);
});

test("a current limit is a share of the cell's nominal current", () => {
  const dev = { ...HIGH, tag: "II-202", relative: "current" as const, limit: 1.05, deadband: 60 };
  expect(answers(dev, [6000, 6240, 6241, 6300, 6301])).toEqual({ off: "00001", on: "00111" });
});

test("bits: any bit of the mask, bit 31 included, and no other", () => {
  const words = [0, 1, 2, 3, 4, 5, 8, 0x7ffffffa, 0x80000000, 0xffffffff];
  expect(answers(BITS, words)).toEqual({ off: "0101110001", on: "0101110001" });
  expect(answers({ ...BITS, mask: 0x80000000 }, words).off).toBe("0000000011");
});

test("the plant's alarms on the PLC's words stand on the bits the PLC sets", () => {
  const masks = hall.description.alarms.flatMap((a) => (a.kind === "discrete" && a.tag.startsWith("YS-90") ? [[a.id, a.tag, a.mask]] : []));
  expect(masks).toEqual([
    ["AE.ACTIVE", "YS-901", STATUS.anodeEffect],
    ["AE.PERSIST", "YS-901", STATUS.anodeEffect],
    ["AE.STANDBY", "YS-902", ALARM_WORD.effectStandby],
    ["INTERLOCK.ACT", "YS-901", STATUS.interlock],
    ["FEED.JAM", "YS-902", ALARM_WORD.feedJam],
    ["FEED.DRIVE", "YS-902", ALARM_WORD.feedDrive],
    ["FEED.CAP", "YS-902", ALARM_WORD.feedCap],
    ["TI-101.BAD", "YS-902", ALARM_WORD.sensorBad],
    ["COMM.FALLBACK", "YS-901", STATUS.commFallback],
  ]);
});

test("silence: bad counts back ten seconds, a lost link from its loss, a hesitating heartbeat says nothing", () => {
  const at = (quality: Quality, reason: LivenessChange["reason"]) => silentSince({ owner: "C001", quality, time: 50_000, reason });
  const reasons = ["live", "heartbeat", "link", "gap"] as const;
  expect(reasons.map((r) => at(Quality.Good, r))).toEqual([0, 0, 0, 0]);
  expect(reasons.map((r) => at(Quality.Uncertain, r))).toEqual([0, 0, 0, 0]);
  expect(reasons.map((r) => at(Quality.Stale, r))).toEqual([undefined, undefined, 50_000, undefined]);
  expect(reasons.map((r) => at(Quality.Bad, r))).toEqual([40_000, 40_000, 40_000, 40_000]);
});

test("an alarm of some recipes exists on their cells only", () => {
  const gd = compileAlarms(plantWith([{ ...HIGH, recipes: ["GdFe"] }], { lines: hall.description.lines }));
  expect(gd.count).toBe(hall.cells.filter((cell) => cell.recipe.name === "GdFe").length);
  expect(gd.places.every((place) => hall.cell(place.home.id)?.recipe.name === "GdFe")).toBe(true);
});

test("every tag finds exactly its own alarms", () => {
  const columns = compileAlarms(hall);
  const system = hall.description.alarms.filter(isOfSystem).length;
  expect(columns.count).toBe(hall.cells.length * (hall.description.alarms.length - system) + system);
  for (const tag of hall.tags) {
    const own = columns.places.slice(columns.first[tag.id], columns.first[tag.id + 1]).map((place) => place.id);
    const kinds = hall.description.alarms.filter((a) => a.tag === tag.definition.name && a.kind !== "comm");
    expect(own).toEqual(hall.line(tag.owner) !== undefined ? [] : kinds.map((a) => `${tag.owner}:${a.id}`));
  }
  expect(columns.livenessOf.get("C238")?.map((slot) => columns.places[slot]?.id)).toEqual(["C238:COMM.LOST"]);
  expect(compileRule(COMM, cellOf("PrNd")).limit).toBeNull();
});
