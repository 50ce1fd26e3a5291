import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Debts } from "./debts.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "debts-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const A = "opc.tcp://a:4840";
const B = "opc.tcp://b:4840";

test("the oldest debt of each server stays until it is paid, also over a crash", () => {
  const file = join(folder, "owed.json");
  const first = new Debts(file);
  first.owe(A, 2000);
  first.owe(A, 1000);
  first.owe(A, 3000);
  first.owe(B, 5000);
  const second = new Debts(file);
  expect([second.of(A), second.of(B)]).toEqual([1000, 5000]);
  second.paid(A);
  const third = new Debts(file);
  expect([third.of(A), third.of(B)]).toEqual([undefined, 5000]);
});

test("a file that makes no sense, or a folder that is not there, is no debt", () => {
  const file = join(folder, "owed.json");
  writeFileSync(file, '{"x":"soon"}');
  expect(new Debts(file).of("x")).toBeUndefined();
  const nowhere = new Debts(join(folder, "none", "owed.json"));
  nowhere.owe(A, 1);
  expect(nowhere.of(A)).toBe(1);
});
