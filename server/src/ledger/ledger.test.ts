import { type AlarmTransition, type Command, ManualClock } from "@cellhouse/shared";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ledger } from "../contracts.ts";
import { createLedger, journalOutlet } from "./index.ts";

const clock = new ManualClock(1_000_000);
let ledger: Ledger;
beforeEach(() => {
  ledger = createLedger({ file: ":memory:", now: () => clock.now() });
});
afterEach(() => ledger.close());

test("the first start makes one person per role with random passwords, later ones change nothing", async () => {
  const made: { name: string; password: string }[] = [];
  await ledger.bootstrap(undefined, (told) => made.push(...told));
  expect(made.map((one) => one.name)).toEqual(["viewer", "operator", "engineer", "qa", "admin"]);
  expect(new Set(made.map((one) => one.password)).size).toBe(5);
  await ledger.bootstrap("another", () => expect.unreachable("nothing new is made"));
  const operator = made[1] as { name: string; password: string };
  expect(await ledger.verify("operator", operator.password)).toEqual({ name: "operator", role: "operator", areas: [""] });
  expect(await ledger.verify("operator", "another")).toBeUndefined();
});

test("passwords that cannot be told open nothing: the accounts are made at the next start", async () => {
  const fullDisk = (): never => {
    throw new Error("ENOSPC");
  };
  await expect(ledger.bootstrap(undefined, fullDisk)).rejects.toThrow("ENOSPC");
  const again: string[] = [];
  await ledger.bootstrap(undefined, (made) => again.push(...made.map((one) => one.name)));
  expect(again).toHaveLength(5);
});

test("each claim of the hall is higher than all before it, also when the clock was set back", () => {
  clock.advanceTo(50_000_000);
  const first = ledger.claim();
  expect(first).toBe(50_000);
  expect(ledger.claim()).toBe(50_001);
  clock.advanceTo(90_000_000);
  expect(ledger.claim()).toBe(90_000);
});

test("with a given password none is told, and no other lets anyone in", async () => {
  await ledger.bootstrap("given by the operator", () => expect.unreachable("the password is known"));
  expect(await ledger.verify("admin", "given by the operator")).toMatchObject({ role: "admin" });
  for (const guess of ["admin", "password", "", "given by the operator "]) expect(await ledger.verify("admin", guess)).toBeUndefined();
  expect(await ledger.verify("root", "given by the operator")).toBeUndefined();
});

test("a session holds until it expires or is closed", async () => {
  await ledger.bootstrap("p");
  const token = ledger.openSession("qa", 5000);
  expect(ledger.session(token, 4999)).toEqual({ user: { name: "qa", role: "qa", areas: [""] }, expires: 5000 });
  expect(ledger.session(token, 5000)).toBeUndefined();
  const other = ledger.openSession("qa", 9_000_000);
  ledger.closeSession(other);
  expect(ledger.session(other, 1)).toBeUndefined();
});

test("a link is good once, and not after its time", async () => {
  await ledger.bootstrap("p");
  const link = ledger.createLink("operator", clock.now() + 600_000);
  expect(ledger.redeem(link, clock.now())?.name).toBe("operator");
  expect(ledger.redeem(link, clock.now())).toBeUndefined();
  const late = ledger.createLink("operator", clock.now() + 600_000);
  expect(ledger.redeem(late, clock.now() + 600_000)).toBeUndefined();
});

test("the journal is found by kind, cell and time, in pages", () => {
  for (let i = 0; i < 10; i++) ledger.journal({ time: 100 + i, kind: i % 2 === 0 ? "alarm" : "link", cell: `C00${i % 3}`, text: `${i}` });
  const texts = (filter: Parameters<Ledger["events"]>[0]) => ledger.events(filter).map((event) => event.text);
  expect(texts({ limit: 3 })).toEqual(["0", "1", "2"]);
  expect(texts({ after: 3, limit: 2 })).toEqual(["3", "4"]);
  expect(texts({ kind: "alarm", limit: 9 })).toEqual(["0", "2", "4", "6", "8"]);
  expect(texts({ cell: "C001", from: 104, to: 107, limit: 9 })).toEqual(["4"]);
  expect(texts({ order: "desc", limit: 3 })).toEqual(["9", "8", "7"]);
  expect(texts({ order: "desc", before: 8, kind: "link", limit: 2 })).toEqual(["5", "3"]);
  expect(texts({ after: 2, before: 5, limit: 9 })).toEqual(["2", "3"]);
  expect(ledger.events({ limit: 1 })).toEqual([{ seq: 1, time: 100, kind: "alarm", cell: "C000", text: "0" }]);
});

test("alarm states are kept by id, the newest counts", () => {
  ledger.saveAlarms([
    { id: "C001:A", state: "x" },
    { id: "C002:A", state: "y" },
  ]);
  ledger.saveAlarms([{ id: "C001:A", state: "z" }]);
  expect(ledger.loadAlarms()).toEqual([
    { id: "C001:A", state: "z" },
    { id: "C002:A", state: "y" },
  ]);
});

const transition: AlarmTransition = {
  alarm: "C042:TY-100.HI",
  occurrence: "o1",
  from: "NORM",
  to: "UNACK",
  event: "raise",
  time: 500,
  received: 510,
  value: 1071,
  limit: 1070,
  actor: "system",
};
const command: Command = { id: "c1", tag: "BT.EL1.L02.C042:FIC-303.SP", value: 9, by: "operator", at: 400, state: "pending" };

test("a pipe's transitions and commands reach the journal together, a little later, with both times", () => {
  const outlet = journalOutlet(ledger, { clock });
  outlet.transition(transition);
  outlet.command(command);
  outlet.command({ ...command, state: "verified", readBack: 9, ended: 900 });
  expect(ledger.events({ limit: 9 })).toEqual([]);
  clock.advance(50);
  expect(ledger.events({ limit: 9 })).toMatchObject([
    { kind: "alarm", cell: "C042", time: 500, received: 510, to: "UNACK", value: 1071 },
    { kind: "command", cell: "C042", time: 400, state: "pending" },
    { kind: "command", cell: "C042", time: 900, state: "verified", readBack: 9 },
  ]);
});

test("lines that could not be written wait and are written with the next ones", () => {
  let broken = true;
  const failures: unknown[] = [];
  const flaky: Ledger = {
    ...ledger,
    batch(work) {
      if (broken) throw new Error("disk full");
      ledger.batch(work);
    },
  };
  const outlet = journalOutlet(flaky, { clock, failed: (error) => failures.push(error) });
  outlet.transition(transition);
  clock.advance(50);
  broken = false;
  outlet.transition({ ...transition, to: "ACKED", event: "ack" });
  outlet.link(700, { link: "edge:L01", event: "down", owners: ["L01", "C001"], detail: "death certificate" });
  outlet.flush();
  expect(failures).toHaveLength(1);
  expect(ledger.events({ limit: 9 })).toMatchObject([
    { to: "UNACK" },
    { to: "ACKED" },
    { kind: "link", time: 700, link: "edge:L01", event: "down", detail: "death certificate" },
  ]);
});
