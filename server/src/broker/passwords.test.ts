import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountSecret } from "@cellhouse/shared/program";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fieldAccounts } from "./passwords.ts";

let folder = "";
const file = (): string => join(folder, "field-accounts.json");
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellhouse-accounts-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("each account has a password of its own, in a file only the owner reads", () => {
  const made = fieldAccounts(folder, ["host", "edge-L01"]);
  expect([...made.keys()]).toEqual(["host", "edge-L01"]);
  expect(new Set(made.values()).size).toBe(2);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(accountSecret(folder, "edge-L01")).toBe(made.get("edge-L01"));
});

test("passwords stay, chosen ones too; a new line gets its own", () => {
  writeFileSync(file(), '{"edge-L01": "chosen by hand"}');
  const made = fieldAccounts(folder, ["edge-L01", "edge-L02"]);
  expect(made.get("edge-L01")).toBe("chosen by hand");
  expect(fieldAccounts(folder, ["edge-L01", "edge-L02"])).toEqual(made);
});

test.each([
  ['{"edge-L01": "short"}', /field-accounts.json: edge-L01: use at least 10 characters; correct it/],
  ["[]", /field-accounts.json: \(file\)/],
  ["{", /field-accounts.json: /],
])("%s is named and left as it is", (text, said) => {
  writeFileSync(file(), text);
  expect(() => fieldAccounts(folder, ["host"])).toThrow(said);
  expect(readFileSync(file(), "utf8")).toBe(text);
});
