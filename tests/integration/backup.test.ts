/** Backup, restore and check on real parts: under load, while the engine puts its files together, and against every damage. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createFrame, type Frame, pushSample, systemClock, type TagId } from "@cellhouse/shared";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkData } from "../../server/src/backup/check.ts";
import { makeBackup } from "../../server/src/backup/make.ts";
import { type Manifest, verifyBackup } from "../../server/src/backup/manifest.ts";
import { restoreBackup } from "../../server/src/backup/restore.ts";
import { createForwarder, createHistorian } from "../../server/src/historian/index.ts";
import { testCounters, testPlant } from "../../server/src/historian/testing.ts";
import { createLedger } from "../../server/src/ledger/index.ts";
import { createRecorder } from "../../server/src/recorder/index.ts";
import { remove, tempFolder, until } from "../support/processes.ts";
import { smallDisk } from "../support/small-disk.ts";

const plant = testPlant(2);
const TAGS = 40;
/** A frame stands for so much time of the plant, so that an hour passes in about a second and the engine always has files to put together. */
const STEP_MS = 20_000;
const T0 = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 48 * 3_600_000;

const numberOf = (tag: number, n: number): number => (n * 7 + tag) % 1000;

function frameOf(n: number): Frame {
  const frame = createFrame(TAGS);
  frame.receivedAt = T0 + n * STEP_MS + 5;
  for (let tag = 0; tag < TAGS; tag++) pushSample(frame, tag, T0 + n * STEP_MS, numberOf(tag, n), 0);
  return frame;
}

/** Ledger, recorder, forwarder and embedded history on one data folder, as the server wires them. */
async function openHall(data: string) {
  const ledger = createLedger({ file: join(data, "ledger.sqlite"), now: Date.now });
  const counters = testCounters();
  const historian = createHistorian("duckdb", { folder: data, spillRows: 2000, quietMs: 0 }, { plant, clock: systemClock });
  await historian.start();
  const folder = join(data, "record");
  const log = createRecorder({ folder, plant, clock: systemClock, counters, retentionDays: 3650, retentionBytes: 1e12 });
  const forwarder = createForwarder({ log, historian, clock: systemClock, counters });
  forwarder.start();
  return {
    ledger,
    log,
    historian,
    settle: () => forwarder.settle(60_000),
    async stop() {
      await log.flush();
      await forwarder.settle(60_000);
      await forwarder.stop();
      await log.stop();
      await historian.stop();
      ledger.close();
    },
  };
}
type Hall = Awaited<ReturnType<typeof openHall>>;

/** How many frames history holds, all tags alike; fails where one is missing, doubled or other than it was sent. */
async function framesIn(hall: Hall): Promise<number> {
  let held: number | undefined;
  for (let tag = 0; tag < TAGS; tag++) {
    const { time, value } = await hall.historian.raw({ tag: tag as TagId, from: 0, to: 9e15, limit: 1e9 });
    held ??= time.length;
    expect(time.length).toBe(held);
    expect(time.every((at, n) => at === T0 + n * STEP_MS)).toBe(true);
    expect(value.every((v, n) => v === numberOf(tag, n))).toBe(true);
  }
  return held ?? 0;
}

let home: string;
let kept: string;
let manifest: Manifest;
beforeAll(async () => {
  home = tempFolder("backup");
  kept = join(home, "kept");
});
afterAll(() => remove(home));

const save = (data: string, to: string): Promise<Manifest> => makeBackup({ data, to, now: Date.now(), program: "test" });

test("backups made under load, while files are put together, hold everything recorded before they began, once", async () => {
  remove(home);
  const data = join(home, "data");
  mkdirSync(join(data, "pki/own"), { recursive: true });
  writeFileSync(join(data, "pki/own/key [1].pem"), "a key");
  writeFileSync(join(data, "first-passwords"), "not to be copied");
  const hall = await openHall(data);
  let sent = 0;
  let going = true;
  const load = (async () => {
    for (; going; await new Promise((resolve) => setTimeout(resolve, 5))) {
      hall.log.frame(frameOf(sent++));
      hall.ledger.journal({ time: T0 + sent, kind: "system", n: sent });
      hall.ledger.audit({ time: T0 + sent, actor: "test", action: "write", target: `${sent}`, outcome: "ok" });
    }
  })();
  const made: { to: string; frames: number; manifest: Manifest }[] = [];
  for (let n = 0; n < 3; n++) {
    await until("two hours more", () => sent >= (n + 1) * 360);
    const frames = sent;
    await hall.log.flush();
    const to = join(home, `backup-${n}`);
    made.push({ to, frames, manifest: await save(data, to) });
  }
  // Nothing looks damaged for being written just now.
  expect((await checkData(data)).findings).toEqual([]);
  going = false;
  await load;
  await hall.stop();
  expect(made.at(-1)?.manifest.counts.historyFiles).toBeGreaterThan(0);
  for (const [n, { to, frames, manifest: of }] of made.entries()) {
    const again = join(home, `again-${n}`);
    await restoreBackup({ from: to, data: again });
    expect((await checkData(again)).findings).toEqual([]);
    expect(existsSync(join(again, "first-passwords"))).toBe(false);
    expect(statSync(join(again, "pki/own/key [1].pem")).mode & 0o777).toBe(0o600);
    const restored = await openHall(again);
    expect(await restored.settle()).toBe(true);
    const held = await framesIn(restored);
    expect(held).toBeGreaterThanOrEqual(frames);
    expect(of.counts.journal).toBeGreaterThanOrEqual(frames);
    expect(restored.ledger.events({ limit: 1e6 }).map((event) => event.n)).toEqual(
      Array.from({ length: of.counts.journal }, (_, i) => i + 1),
    );
    for (let next = held; next < held + 10; next++) restored.log.frame(frameOf(next));
    expect(await restored.settle()).toBe(true);
    expect(await framesIn(restored)).toBe(held + 10);
    await restored.stop();
  }
  cpSync(made.at(-1)?.to as string, kept, { recursive: true });
  manifest = made.at(-1)?.manifest as Manifest;
});

/** Turns one bit of a file. */
function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(file, bytes);
}

test("one bit turned anywhere is found, named, and keeps the backup from being restored; nothing is left behind", async () => {
  const anyFile = fc.nat({ max: manifest.files.length - 1 });
  await fc.assert(
    fc.asyncProperty(anyFile, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (n, where) => {
      const entry = manifest.files[n] as Manifest["files"][number];
      const file = join(kept, "data", entry.path);
      const at = Math.floor(where * entry.bytes);
      flip(file, at);
      try {
        expect((await verifyBackup(kept, manifest)).map((finding) => finding.file)).toEqual([entry.path]);
        const data = join(home, "refused");
        await expect(restoreBackup({ from: kept, data })).rejects.toMatchObject({
          code: "E_BACKUP",
          detail: expect.stringContaining(entry.path),
        });
        expect(existsSync(data)).toBe(false);
      } finally {
        flip(file, at);
      }
    }),
    { numRuns: 20 },
  );
  expect(await verifyBackup(kept, manifest)).toEqual([]);
});

test("a folder in use is never written over, and a backup does not go into what it copies", async () => {
  const data = join(home, "data");
  const before = readFileSync(join(data, "ledger.sqlite"));
  await expect(restoreBackup({ from: kept, data })).rejects.toMatchObject({ code: "E_OPTION" });
  await expect(save(data, kept)).rejects.toMatchObject({ code: "E_OPTION" });
  await expect(save(data, join(data, "backup"))).rejects.toMatchObject({ code: "E_OPTION" });
  await expect(save(join(home, "nowhere"), join(home, "b"))).rejects.toMatchObject({ code: "E_OPTION" });
  expect(readFileSync(join(data, "ledger.sqlite")).equals(before)).toBe(true);
  expect(existsSync(join(home, "b"))).toBe(false);
});

test("a manifest that is none, or that reaches outside the backup, is refused before a byte is written", async () => {
  const from = join(home, "hostile");
  mkdirSync(from);
  const outside = fc.constantFrom("../x", "/etc/x", "a/../../x", "a//b", "", "c:\\x", "a\\..\\x");
  const entry = fc.record({ path: outside, bytes: fc.nat(), sha256: fc.constant("0".repeat(64)), secret: fc.boolean() });
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    entry.map((file) => JSON.stringify({ ...manifest, files: [file] })),
    fc.constantFrom("format", "files", "time").map((name) => JSON.stringify({ ...manifest, [name]: "other" })),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      writeFileSync(join(from, "manifest.json"), text);
      await expect(restoreBackup({ from, data: join(home, "none") })).rejects.toMatchObject({ code: "E_BACKUP" });
      expect(existsSync(join(home, "none"))).toBe(false);
    }),
  );
  rmSync(join(from, "manifest.json"));
  await expect(restoreBackup({ from, data: join(home, "none") })).rejects.toMatchObject({ code: "E_BACKUP" });
});

test("a disk without room for all of it is named, and given back as it was", async (context) => {
  const mounted = join(home, "small");
  mkdirSync(mounted);
  const disk = smallDisk(mounted, 256 << 10);
  if (disk === undefined) return context.skip("nothing may be mounted here");
  try {
    const data = join(home, "data");
    const to = join(mounted, "backup");
    await expect(save(data, to)).rejects.toMatchObject({ code: "E_DISK_FULL", detail: expect.stringContaining(to) });
    expect(readdirSync(to)).toEqual([]);
    await expect(restoreBackup({ from: kept, data: to })).rejects.toMatchObject({ code: "E_DISK_FULL" });
    expect(readdirSync(to)).toEqual([]);
  } finally {
    disk.remove();
  }
});

test("the check names what is damaged in a data folder: record, history, catalog, ledger, audit", async () => {
  const named = manifest.files.map(({ path }) => path);
  const parquet = named.filter((path) => path.endsWith(".parquet"));
  const segment = named.find((path) => path.startsWith("record/")) as string;
  const damages: [file: string, damage: (file: string) => void][] = [
    [parquet[0] as string, (file) => flip(file, Math.floor(statSync(file).size / 2))],
    [parquet[1] as string, (file) => rmSync(file)],
    [segment, (file) => flip(file, statSync(file).size - 100)],
    [segment, (file) => flip(file, 0)],
    ["history/catalog.db", (file) => writeFileSync(file, readFileSync(file).fill(7, 4096, 8192))],
    ["ledger.sqlite", (file) => writeFileSync(file, "nothing of the kind")],
    ["ledger.sqlite", forge],
  ];
  expect(await checkData(join(kept, "data"))).toEqual({ files: named.filter((name) => !name.startsWith("pki/")).length, findings: [] });
  for (const [n, [path, damage]] of damages.entries()) {
    const data = join(home, `damaged-${n}`);
    remove(data);
    await restoreBackup({ from: kept, data });
    damage(join(data, path));
    const { findings } = await checkData(data);
    expect(findings.map(({ file }) => file)).toEqual([path]);
    expect(findings[0]?.reason.length).toBeGreaterThan(5);
  }
});

/** Someone rewrites a line of the audit, past the triggers. */
function forge(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("DROP TRIGGER audit_keep; UPDATE audit SET entry = replace(entry, '\"ok\"', '\"no\"') WHERE seq = 3");
  db.close();
}
