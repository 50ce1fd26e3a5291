import { expect, test } from "vitest";
import { Lines } from "./lines.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const [C1, C2] = [bytes("cell,cell=C001"), bytes("cell,cell=C002")];
const [ti, ei] = [bytes("TI-101="), bytes("EI-201=")];

test("fields of one series and time share a line, unless it was closed between them", () => {
  const lines = new Lines();
  lines.at(C1, 5);
  lines.field(ti, 1050.5);
  lines.at(C1, 5);
  lines.mean(ei, 10 / 3);
  lines.at(C1, 6);
  lines.field(ti, 1);
  lines.at(C2, 6);
  lines.field(ti, 2);
  lines.close();
  lines.at(C2, 6);
  lines.field(ti, 3);
  expect(lines.take().toString()).toBe(
    "cell,cell=C001 TI-101=1050.5,EI-201=3.3333333333 5\ncell,cell=C001 TI-101=1 6\ncell,cell=C002 TI-101=2 6\ncell,cell=C002 TI-101=3 6\n",
  );
  expect(lines.empty).toBe(true);
});

test("a line may grow beyond a request, and buffers that come back are filled again", () => {
  const lines = new Lines();
  lines.at(C1, 0);
  for (let i = 0; i < 100_000; i++) lines.field(ti, i);
  expect(lines.full).toBe(true);
  const taken = lines.take();
  expect(taken.toString().split(",").length).toBe(100_001);
  lines.giveBack(taken);
  for (let i = 0; i < 4; i++) {
    lines.at(C2, i);
    lines.field(ti, i);
    const small = lines.take();
    expect(small.toString()).toBe(`cell,cell=C002 TI-101=${i} ${i}\n`);
    lines.giveBack(small);
  }
});
