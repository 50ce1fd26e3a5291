import { between, createRng } from "@cellhouse/shared/process";
import { expect, test } from "vitest";
import { demoPlant } from "../../testkit.ts";
import {
  firstChoices,
  type ImportChoices,
  isKnownWord,
  mappingOf,
  NO_TAG,
  placeOf,
  problemsOf,
  qualityColumns,
  roleOf,
  valuesOf,
  withColumns,
  withRole,
} from "./choices.ts";
import { DELIMITERS, guessDelimiter, guessStamp, isNameable, isOwn, kindOf, readHead, wordsOf } from "./head.ts";
import { trendsOf } from "./job.ts";

const plant = demoPlant();
const FOREIGN = "Zeit;U (mV);C001:EI-201;ok?\r\n22.11.2026 08:00:00;9500,5;9,5;ja\r\n22.11.2026 08:00:01;9501;9,6;nein\r\n22.11.2";

test("the head of a foreign file is a table: delimiter, comma, times and tags are seen; a line cut short is left out", () => {
  expect(guessDelimiter(FOREIGN)).toBe(";");
  const table = readHead(FOREIGN, ";", false);
  expect(table).toEqual({
    columns: ["Zeit", "U (mV)", "C001:EI-201", "ok?"],
    rows: [
      ["22.11.2026 08:00:00", "9500,5", "9,5", "ja"],
      ["22.11.2026 08:00:01", "9501", "9,6", "nein"],
    ],
  });
  expect(readHead("a,b\n1,2", ",", true).rows).toEqual([["1", "2"]]);
  expect(firstChoices(table, ";", plant)).toMatchObject({
    decimal: ",",
    time: { column: "Zeit", format: "dd.MM.yyyy HH:mm:ss", zone: plant.description.timezone },
    columns: { "C001:EI-201": { ...NO_TAG, tag: "C001:EI-201" } },
  });
});

test("quotes hold delimiters, line ends and quotes; a mark of the encoding is no part of a name", () => {
  expect(readHead('\uFEFF "a",b\r"x;""y"";\r\nz",2\n\n,\n', ",", true).rows).toEqual([
    ['x;"y";\r\nz', "2"],
    ["", ""],
  ]);
  expect(readHead('\uFEFF"a ",b\n', ",", true).columns).toEqual(["a", "b"]);
});

test("our own files are known by their head, others by the end of their names", () => {
  expect(isOwn(readHead("time_utc,time_local,C001:EI-201 [V],C001:EI-201 quality\n", ",", false))).toBe(true);
  expect(isOwn(readHead("tag,unit,time,value,quality\n", ",", false))).toBe(true);
  expect(isOwn(readHead("time,value\n", ",", false))).toBe(false);
  expect(["a.CSV", "b.tsv", "c.parquet", "d.xlsx", "csv"].map(kindOf)).toEqual(["csv", "csv", "parquet", undefined, undefined]);
});

test.each([
  [["1764000000000"], "epoch-ms"],
  [["1764000000", "1764000000.5"], "epoch-s"],
  [["2026-11-22T08:00:00Z"], "iso"],
  [["2026/11/22 08:00", "x", "2026/11/22 08:01"], "yyyy/MM/dd HH:mm"],
  [["03/04/2026 08:00"], undefined],
  [["9.5"], undefined],
  [[], undefined],
])("times written like %j are %s", (words, format) => {
  expect(guessStamp(words)).toBe(format);
});

const TABLE = readHead(FOREIGN, ";", false);
const first = (): ImportChoices => firstChoices(TABLE, ";", plant);

test("columns get their roles; the time is one column, and a role given up leaves nothing behind", () => {
  let choices = withRole(first(), "U (mV)", "tag");
  expect(TABLE.columns.map((name) => roleOf(choices, name))).toEqual(["time", "tag", "tag", "none"]);
  choices = withRole(choices, "U (mV)", "time");
  expect(TABLE.columns.map((name) => roleOf(choices, name))).toEqual(["none", "time", "tag", "none"]);
  choices = withRole(choices, "U (mV)", "none");
  expect(problemsOf(choices)).toEqual([{ reason: "noTime" }]);
  expect(problemsOf(withRole(choices, "C001:EI-201", "none"))).toEqual([{ reason: "noTime" }, { reason: "noTags" }]);
  expect(withColumns(first(), ["Zeit"])).toMatchObject({ time: { column: "Zeit" }, columns: {} });
});

test("a wide mapping says scale, offset, quality and words; what is missing is named at its column", () => {
  const start = withRole(first(), "U (mV)", "tag");
  expect(problemsOf(start)).toEqual([{ at: "U (mV)", reason: "noTag" }]);
  const entry = { tag: "C002:EI-201", scale: "0,001", offset: "−1", quality: "ok?" };
  const choices: ImportChoices = { ...start, columns: { "U (mV)": entry }, words: { ja: "good", nein: "bad" } };
  expect(problemsOf({ ...choices, columns: { "U (mV)": { ...entry, scale: "much" } } })).toEqual([{ at: "U (mV)", reason: "number" }]);
  expect(qualityColumns(choices).flatMap((name) => wordsOf(TABLE, name))).toEqual(["ja", "nein"]);
  expect(["Good", "3", "ja"].map(isKnownWord)).toEqual([true, true, false]);
  expect(problemsOf(choices)).toEqual([]);
  expect(valuesOf(choices, "ok?")).toBe("U (mV)");
  expect(qualityColumns(withRole(choices, "ok?", "tag"))).toEqual([]);
  expect(mappingOf(choices, "csv")).toEqual({
    time: { column: "Zeit", format: "dd.MM.yyyy HH:mm:ss", zone: plant.description.timezone },
    tags: { "U (mV)": { tag: "C002:EI-201", scale: 0.001, offset: -1, quality: "ok?" } },
    words: { ja: "good", nein: "bad" },
    delimiter: ";",
    decimal: ",",
  });
});

test("a long mapping names three columns and translates the names that were given a tag", () => {
  const table = readHead("when,what,how much,sure\n1764000000000,oven,9.5,yes\n", ",", true);
  let choices: ImportChoices = { ...firstChoices(table, ",", plant), shape: "long" };
  expect(problemsOf(choices)).toEqual([{ reason: "noName" }, { reason: "noValue" }]);
  for (const [name, role] of [
    ["what", "name"],
    ["how much", "value"],
    ["sure", "quality"],
  ] as const)
    choices = withRole(choices, name, role);
  choices = { ...choices, names: { oven: { ...NO_TAG, tag: "C001:EI-201" }, roof: NO_TAG } };
  expect(table.columns.map((name) => roleOf(choices, name))).toEqual(["time", "name", "value", "quality"]);
  expect(problemsOf(choices)).toEqual([]);
  expect(mappingOf(choices, "parquet")).toEqual({
    time: { column: "when", format: "epoch-ms" },
    long: { tag: "what", value: "how much", quality: "sure" },
    tags: { oven: { tag: "C001:EI-201", scale: 1, offset: 0 } },
  });
});

test.each([
  ["mapping: time: zone: Mars is no IANA time zone", "Zeit"],
  ["body: mapping.time.format: too short", "Zeit"],
  ["column ok?: not in the file", "ok?"],
  ["C001:EI-201: C001:EI-201 is no tag, or outside your areas", "C001:EI-201"],
  ["body: mapping.tags.C001:EI-201.scale: expected number", "C001:EI-201"],
  ["imports: at most 10 at once; remove one", undefined],
])("the refusal %j belongs to %s", (detail, place) => {
  const choices = first();
  const columns = { "C001:EI-201": { ...NO_TAG, tag: "C001:EI-201", quality: "ok?" } };
  expect(placeOf(detail, { ...choices, columns })).toBe(place);
});

test("Trends shows the tags that came in, eight at most, over their span and a little more", () => {
  const job = { from: 1.7e12, to: 1.7e12 + 100_000, paths: plant.tags.slice(0, 20).map(({ path }) => path) };
  const address = new URLSearchParams(trendsOf(job, plant)?.split("?")[1]);
  expect(address.get("pens")?.split(",")).toHaveLength(8);
  expect([address.get("span"), address.get("end")]).toEqual(["120000", "1700000110000"]);
  expect(trendsOf({ ...job, paths: ["gone"] }, plant)).toBeUndefined();
});

const PIECES = ['"', "a\nb", "x,y", "1,5", "__proto__", "constructor", " ", "", "Zeit", "22.11.2026 08:00:00", "\uFEFF", ";", "\t|", "é漢"];
const ROLES = { wide: ["none", "time", "tag"], long: ["none", "time", "name", "value", "quality"] } as const;
const SEEDS = Array.from({ length: 1500 }, (_, seed) => seed);

/** Something by chance, the same for a seed each time. */
function chance(seed: number) {
  const rng = createRng(seed);
  const below = (n: number): number => Math.floor(between(rng, 0, n));
  const one = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const text = (most: number): string => Array.from({ length: below(most + 1) }, () => one(PIECES)).join("");
  return { below, one, text };
}

test("whatever table is written, it is read back", () => {
  for (const seed of SEEDS) {
    const { below, one, text } = chance(seed);
    const width = 2 + below(4);
    const rows = Array.from({ length: 1 + below(6) }, () => Array.from({ length: width }, () => text(3)));
    const [delimiter, end] = [one(DELIMITERS), one(["\r\n", "\n", "\r"])];
    const written = rows.map((row) => row.map((word) => `"${word.replaceAll('"', '""')}"`).join(delimiter)).join(end);
    const { columns, rows: read } = readHead(written, delimiter, true);
    expect([columns, ...read], `seed ${seed}`).toEqual([rows[0]?.map((name) => name.trim()), ...rows.slice(1)]);
  }
});

test("whatever a file begins with and whatever is chosen, there is a mapping of its own columns or a reason", () => {
  let made = 0;
  for (const seed of SEEDS) {
    const { below, one, text } = chance(seed);
    const written = Array.from({ length: 1 + below(5) }, () => text(12)).join(one([...DELIMITERS, "\r\n"]));
    const delimiter = guessDelimiter(written);
    const table = readHead(written, delimiter, below(2) === 0);
    const shape = one(["wide", "long"] as const);
    let choices: ImportChoices = { ...firstChoices(table, delimiter, plant), shape };
    const usable = table.columns.filter((name) => isNameable(name, table.columns));
    for (let acts = usable.length === 0 ? 0 : below(12); acts > 0; acts--) {
      const [name, role] = [one(usable), one(ROLES[shape])];
      choices = withRole(choices, name, role);
      expect(roleOf(choices, name), `seed ${seed}`).toBe(role);
      if (role !== "tag") continue;
      const choice = { ...NO_TAG, tag: "C001:EI-201", scale: one(["2", "1,5", "x", ""]) };
      choices = { ...choices, columns: { ...choices.columns, [name]: choice } };
    }
    if (problemsOf(choices).length > 0) continue;
    made++;
    const { time, tags, long } = mappingOf(choices, "csv");
    const named = [time.column, ...(shape === "wide" ? Object.keys(tags) : [long?.tag, long?.value])];
    expect(
      named.filter((name) => name === undefined || !usable.includes(name)),
      `seed ${seed}`,
    ).toEqual([]);
    expect(Object.values(tags).every(({ scale, offset }) => Number.isFinite(scale) && Number.isFinite(offset))).toBe(true);
  }
  expect(made).toBeGreaterThan(20);
});
