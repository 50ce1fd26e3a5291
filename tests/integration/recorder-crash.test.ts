/** The recorder alone against what a machine does to it: killed at any moment, a disk without room. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createFrame } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LogRecord } from "../../server/src/contracts.ts";
import { openLog } from "../../server/src/recorder/index.ts";
import { plantOf } from "../../server/src/recorder/recorder.testkit.ts";
import { CountedSum, fillCounted } from "../support/counted-frames.ts";
import { launch, type Program, remove, tempFolder } from "../support/processes.ts";
import { smallDisk } from "../support/small-disk.ts";

const WRITER = fileURLToPath(new URL("./recorder-writer.ts", import.meta.url));
const KILLS = 20;

let folder: string;
beforeEach(() => {
  folder = tempFolder("crash");
});
afterEach(() => remove(folder));

const writer = (record: string, next: number, periodMs: number): Program =>
  launch(process.execPath, [WRITER, record, String(next), String(periodMs)]);

async function recorded(record: string): Promise<LogRecord[]> {
  const log = openLog({ folder: record, plant: plantOf(4) });
  const { records } = await log.read(0, 1e6);
  log.close();
  expect(log.losses).toEqual({ corrupt: 0, unknown: 0 });
  return records;
}

/** The numbers of the frames in the record, in order; each frame must be the one of its number, to the bit. */
function numbersOf(records: readonly LogRecord[]): number[] {
  const [sum, expected] = [new CountedSum(), new CountedSum()];
  const again = createFrame(50);
  const numbers = records.map((record) => {
    if (record.kind !== "frame") throw new Error(`a ${record.kind} nobody wrote`);
    const n = record.frame.value[0] as number;
    sum.add(record.frame);
    expected.add(fillCounted(again, n, record.receivedAt));
    return n;
  });
  expect(sum.digest()).toBe(expected.digest());
  return numbers;
}

const lastKept = (output: string): number => Number([...output.matchAll(/kept (\d+)/g)].at(-1)?.[1] ?? -1);

test(`killed without warning ${KILLS} times, the record holds everything it had said was kept, in order, once, to the bit`, async () => {
  let next = 0;
  for (let round = 0; round < KILLS; round++) {
    const program = writer(folder, next, 2);
    await program.printed(/kept (\d+)[\s\S]*kept (\d+)/);
    await new Promise((resolve) => setTimeout(resolve, 17 * round));
    program.kill("SIGKILL");
    await program.ended();
    const numbers = numbersOf(await recorded(folder));
    expect(numbers.at(-1)).toBeGreaterThanOrEqual(lastKept(program.output()));
    next = numbers.length;
    expect(numbers).toEqual(Array.from({ length: next }, (_, i) => i));
  }
});

test("a full disk stops the recording, says so, counts what it drops, loses nothing older, and goes on when there is room", async (context) => {
  const disk = smallDisk(folder, 8 << 20);
  if (disk === undefined) return context.skip("mounting a small disk is not allowed here");
  const record = join(folder, "record");
  const program = writer(record, 0, 1);
  try {
    await program.printed(/kept (\d+)/);
    disk.fill(200_000);
    await program.printed(/degraded E_DISK_FULL: the disk of \S+ is full/);
    const before = numbersOf(await recorded(record));
    await program.printed(/waits dropped \{"E_DISK_FULL":[1-9]\d*\}/);
    disk.free();
    await program.printed(/degraded[\s\S]*\nup [\s\S]*kept \d+ dropped[\s\S]*kept/);
    await program.stop();
    const numbers = numbersOf(await recorded(record));
    expect(numbers.slice(0, before.length)).toEqual(before);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    // Every frame of 50 samples that came before the last word is in the record, or counted for this one reason.
    const kept = lastKept(program.output());
    const missing = kept + 1 - numbers.filter((n) => n <= kept).length;
    const dropped = program.output().split("dropped").at(-1)?.split("\n")[0] ?? "";
    expect(JSON.parse(dropped)).toEqual({ E_DISK_FULL: missing * 50 });
  } finally {
    await program.stop();
    disk.remove();
  }
});
