import { ManualClock, type Tag, tagOf } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { cell } from "../testing.ts";
import { Backfill, type HistoryRange } from "./backfill.ts";
import type { Samples } from "./decode.ts";

const NOW = Date.UTC(2026, 10, 21);
const tags = ["TI-101", "TI-102", "TI-103", "EI-201"].map((name) => tagOf(cell, name));
const [first, second, third, fourth] = tags as [Tag, Tag, Tag, Tag];
const none: Samples = {
  count: 0,
  handle: new Uint32Array(),
  value: new Float64Array(),
  status: new Uint32Array(),
  time: new Float64Array(),
};

/** What was asked of the server, as `TI-101+TI-102 -60..5` (seconds from now), and what came of it. */
function story(answer: (asked: string) => boolean | Error = () => true, offset = 0) {
  const told: string[] = [];
  const books = { paid: 0, lost: 0 };
  const seconds = ({ from, to }: HistoryRange): string => `${(from - NOW) / 1000}..${(to - NOW) / 1000}`;
  const backfill = new Backfill({
    clock: new ManualClock(NOW),
    piece: () => 2,
    async history(part, range, samples) {
      const asked = `${part.map((tag) => tag.definition.name).join("+")} ${seconds(range)}`;
      told.push(asked);
      const answered = answer(asked);
      if (answered instanceof Error) throw answered;
      if (answered) for (const tag of part) samples(tag, none);
      return answered;
    },
    past: (tag, _samples, after) => told.push(`${tag.definition.name} after ${(after - NOW) / 1000}`),
    paid: () => void books.paid++,
    lost: (times) => {
      books.lost += times;
    },
    offset: () => offset,
    failed: (_range, reason) => told.push(reason instanceof Error ? reason.message : reason),
  });
  return { backfill, told, books };
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

test("tags are read in pieces, those that broke off together side by side, each from where it broke off", async () => {
  const { backfill, told } = story();
  backfill.owe(first, NOW - 10_000);
  backfill.owe(second, NOW - 60_000);
  backfill.owe(third, NOW - 9_000);
  backfill.owe(fourth, NOW - 50_000);
  backfill.read();
  await turns();
  expect(told).toEqual([
    "TI-102+EI-201 -60..5",
    "TI-102 after -60",
    "EI-201 after -50",
    "TI-101+TI-103 -10..5",
    "TI-101 after -10",
    "TI-103 after -9",
  ]);
  backfill.read();
  await turns();
  expect(told, "nothing is owed any more").toHaveLength(6);
});

test("an older debt stays, no matter how often a newer one is noted", async () => {
  const { backfill, told } = story();
  backfill.owe(first, NOW - 30_000);
  backfill.owe(first, NOW - 1_000);
  backfill.read();
  await turns();
  expect(told[0]).toBe("TI-101 -30..5");
});

test("a queue that overran is no loss where history fills the hole, and one for each time where there is none", async () => {
  let kept: boolean | Error = new Error("the connection was lost");
  const { backfill, told, books } = story(() => kept);
  const overrun = async (): Promise<void> => {
    backfill.overran(first, NOW - 3_000);
    backfill.overran(second, Number.NaN);
    backfill.read();
    await turns();
  };
  await overrun();
  expect(books).toEqual({ paid: 0, lost: 0 });
  kept = true;
  backfill.read();
  await turns();
  expect(told.at(-1)).toBe("TI-101 after -3");
  expect(books).toEqual({ paid: 1, lost: 0 });
  kept = false;
  await overrun();
  expect(books.lost).toBe(2);
});

test("a connection that breaks leaves the rest owed", async () => {
  let broken = true;
  const { backfill, told } = story(() => (broken ? new Error("the connection was lost") : true));
  backfill.owe(first, NOW - 30_000);
  backfill.owe(second, NOW - 20_000);
  backfill.owe(third, NOW - 10_000);
  backfill.read();
  await turns();
  expect(told).toEqual(["TI-101+TI-102 -30..5", "the connection was lost"]);
  broken = false;
  backfill.owe(third, NOW);
  backfill.read();
  await turns();
  expect(told.slice(2)).toEqual(["TI-101+TI-102 -30..5", "TI-101 after -30", "TI-102 after -20", "TI-103 -10..5", "TI-103 after -10"]);
});

test("a server without history is asked once, and what is owed while a read is under way is not forgotten", async () => {
  const { backfill, told } = story(() => false);
  backfill.owe(first, NOW - 30_000);
  backfill.owe(second, NOW - 30_000);
  backfill.owe(third, NOW - 30_000);
  backfill.read();
  await turns();
  expect(told).toEqual(["TI-101+TI-102 -30..5", "no-history"]);
  const during = story();
  during.backfill.owe(first, NOW - 30_000);
  during.backfill.read();
  await Promise.resolve();
  during.backfill.owe(first, NOW - 1_000);
  during.backfill.read();
  await turns();
  expect(during.told.filter((text) => text.includes(".."))).toEqual(["TI-101 -30..5", "TI-101 -1..5"]);
});

test("times are the sender's: an hour back on its clock at most", async () => {
  const { backfill, told } = story(() => true, -7_200_000);
  backfill.owe(first, NOW);
  backfill.read();
  await turns();
  expect(told[0]).toBe("TI-101 3600..7205");
});

test("after the end a late answer goes nowhere", async () => {
  const { backfill, told } = story();
  backfill.owe(first, NOW - 30_000);
  backfill.read();
  backfill.stop();
  await turns();
  expect(told).toEqual([]);
});

test("what is owed is paid once all of it has been read, not while a part is open", async () => {
  let broken = true;
  const { backfill, books } = story((asked) => (broken && asked.startsWith("TI-103") ? new Error("broken") : true));
  for (const tag of [first, second, third]) backfill.owe(tag, NOW - 10_000);
  backfill.read();
  await turns();
  expect(books.paid).toBe(0);
  broken = false;
  backfill.read();
  await turns();
  expect(books.paid).toBe(1);
});
