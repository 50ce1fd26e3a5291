import { expect, test } from "vitest";
import { alarm, demoPlant } from "../../testkit.ts";
import { EVERYTHING, filterAlarms, readFilter } from "./filter.ts";
import { tellEvent } from "./tell-event.ts";

const plant = demoPlant();
const list = [
  alarm(),
  alarm({ id: "C030:FI-501.LOLO", cell: "C030", type: "FI-501.LOLO", priority: 1, state: "ACKED" }),
  alarm({ id: "C002:WI-302.LO", cell: "C002", priority: 4, inhibit: ["SHELVED"] }),
];
const ids = (filter: Partial<typeof EVERYTHING>): string[] => filterAlarms(list, { ...EVERYTHING, ...filter }, plant).map((a) => a.id);

test("filters by priority, state, and part of a cell, line or alarm", () => {
  expect(ids({})).toEqual(["C001:EI-201.HI", "C030:FI-501.LOLO", "C002:WI-302.LO"]);
  expect(ids({ priority: "1" })).toEqual(["C030:FI-501.LOLO"]);
  expect(ids({ state: "inhibited" })).toEqual(["C002:WI-302.LO"]);
  expect(ids({ state: "acknowledged" })).toEqual(["C030:FI-501.LOLO"]);
  expect(ids({ text: "l02" })).toEqual(["C030:FI-501.LOLO"]);
  expect(ids({ text: "wi-302" })).toEqual(["C002:WI-302.LO"]);
});

test("an address with a wrong filter shows everything", () => {
  expect(readFilter(new URLSearchParams("state=nonsense"))).toEqual(EVERYTHING);
});

test("2,000 alarms are filtered and sorted well within a frame's patience", () => {
  const flood = Array.from({ length: 2000 }, (_, i) => alarm({ id: `C${i}:X`, raised: i }));
  const begun = performance.now();
  expect(filterAlarms(flood, EVERYTHING, plant)[0]?.id).toBe("C1999:X");
  expect(performance.now() - begun).toBeLessThan(200);
});

test("a line of the journal says what happened and who did it", () => {
  expect(
    tellEvent({
      seq: 1,
      time: 0,
      kind: "alarm",
      alarm: "C001:EI-201.HI",
      event: "ack",
      from: "UNACK",
      to: "ACKED",
      actor: "op",
      value: 11.23456,
      comment: "seen",
    }),
  ).toEqual({ what: "C001:EI-201.HI ack: UNACK → ACKED · value 11.235 · comment seen", by: "op" });
  expect(
    tellEvent({ seq: 2, time: 0, kind: "command", cell: "C001", tag: "x:FIC-303.SP", value: 9, by: "op", state: "verified" }).what,
  ).toContain("state verified");
});
