/** The table of line tags in the process model is the catalogue, row for row. */
import { LINE_TAGS, type TagDefinition, UNITS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { read } from "../support/tree.ts";

const number = (text: string): number => Number(text.replaceAll(",", ""));

function row({ name, description, unit, range, scanMs, deadband }: TagDefinition): unknown[] {
  const { symbol, code } = UNITS[unit];
  return [name, description, `${symbol || "1"} (${code})`, ...range, scanMs / 1000, deadband];
}

function parse(line: string): unknown[] {
  const [name, what, unit, range = "", scan = "", deadband = ""] = line
    .split("|")
    .map((each) => each.trim())
    .slice(1);
  const [low = "", high = ""] = range === "u32" ? ["0", "4294967295"] : range.split("..");
  return [name, what, unit, number(low), number(high), scan === "change" ? 0 : Number(scan.replace(" s", "")), Number(deadband)];
}

test("the table of line tags says what the catalogue says", () => {
  const section = read("shared/docs/process.md").split("### Line tags")[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => /^\| [A-Z]+-\d/.test(line));
  expect(rows.map(parse)).toEqual(LINE_TAGS.map(row));
});
