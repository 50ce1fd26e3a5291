/** `npm run record`: what it says of a record that is being written, of a damaged one, and of none. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ManualClock } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRecorder, type Log } from "../../server/src/recorder/index.ts";
import { countersInto, frameAt, plantOf, START } from "../../server/src/recorder/recorder.testkit.ts";
import { node, remove, tempFolder } from "../support/processes.ts";

const plant = plantOf(2);
const id = (path: string): number => plant.tag(path)?.id as number;

let data: string;
let clock: ManualClock;
let reached: number;
beforeEach(() => {
  data = tempFolder("inspect");
  clock = new ManualClock(START);
  reached = 0;
});
afterEach(() => remove(data));

function open(): Log {
  return createRecorder({
    folder: join(data, "record"),
    plant,
    clock,
    counters: countersInto({}),
    retentionDays: 30,
    retentionBytes: 1e9,
    segmentMs: 60_000,
    readers: { historian: () => reached },
  });
}

/** Two minutes, two segments of it: each second a frame of two tags, at the end of each minute an action and a note. */
async function fill(log: Log): Promise<void> {
  for (let second = 0; second < 120; second++) {
    clock.advanceTo(START + second * 1000);
    log.frame(
      frameAt(clock.now(), [
        [id("C001:TI-101"), 1050 + second],
        [id("C002:TI-101"), Number.NaN, 3],
      ]),
    );
    if (second % 60 === 59) {
      log.action(clock.now(), { type: "reset", alarm: "C001:TY-100.HI", actor: "anna" });
      log.note(clock.now(), { text: "温度" });
    }
    await log.flush();
  }
}

async function record(...args: string[]): Promise<{ code: number | null; lines: string[]; text: string }> {
  const program = node("server/src/recorder/inspect.ts", [...args, "--data", data]);
  const code = await program.ended();
  return { code, lines: program.output().trimEnd().split("\n"), text: program.output() };
}

const filesOf = (): string[] => readdirSync(join(data, "record")).filter((name) => name.endsWith(".db"));
const sums = (): string[] =>
  filesOf().map((name) =>
    createHash("sha256")
      .update(readFileSync(join(data, "record", name)))
      .digest("hex"),
  );

test("beside the server that writes it: segments with their figures, where the reader stands; nothing is changed", async () => {
  const log = open();
  await fill(log);
  reached = await log.seek(START + 30_000);
  clock.advance(10_000);
  log.note(clock.now(), {});
  await log.flush();
  const before = sums();
  const { code, lines } = await record("list");
  expect(code).toBe(0);
  expect(lines).toHaveLength(5);
  const cells = lines.map((line) => line.trim().split(/\s+/));
  expect(cells[0]).toEqual("segment from to records samples bytes B/sample checkpoints state checksums".split(" "));
  const iso = (second: number): string => new Date(START + second * 1000).toISOString();
  expect(cells[1]?.slice(1, 5)).toEqual([iso(0), iso(59), "62", "120"]);
  expect(cells[1]?.slice(-3)).toEqual(["0", "sealed", "ok"]);
  expect(cells[2]?.slice(1, 5)).toEqual([iso(60), iso(119), "62", "120"]);
  expect(cells[3]?.slice(1, 5)).toEqual([iso(129), iso(129), "1", "0"]);
  expect(cells[3]?.slice(-3)).toEqual(["0", "open", "ok"]);
  expect(lines[4]).toMatch(/^reader historian has segment \d+ up to record 30, 180 samples behind/);
  expect((await record("verify")).text).toBe("Record intact: 3 segments\n");
  expect(sums()).toEqual(before);
  await log.stop();
});

test("dumps a span as JSON lines, all of it or one kind or one tag", async () => {
  const log = open();
  await fill(log);
  await log.stop();
  const span = ["--from", String(START + 58_000), "--to", new Date(START + 60_000).toISOString()];
  const { code, lines } = await record("dump", ...span);
  expect(code).toBe(0);
  const dumped = lines.map((line) => JSON.parse(line));
  expect(dumped.map(({ kind, received }) => [kind, received - START])).toEqual([
    ["frame", 58_000],
    ["frame", 59_000],
    ["action", 59_000],
    ["note", 59_000],
    ["frame", 60_000],
  ]);
  const time = START + 58_000 - 7;
  expect(dumped[0]).toMatchObject({
    clockOffset: 0,
    samples: [
      { tag: plant.tags[id("C001:TI-101")]?.path, time, value: 1108, quality: "good" },
      { tag: plant.tags[id("C002:TI-101")]?.path, time, value: null, quality: "bad" },
    ],
  });
  expect(dumped[2].action).toMatchObject({ actor: "anna" });
  const notes = await record("dump", "--kind", "note", "--kind", "action");
  expect(notes.lines.map((line) => JSON.parse(line).kind)).toEqual(["action", "note", "action", "note"]);
  const one = await record("dump", "--tag", "C001:TI-101");
  expect(one.lines).toHaveLength(120);
  expect(JSON.parse(one.lines[7] as string)).toMatchObject({ of: 2, samples: [{ value: 1057 }] });
  expect((await record("dump", "--tag", "C009:TI-101")).text).toBe("");
});

test("names segment, chunk and reason of what is damaged, and dumps the rest", async () => {
  const log = open();
  await fill(log);
  await log.stop();
  const [first, second] = filesOf() as [string, string];
  rot(first, "UPDATE chunk SET data = CAST(substr(data, 1, 20) || x'00' || substr(data, 22) AS BLOB) WHERE first = 31");
  rot(first, "UPDATE chunk SET started = started + 1 WHERE first = 41");
  rot(second, "DELETE FROM chunk WHERE first BETWEEN 20 AND 24");
  const { code, lines } = await record("verify");
  expect(code).toBe(1);
  const name = (file: string): string => `segment ${Number(file.slice(0, 12))}`;
  expect(lines).toEqual([
    `${name(first)}, chunk of record 31: its checksum is wrong`,
    `${name(first)}, chunk of record 41: its checksum is wrong`,
    `${name(second)}: records 20 to 24 are not there`,
    expect.stringContaining("3 places damaged in 2 segments"),
  ]);
  expect((await record("list")).text).toMatch(/2 wrong[\s\S]*1 wrong/);
  const rest = await record("dump", "--kind", "frame");
  expect(rest.code).toBe(1);
  expect(rest.lines.filter((line) => line.startsWith("{"))).toHaveLength(120 - 7);
});

function rot(file: string, sql: string): void {
  const db = new DatabaseSync(join(data, "record", file));
  db.exec(sql);
  db.close();
}

test.each([
  [["--data", "/nowhere"], "E_DATA_FOLDER"],
  [["dump", "--from", "yesterday"], "--from yesterday: give epoch ms or ISO 8601"],
  [["dump", "--kind", "frames"], "give frame, link, action, note, checkpoint"],
  [["list", "me"], "E_OPTION"],
  [["--loud"], "E_OPTION"],
])("%j is told what to give instead", async (args, said) => {
  const program = node("server/src/recorder/inspect.ts", args);
  expect(await program.ended()).toBe(2);
  expect(program.output()).toContain(said);
  expect(program.output()).toContain("npm run record -- dump");
});
