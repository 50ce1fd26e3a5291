/** The buffer of an edge through outages, crashes and damage. Long because all its stories share one stand. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { Outbox, type OutboxOptions } from "./outbox.ts";

const START = 1_700_000_000_000;
const OWNERS = [
  { id: "L01", paths: ["L01:a", "L01:b"] },
  { id: "C001", paths: ["C001:a", "C001:b"] },
];
const everyone = (): boolean => true;

const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const undo of cleanup.splice(0).reverse()) undo();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "cellhouse-outbox-"));
  cleanup.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** An outbox whose k-th sample has value k and belongs to owner k % 2. */
class Bench {
  readonly options: OutboxOptions;
  outbox: Outbox;
  dropped = 0;
  said: string[] = [];
  n = 0;
  now = START;

  constructor(options: Partial<OutboxOptions> = {}) {
    this.options = {
      file: join(folder(), "L01.db"),
      bytes: 1e9,
      ageMs: 1e12,
      owners: OWNERS,
      dropped: (n) => {
        this.dropped += n;
      },
      say: (text) => this.said.push(text),
      ...options,
    };
    this.outbox = new Outbox(this.options);
    cleanup.push(() => this.outbox.close());
  }

  /** `n` more samples, a second apart, each a scan of its own. */
  fill(n: number, sent: boolean): void {
    for (let k = 0; k < n; k++) this.scan(1, sent, 1000);
  }

  /** So many samples in one scan. */
  scan(n: number, sent: boolean, ms = 100): void {
    for (let k = 0; k < n; k++) this.outbox.append({ owner: this.n % 2, tag: 1, time: this.now, value: this.n++, quality: 0 }, sent);
    this.tick(ms);
  }

  tick(ms = 1000): void {
    this.outbox.commit(this.now);
    this.now += ms;
  }

  take(budget = 1e9, reachable: (owner: number) => boolean = everyone): number[] {
    const values: number[] = [];
    this.outbox.take(budget, reachable, (sample) => values.push(sample.value));
    return values;
  }

  /** Those given for the first time. */
  takeNew(budget = 1e9): number[] {
    const values: number[] = [];
    this.outbox.take(budget, everyone, (sample, first) => first && values.push(sample.value));
    return values;
  }

  /** The program ends without a word and a new one finds the files as they stand; `walBytes`: as much of the log as reached the disk. */
  crash(walBytes = Number.POSITIVE_INFINITY): void {
    const { file } = this.options;
    const copy = join(folder(), "L01.db");
    for (const end of ["", "-wal"]) if (existsSync(file + end)) copyFileSync(file + end, copy + end);
    if (existsSync(`${copy}-wal`)) truncateSync(`${copy}-wal`, Math.min(walBytes, statSync(`${copy}-wal`).size));
    this.outbox.close();
    this.options.file = copy;
    this.outbox = new Outbox(this.options);
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

test("what was sent stays where it is, what was not is given once, in order", () => {
  const bench = new Bench();
  bench.fill(6, true);
  bench.fill(4, false);
  expect(bench.take()).toEqual([6, 7, 8, 9]);
  expect(bench.take()).toEqual([]);
});

test("a sample comes back as it went in: no number, a quality, a time before the one before", () => {
  const { outbox } = new Bench();
  const samples = [
    { owner: 1, tag: 0, time: START + 0, value: Number.NaN, quality: 3 },
    { owner: 0, tag: 1, time: START - 3_600_037, value: -0.1, quality: 1 },
    { owner: 1, tag: 1, time: START + 1e9, value: 4294967295, quality: 0 },
  ];
  for (const sample of samples) outbox.append(sample, false);
  const given: unknown[] = [];
  outbox.take(9, everyone, (sample) => given.push(sample));
  expect(given).toEqual(samples);
});

test("a resend gives what was sent since a moment again, and everything unsent however old", () => {
  const bench = new Bench();
  bench.fill(2, true);
  bench.fill(1, false);
  bench.fill(20, true);
  bench.outbox.resendSince(START + 15_000);
  const given = bench.take();
  expect(given[0]).toBe(2);
  expect(given.slice(1)).toEqual(range(16, 23));
  expect(bench.take()).toEqual([]);
});

test("what went out of the backlog on a line that was dying goes out again, but is not new", () => {
  const bench = new Bench();
  bench.fill(100, false);
  expect(bench.takeNew(50)).toEqual(range(0, 50));
  bench.tick();
  const dying = bench.now;
  bench.tick();
  expect(bench.takeNew(30)).toEqual(range(50, 80));
  bench.tick();
  bench.outbox.resendSince(dying);
  expect(bench.take()).toEqual(range(50, 100));
  bench.outbox.resendSince(dying);
  expect(bench.takeNew()).toEqual([]);
});

test("a resend that is broken off is finished by the next, even when that looks back less far", () => {
  const bench = new Bench();
  bench.fill(30, true);
  bench.outbox.resendSince(START + 9_500);
  expect(bench.take(5)).toEqual(range(10, 15));
  bench.fill(40, true);
  bench.outbox.resendSince(bench.now - 500);
  expect(bench.take()).toEqual(range(15, 70));
});

test("a resend is given in portions and goes on where it stopped", () => {
  const bench = new Bench();
  bench.fill(10, false);
  expect([bench.take(4), bench.take(4), bench.take(4), bench.take(4)]).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], []]);
});

test("samples of an owner out of reach wait for it, through a crash too", () => {
  const bench = new Bench();
  bench.fill(6, false);
  expect(bench.take(100, (owner) => owner === 0)).toEqual([0, 2, 4]);
  bench.tick();
  bench.crash();
  expect(bench.takeNew()).toEqual([1, 3, 5]);
});

test("nothing depends on a clock that goes its way: set back or forth an hour, what was sent before the break goes out again", () => {
  for (const jump of [3_600_000, -3_600_000]) {
    const bench = new Bench();
    bench.fill(100, true);
    const heard = bench.now - 5000;
    bench.now += jump;
    bench.fill(3, true);
    bench.outbox.resendSince(Math.min(heard, bench.now) - 30_000);
    const given = bench.take();
    expect(given.slice(-37)).toEqual(range(66, 103));
  }
});

test("after a crash what was not sent is sent, the last minute once more, and nothing of it counts as new twice", () => {
  const bench = new Bench();
  bench.fill(200, true);
  for (let k = 0; k < 100; k++) bench.scan(100, false);
  expect(bench.takeNew(5000)).toEqual(range(200, 5200));
  bench.tick();
  bench.crash();
  bench.outbox.resendSince(Number.NEGATIVE_INFINITY);
  const given: number[] = [];
  const fresh: number[] = [];
  bench.outbox.take(1e9, everyone, ({ value }, first) => void (first ? fresh : given).push(value));
  expect(fresh).toEqual(range(5200, 10_200));
  expect(given.slice(-5000)).toEqual(range(200, 5200));
});

test("the bdSeq goes on after a crash", () => {
  const bench = new Bench();
  bench.outbox.bdSeq = 17;
  bench.tick();
  bench.crash();
  expect(bench.outbox.bdSeq).toBe(17);
});

test("what has surely arrived is forgotten: the file does not grow", () => {
  const bench = new Bench();
  const run = (): void => {
    for (let k = 0; k < 2000; k++) {
      bench.scan(50, true);
      bench.take();
    }
  };
  run();
  const pages = statSync(bench.options.file).size;
  run();
  expect(statSync(bench.options.file).size).toBeLessThanOrEqual(pages * 1.1);
});

test("too much or too old: the oldest go, and only what was never sent is counted as dropped", () => {
  const full = new Bench({ bytes: 60_000 });
  for (let k = 0; k < 40; k++) full.scan(100, true);
  for (let k = 0; k < 800; k++) full.scan(100, false);
  const kept = full.takeNew();
  expect(kept.at(-1)).toBe(83_999);
  expect(kept.length).toBeGreaterThan(4096);
  expect(kept.length + full.dropped).toBe(80_000);

  const old = new Bench({ ageMs: 3_600_000 });
  for (let k = 0; k < 100; k++) old.scan(200, false, 60_000);
  expect(old.takeNew().length + old.dropped).toBe(20_000);
  expect(old.dropped).toBeGreaterThan(4000);
});

test("a plant that has changed: tags keep their samples, a tag that is gone is counted, numbers are never mixed up", () => {
  const bench = new Bench();
  bench.fill(6, false);
  bench.options.owners = [OWNERS[0] as never, { id: "C002", paths: ["C002:a"] }, { id: "C001", paths: ["C001:new", "C001:b"] }];
  bench.crash();
  const given: unknown[] = [];
  bench.outbox.take(99, everyone, ({ owner, tag, value }) => given.push([owner, tag, value]));
  expect(given).toEqual(range(0, 6).map((k) => (k % 2 === 0 ? [0, 1, k] : [2, 1, k])));

  const other = new Bench();
  other.fill(6, false);
  other.options.owners = [OWNERS[0] as never];
  other.crash();
  expect(other.take()).toEqual([0, 2, 4]);
  expect(other.dropped).toBe(3);
});

test("the log torn at any byte: what is left is the beginning of what was written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (n, cut) => {
      const bench = new Bench();
      bench.fill(n, false);
      bench.crash(cut % (statSync(`${bench.options.file}-wal`).size + 1));
      const left = bench.take();
      expect(left).toEqual(range(0, left.length));
      bench.n = n;
      bench.fill(1, false);
      expect(bench.take()).toEqual([n]);
    }),
    { numRuns: 30 },
  );
});

test("bytes changed anywhere in the file: the edge starts, gives no wrong number, and says what is damaged", () => {
  const bench = new Bench();
  for (let k = 0; k < 90; k++) bench.scan(100, false);
  bench.outbox.close();
  const sound = readFileSync(bench.options.file);
  fc.assert(
    fc.property(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] as number) ^ flip;
      const copy = new Bench();
      copy.outbox.close();
      writeFileSync(copy.options.file, bytes);
      copy.outbox = new Outbox(copy.options);
      const given = copy.take();
      expect([...given].sort((a, b) => a - b)).toEqual(given);
      expect(given.every((value) => Number.isInteger(value) && value < 9000)).toBe(true);
      if (given.length < 9000) expect(copy.said.join() + copy.dropped).toMatch(/damaged|[1-9]/);
    }),
    { numRuns: 20 },
  );
});

test("a file that is no database is put aside", () => {
  const bench = new Bench();
  bench.outbox.close();
  writeFileSync(bench.options.file, "rubbish ".repeat(1000));
  bench.outbox = new Outbox(bench.options);
  expect(bench.said.join()).toContain("L01.db.damaged");
  bench.fill(1, false);
  expect(bench.take()).toEqual([0]);
});

test("whatever the order of outages and crashes, no sample is lost and none is given as new twice", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("fill" as const), n: fc.integer({ min: 1, max: 40 }), sent: fc.boolean() }),
    fc.record({ kind: fc.constant("burst" as const), n: fc.integer({ min: 3000, max: 4000 }), sent: fc.boolean() }),
    fc.record({ kind: fc.constant("take" as const), budget: fc.integer({ min: 1, max: 3000 }), reach: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant("resend" as const), back: fc.nat(60_000) }),
    fc.record({ kind: fc.constant("crash" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bench = new Bench();
      const seen: number[] = [];
      const take = (budget: number, reachable: (owner: number) => boolean): void => {
        bench.outbox.take(budget, reachable, ({ value }, first) => void (first && seen.push(value)));
        bench.tick(100);
      };
      for (const each of steps) {
        if (each.kind === "fill" || each.kind === "burst") {
          if (each.sent) seen.push(...range(bench.n, bench.n + each.n));
          bench[each.kind === "fill" ? "fill" : "scan"](each.n, each.sent);
        } else if (each.kind === "take") take(each.budget, (owner) => (each.reach & (1 << owner)) !== 0);
        else if (each.kind === "resend") bench.outbox.resendSince(bench.now - each.back);
        else bench.crash();
      }
      take(1e9, everyone);
      expect(seen.sort((a, b) => a - b)).toEqual(range(0, bench.n));
      expect(bench.dropped).toBe(0);
    }),
    { numRuns: 25 },
  );
});
