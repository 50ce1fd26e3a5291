/** JSON gateways: from a message's bytes to judged frames, 24 values and an ISO time per message. JSON.parse alone takes a third of it. */
import { jsonMap, type Line, ManualClock, tagOf } from "@cellhouse/shared";
import { createJudge } from "../judge.ts";
import { counted, plant } from "../testing.ts";
import { Gateway } from "./gateway.ts";
import { Intake } from "./intake.ts";
import { addShapes, type TopicShapes } from "./shapes.ts";

const ROUNDS = 20_000;
const PER_MESSAGE = 24;
const NOW = Date.UTC(2026, 10, 21, 12);

function decode(): number {
  const line = plant.lines[0] as Line;
  const cell = plant.cells[0] as (typeof plant.cells)[number];
  const tags = [...cell.tags.keys()].filter((tag) => tagOf(cell, tag).definition.access === "r" && tag !== "YC-905").slice(0, PER_MESSAGE);
  const values = Object.fromEntries(tags.map((tag) => [tag, "values.{tag}"]));
  const map = jsonMap.parse({ messages: [{ topic: "plant/{cell}", time: { path: "ts" }, values }] });
  const clock = new ManualClock(NOW);
  const counters = counted();
  const now = (): number => clock.now();
  const input = { frame: () => undefined, link: () => undefined };
  const gateway = new Gateway(line, map, { input, counters, judge: createJudge(plant, counters), now });
  const topics = new Map<string, TopicShapes>();
  addShapes(topics, gateway, map);
  const intake = new Intake({ topics, counters, now, report: () => undefined });
  const body = { ts: new Date(NOW).toISOString(), values: Object.fromEntries(tags.map((tag, i) => [tag, 20 + i / 7])) };
  const payload = Buffer.from(JSON.stringify(body));
  const begin = process.hrtime.bigint();
  for (let round = 0; round < ROUNDS; round++) intake.message("plant/C001", payload, false);
  return Number(process.hrtime.bigint() - begin) / ROUNDS / PER_MESSAGE;
}

export const benches = [{ name: "ingest: JSON bytes to judged frame", unit: "ns/value", budget: 1000, better: "lower", run: decode }];
