import type { AlarmState } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { BITS, HIGH, LOW, plantWith, play, START, Story } from "./story.testkit.ts";

const LATCH = { ...HIGH, latching: true };
const TYPE = HIGH.id;
const ID = `C001:${TYPE}`;

const stateOf = (story: Story, type = TYPE): AlarmState => story.alarm(type).state;

test("a latching alarm stays after its return until it is acknowledged and reset, in this order", () => {
  const story = play(LATCH, [
    [0, 12, "UNACK"],
    [1, 10, "LATCH_UNACK"],
  ]);
  expect(story.alarms.reset(ID, "ada")).toMatchObject({ ok: false, code: "E_OCCURRENCE", detail: `${ID}: acknowledge it first` });
  expect(stateOf(story.acknowledge(TYPE))).toBe("LATCH_ACK");
  expect(stateOf(story.sample("EI-201", 12))).toBe("UNACK");
  expect(stateOf(story.acknowledge(TYPE).sample("EI-201", 10))).toBe("LATCH_ACK");
  expect(story.alarms.reset(ID, "ada")).toEqual({ ok: true });
  expect(stateOf(story)).toBe("NORM");
  expect(story.alarms.reset(ID, "ada")).toMatchObject({ ok: false, code: "E_OCCURRENCE" });
});

test("an acknowledge is idempotent, and one that saw an older occurrence does not count", () => {
  const story = play(HIGH, [
    [0, 12, "UNACK"],
    [1, 10, "RTN_UNACK"],
  ]);
  const old = story.alarm(TYPE).occurrence as string;
  story.at(2).sample("EI-201", 12);
  expect(story.alarms.acknowledge(ID, old, "ada")).toMatchObject({ ok: false, code: "E_OCCURRENCE" });
  expect(stateOf(story)).toBe("UNACK");
  const current = story.alarm(TYPE).occurrence as string;
  expect(story.alarms.acknowledge(ID, current, "ada", "seen")).toEqual({ ok: true });
  const lines = story.journal.length;
  expect(story.alarms.acknowledge(ID, current, "ben")).toEqual({ ok: true });
  expect(story.journal.length).toBe(lines);
  expect(story.alarm(TYPE).ackBy).toBe("ada");
  expect(story.journal.at(-1)).toMatchObject({ actor: "ada", comment: "seen", occurrence: current });
  expect(story.alarms.acknowledge("C001:NO.SUCH", current, "ada")).toMatchObject({ ok: false, code: "E_NOT_FOUND" });
  expect(story.alarms.acknowledge(ID, "", "ada")).toMatchObject({ ok: false, code: "E_OCCURRENCE" });
});

test("a shelved alarm calls nobody, still follows the process, and calls anew when its time is over", () => {
  const story = play(HIGH, [[0, 12, "UNACK"]]);
  const before = story.alarm(TYPE).occurrence;
  expect(story.alarms.shelve(ID, 10, "burner replaced", "ada")).toEqual({ ok: true });
  expect(story.alarm(TYPE)).toMatchObject({ state: "ACKED", inhibit: ["SHELVED"] });
  expect(stateOf(story.at(60).sample("EI-201", 10))).toBe("NORM");
  expect(stateOf(story.at(120).sample("EI-201", 12))).toBe("ACKED");
  expect(story.calls(TYPE)).toBe(1);
  expect(stateOf(story.at(600))).toBe("UNACK");
  expect(story.alarm(TYPE)).toMatchObject({ inhibit: [], raised: START + 600_000 });
  expect(story.alarm(TYPE).occurrence).not.toBe(before);
  expect(story.journal.map((t) => [t.event, t.to, t.actor, t.comment])).toEqual([
    ["raise", "UNACK", "process", undefined],
    ["shelve", "ACKED", "ada", "burner replaced"],
    ["return", "NORM", "process", undefined],
    ["raise", "ACKED", "process", undefined],
    ["unshelve", "UNACK", "system", "shelf time over"],
  ]);
});

test("unshelving early re-evaluates at once, twice is no error, and the old timer does nothing", () => {
  const story = play(HIGH, [[0, 10, "NORM"]]);
  story.alarms.shelve(ID, 10, "burner replaced", "ada");
  expect(story.alarm(TYPE)).toMatchObject({ state: "NORM", inhibit: ["SHELVED"] });
  expect(story.alarms.unshelve(ID, "ada")).toEqual({ ok: true });
  expect(story.alarms.unshelve(ID, "ada")).toEqual({ ok: true });
  expect(story.alarm(TYPE)).toMatchObject({ state: "NORM", inhibit: [] });
  const lines = story.journal.length;
  story.at(3600);
  expect(story.journal.length).toBe(lines);
});

test("shelved again after an early end, it stays for the whole of the new time", () => {
  const story = play(HIGH, [[0, 12, "UNACK"]]);
  story.alarms.shelve(ID, 10, "burner replaced", "ada");
  story.at(300).alarms.unshelve(ID, "ada");
  story.at(360).alarms.shelve(ID, 10, "burner replaced", "ada");
  expect(story.at(959).alarm(TYPE).inhibit).toEqual(["SHELVED"]);
  expect(story.at(960).alarm(TYPE).inhibit).toEqual([]);
});

test("shelving is refused for priority 1, without a reason, for more than a shift, and twice", () => {
  const story = new Story(plantWith([HIGH, { ...LOW, priority: 1 }]));
  const shelve = (id: string, minutes: number, reason: string) => story.alarms.shelve(id, minutes, reason, "ada");
  expect(shelve("C001:EI-201.LO", 10, "burner replaced")).toMatchObject({ ok: false, code: "E_QUERY" });
  for (const minutes of [0, -1, 481, Number.NaN, Number.POSITIVE_INFINITY])
    expect(shelve(ID, minutes, "burner replaced")).toMatchObject({ ok: false, code: "E_QUERY" });
  expect(shelve(ID, 10, "  ")).toMatchObject({ ok: false, code: "E_QUERY" });
  expect(shelve(ID, 480, "burner replaced")).toEqual({ ok: true });
  expect(shelve(ID, 10, "burner replaced")).toMatchObject({ ok: false, code: "E_OCCURRENCE" });
  expect(shelve("C009:EI-201.HI", 10, "burner replaced")).toMatchObject({ ok: false, code: "E_NOT_FOUND" });
});

test("everything survives a restart: states, occurrences, who acknowledged, and the shelf's end", () => {
  const plant = plantWith([{ ...HIGH, latching: true }, LOW, BITS]);
  const first = new Story(plant);
  first.sample("EI-201", 12).sample("YS-902", 1).acknowledge("FEED.JAM");
  first.alarms.shelve("C001:EI-201.LO", 10, "burner replaced", "ada");
  const rows = first.alarms.snapshot();
  expect(rows.length).toBe(3);
  expect(first.alarms.snapshot([ID, "C001:NO.SUCH"])).toEqual(rows.filter((row) => row.id === ID));

  const second = new Story(plant);
  const broken = [
    { id: ID, state: "{" },
    { id: "C077:EI-201.HI", state: rows[0]?.state ?? "" },
    { id: ID, state: "{}" },
  ];
  expect(second.alarms.restore([...broken, ...rows])).toEqual({ restored: 3, ignored: 3 });
  expect(second.alarms.list()).toEqual(first.alarms.list());
  expect(second.journal).toEqual([]);
  const occurrence = second.alarms.get(ID)?.occurrence as string;
  expect(second.alarms.acknowledge(ID, occurrence, "ada")).toEqual({ ok: true });
  second.at(600).sample("EI-201", 10);
  expect(second.alarms.get("C001:EI-201.LO")?.inhibit).toEqual([]);
  expect(second.alarms.get(ID)?.state).toBe("LATCH_ACK");
  second.sample("EI-201", 12);
  expect(second.alarms.get(ID)?.occurrence).not.toBe(occurrence);
});

test("an occurrence is named by alarm and time alone: the same in a replay that begins later", () => {
  const late = play(HIGH, [[50, 12, "UNACK"]]);
  const early = play(HIGH, [
    [0, 12, "UNACK"],
    [1, 10, "RTN_UNACK"],
    [50, 12, "UNACK"],
  ]);
  expect(early.alarm(TYPE).occurrence).toBe(late.alarm(TYPE).occurrence);
  early.sample("EI-201", 10).sample("EI-201", 12);
  expect(early.alarm(TYPE).occurrence, "a second call in the same millisecond is another").toBe(`${ID}@${START + 50_000}#2`);
});
