import type { Link } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { keepReplay } from "../parts/go.tsx";
import { alarm, demoPlant } from "../testkit.ts";
import { summariseLinks } from "./links/link-summary.ts";
import { lanesOf } from "./replay/replay-lanes.ts";
import { find } from "./search/find.ts";
import { stepBack, trailOf } from "./trail.ts";

const plant = demoPlant();
const searched = {
  plant,
  alarms: [alarm()],
  screens: [{ text: "Hall", path: "/hall" }],
  words: (tag: string) => (tag === "TY-100" ? "Bath temperature" : ""),
};
const link = (change: Partial<Link>): Link => ({ id: "edge:L01", kind: "edge", state: "up", since: 0, detail: "", ...change });

test("back leads up the plant, from a cell to its line, from a line to the hall", () => {
  expect(stepBack("/cell/C030", plant)).toBe("/line/L02");
  expect(stepBack("/line/L02", plant)).toBe("/hall");
  expect(stepBack("/alarms", plant)).toBe("/hall");
  expect(stepBack("/import", plant)).toBe("/trends");
  expect(trailOf("/cell/C030", plant).map((s) => s.name ?? s.key)).toEqual(["screens.hall", "L02", "C030"]);
});

test("search finds screens, lines, cells, alarms and tags by any of their words", () => {
  const first = (text: string): string | undefined => find(text, searched)[0]?.path;
  expect(first("hall")).toBe("/hall");
  expect(first("L02")).toBe("/line/L02");
  expect(first("c030")).toBe("/cell/C030");
  expect(first("EI-201.HI")).toBe("/alarms?alarm=C001%3AEI-201.HI");
  expect(find("C030 bath", searched)[0]).toMatchObject({ kind: "tag", text: "C030 TY-100", path: "/cell/C030" });
  expect(find("  ", searched)).toEqual([]);
  expect(find("C0", searched).length).toBeLessThanOrEqual(30);
});

test("a lost link names itself; the worst of a group stands for it", () => {
  const dots = summariseLinks(
    [
      link({}),
      link({ id: "opcua:L02", kind: "opcua", state: "down", since: 5 }),
      link({ id: "historian", kind: "historian", state: "degraded" }),
    ],
    undefined,
  );
  expect(dots.map((d) => [d.group, d.state])).toEqual([
    ["edge", "down"],
    ["historian", "degraded"],
    ["server", "up"],
  ]);
  expect(dots[0]?.troubled.map((l) => l.id)).toEqual(["opcua:L02"]);
});

test("when the server is lost, that is said, with the time since", () => {
  const server = summariseLinks([link({})], 777).find((d) => d.group === "server");
  expect(server).toMatchObject({ state: "down", troubled: [{ id: "server", since: 777 }] });
});

test("links between screens keep the replay one is in", () => {
  expect(keepReplay("/cell/C001?at=5", "?replay=r1&x=2")).toBe("/cell/C001?at=5&replay=r1");
  expect(keepReplay("/hall", "?x=2")).toBe("/hall");
});

test("the lanes of the scrubber show what was raised, once per place", () => {
  const raised = (time: number) => ({ seq: time, time, kind: "alarm" as const, alarm: "C001:EI-201.HI", event: "raise" });
  const marks = lanesOf([raised(50), raised(50), raised(500), { ...raised(60), event: "ack" }], { from: 0, to: 100 }, () => 3);
  expect(marks).toEqual([{ priority: 3, x: 0.5 }]);
});
