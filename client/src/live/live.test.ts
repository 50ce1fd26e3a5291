import { type Hello, ManualClock, PROTOCOL_VERSION } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { alarm, demoPlant } from "../testkit.ts";
import { byUrgency, mergeAlarms, summarise } from "./alarms.ts";
import { query } from "./api.ts";
import { Interests, request } from "./interest.ts";
import { Live, NOTHING_ALLOWED } from "./live.ts";
import { Silence } from "./silence.ts";

const hello = (change: Partial<Hello> = {}): Hello => ({
  protocol: PROTOCOL_VERSION,
  now: 1_000_000,
  session: { name: "op", role: "operator", areas: [""], expires: 2_000_000 },
  capabilities: { ...NOTHING_ALLOWED, canCommand: true },
  plant: demoPlant().description,
  replay: null,
  ...change,
});

test("the clock is the server's, whatever the browser's says", () => {
  const clock = new ManualClock(5000);
  const live = new Live(clock, (run) => run());
  live.heardHello(hello());
  clock.advance(1500);
  expect(live.now()).toBe(1_001_500);
});

test("in a replay the clock is the replay's, at its speed, and stands when paused", () => {
  const clock = new ManualClock(5000);
  const live = new Live(clock, (run) => run());
  const state = { id: "r", from: 100_000, to: 200_000, at: 110_000, speed: 10, playing: true };
  live.heardHello(hello({ replay: state }));
  clock.advance(500);
  expect(live.now()).toBe(115_000);
  live.heardReplay({ ...state, at: 115_000, playing: false });
  clock.advance(5000);
  expect(live.now()).toBe(115_000);
});

test("the clock of a replay never passes its end", () => {
  const clock = new ManualClock(0);
  const live = new Live(clock, (run) => run());
  live.heardHello(hello({ replay: { id: "r", from: 0, to: 1000, at: 900, speed: 60, playing: true } }));
  clock.advance(60_000);
  expect(live.now()).toBe(1000);
});

test("a server of another protocol is not mixed with this client", () => {
  const live = new Live(new ManualClock(0), (run) => run());
  live.heardHello({ ...hello(), protocol: 99 as never });
  expect(live.phase.get()).toBe("mixed-versions");
});

test("a lost server is lost since the moment it was noticed, until it greets again", () => {
  const clock = new ManualClock(0);
  const live = new Live(clock, (run) => run());
  live.heardHello(hello());
  clock.advance(700);
  live.lost();
  clock.advance(300);
  live.lost();
  expect([live.phase.get(), live.lostSince.get()]).toEqual(["lost", 700]);
  const before = live.epoch.get();
  live.heardHello(hello());
  expect([live.phase.get(), live.lostSince.get()]).toEqual(["live", undefined]);
  expect(live.epoch.get()).toBe(before + 1);
});

test("keeps the newest 200 commands and each one's last state", () => {
  const live = new Live(new ManualClock(0), (run) => run());
  const command = { id: "c", tag: "t", value: 1, by: "op", at: 0, state: "pending" as const };
  for (let i = 0; i < 250; i++) live.heardCommand({ ...command, id: `c${i}` });
  live.heardCommand({ ...command, id: "c249", state: "verified" });
  expect(live.commands.get().size).toBe(200);
  expect(live.commands.get().get("c249")?.state).toBe("verified");
});

test("alarms leave the list when they are normal and nothing inhibits them", () => {
  const list = mergeAlarms(new Map(), { snapshot: [alarm(), alarm({ id: "C002:EI-201.HI", cell: "C002" })] });
  const next = mergeAlarms(new Map(list), {
    changes: [alarm({ state: "NORM" }), alarm({ id: "C002:EI-201.HI", state: "NORM", inhibit: ["SHELVED"] })],
  });
  expect([...next.keys()]).toEqual(["C002:EI-201.HI"]);
});

test("counts what is annunciated and names the newest unacknowledged of the highest priority", () => {
  const view = summarise(
    mergeAlarms(new Map(), {
      snapshot: [
        alarm({ id: "a", priority: 2, raised: 1 }),
        alarm({ id: "b", priority: 2, raised: 5 }),
        alarm({ id: "c", priority: 1, state: "ACKED" }),
        alarm({ id: "d", priority: 1, inhibit: ["SHELVED"] }),
        alarm({ id: "e", priority: 3, cell: "C009" }),
      ],
    }),
  );
  expect(view.top?.id).toBe("b");
  expect(view.counts[1]).toEqual({ active: 1, unacknowledged: 0 });
  expect(view.counts[2]).toEqual({ active: 2, unacknowledged: 2 });
  expect(view.worst.get("C009")).toBe(3);
});

test("unacknowledged alarms stand before acknowledged ones, whatever their priority", () => {
  const sorted = [
    alarm({ id: "acked", priority: 1, state: "ACKED" }),
    alarm({ id: "shelved", inhibit: ["SHELVED"] }),
    alarm({ id: "open", priority: 4 }),
  ].sort(byUrgency);
  expect(sorted.map((a) => a.id)).toEqual(["open", "acked", "shelved"]);
});

test("two screens may want the same cell: it is asked for once and given back with the last", () => {
  const interests = new Interests();
  expect(request(interests.add({ cells: ["C001"], hall: true }))).toEqual({ hall: true, cells: ["C001"] });
  expect(request(interests.add({ cells: ["C001", "C002"] }))).toEqual({ cells: ["C002"] });
  expect(request(interests.remove({ cells: ["C001"], hall: true }))).toEqual({ hall: true });
  expect(request(interests.remove({ cells: ["C001", "C002"] }))).toEqual({ cells: ["C001", "C002"] });
  expect(interests.all()).toEqual([]);
});

test("silence is questioned, and an unanswered question is a loss within 3 s", () => {
  const silence = new Silence(0);
  const steps = Array.from({ length: 12 }, (_, i) => silence.step((i + 1) * 250));
  expect(steps.indexOf("ask")).toBeGreaterThan(-1);
  expect(steps.indexOf("lost")).toBeLessThan(12);
  expect(steps.at(-1)).toBe("lost");
});

test("any word ends the silence", () => {
  const silence = new Silence(0);
  expect(silence.step(2000)).toBe("ask");
  silence.heard(2500);
  expect(silence.step(3600)).toBe("wait");
});

test("a query leaves out what is not given", () => {
  expect(query({ from: 1, to: undefined, cell: "", kind: "a b" })).toBe("?from=1&kind=a+b");
  expect(query({})).toBe("");
});

test("a flood of alarms is shown a few times a second, and its last word counts", () => {
  const clock = new ManualClock(0);
  const live = new Live(clock, (run) => run());
  let shown = 0;
  live.alarms.subscribe(() => shown++);
  for (let i = 0; i < 100; i++) {
    live.heardAlarms({ changes: [alarm({ id: `C${i}:X` })] });
    clock.advance(10);
  }
  clock.advance(200);
  expect(shown).toBeLessThanOrEqual(9);
  expect(live.alarms.get().all.size).toBe(100);
});
