/** Whoever asks for whatever in whatever state: nothing leaves the house outside range x role x area x mode x freshness. */
import { MODES, Quality, ROLES, type Tag } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Actor, CommandRequest } from "../contracts.ts";
import { Hall, plant, settle } from "./hall.testkit.ts";
import { nominalFeed } from "./ranges.ts";

const RUNS = 10_000;

const anything = fc.oneof(fc.double(), fc.integer({ min: -1, max: 4 }), fc.double({ min: 0, max: 7000, noNaN: true }));
const near = (low: number, high: number) => fc.oneof(fc.double({ min: low, max: high, noNaN: true }), anything);
const writable = plant.tags.filter((tag) => tag.definition.access !== "r").map((tag) => tag.path);
const path = fc.oneof(fc.constantFrom(...writable), fc.constantFrom(...plant.tags.map((tag) => tag.path)), fc.string());
const target = fc.oneof(
  { weight: 3, arbitrary: fc.record({ tag: fc.constant("C001:FIC-303.SP"), value: near(4, 16) }) },
  { weight: 2, arbitrary: fc.record({ tag: fc.constant("C002:TIC-101.SP"), value: near(900, 940) }) },
  { weight: 2, arbitrary: fc.record({ tag: fc.constant("C003:IIC-202.SP"), value: near(5000, 6400) }) },
  { weight: 1, arbitrary: fc.record({ tag: fc.constant("C001:HS-910"), value: near(0, 3).map(Math.round) }) },
  { weight: 3, arbitrary: fc.record({ tag: path, value: anything }) },
);
const seen = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.record({ value: anything, time: fc.double() }) },
);
const quality = fc.oneof(
  { weight: 6, arbitrary: fc.constant(Quality.Good) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.values(Quality)) },
);
const actor: fc.Arbitrary<Actor> = fc.record({
  name: fc.constantFrom("olga", "otto", "control:faraday", "control:"),
  role: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom("operator" as const, "engineer" as const) },
    { weight: 1, arbitrary: fc.constantFrom(...ROLES) },
  ),
  areas: fc.oneof(
    { weight: 2, arbitrary: fc.constant([""]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom("", "BT.EL1", "BT.EL1.L01.C001", "BT.EL1.L0", "C001", "XX"), { maxLength: 2 }) },
  ),
});
const attempt = fc.record({
  target,
  seen,
  actor,
  mode: fc.constantFrom(...MODES),
  quality,
  liveness: quality,
  wait: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 12_000 }) }),
});

/** The clamps of the process model, written down apart from the code under test. */
function inRange(tag: Tag, written: number): boolean {
  const { name, range, type } = tag.definition;
  const cell = plant.cell(tag.owner);
  if (cell === undefined || !Number.isFinite(written)) return false;
  if (name === "FIC-303.SP") return written >= 0.5 * nominalFeed(cell) && written <= 1.6 * nominalFeed(cell);
  if (name === "TIC-101.SP") return Math.abs(written - cell.recipe.temperature) <= 15;
  if (name === "IIC-202.SP") return written >= 5100 && written <= 6300;
  return written >= range[0] && written <= range[1] && (type !== "u32" || Number.isInteger(written));
}

test(`${RUNS} random requests: every write that leaves is allowed, every one refused leaves nothing`, async () => {
  const outcomes = new Map<string, number>();
  const property = fc.asyncProperty(attempt, async ({ target: request, seen, actor, mode, quality, liveness, wait }) => {
    const hall = new Hall();
    for (const cell of plant.cells) hall.mode(cell.id, mode);
    const tag = plant.tag(request.tag);
    if (tag !== undefined && plant.cell(tag.owner) !== undefined)
      hall.sample(tag.owner, tag.definition.name, hall.model.value(tag.id), { quality });
    if (tag !== undefined) hall.setLiveness(tag.owner, liveness);
    hall.clock.advance(wait);
    const wanted: CommandRequest = seen === undefined ? request : { ...request, seen };
    const reply = hall.door.submit(wanted, actor);
    await settle();
    const outcome = reply.ok ? (actor.name.startsWith("control:") ? "controller wrote" : "person wrote") : reply.code;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    expect(hall.writes.length).toBe(reply.ok ? 1 : 0);
    if (!reply.ok || tag === undefined) return;
    const controller = actor.name.startsWith("control:");
    const setpoint = tag.definition.name.endsWith(".SP");
    expect(tag.definition.access).not.toBe("r");
    expect(tag.definition.name).not.toBe("YC-906");
    expect(inRange(tag, hall.writes[0]?.value as number)).toBe(true);
    expect(["operator", "engineer"]).toContain(actor.role);
    expect(actor.areas.some((area) => tag.path.startsWith(area))).toBe(true);
    expect(actor.role === "engineer" || setpoint || /^HS-91[0-5]$/.test(tag.definition.name)).toBe(true);
    expect(controller && !setpoint).toBe(false);
    if (setpoint) expect(controller ? ["CASCADE"] : ["MAN", "AUTO"]).toContain(mode);
    expect([tag.definition.access === "w" ? Quality.Good : quality, liveness]).toEqual([Quality.Good, Quality.Good]);
    expect(wait).toBeLessThan(5000);
    expect(controller || Object.is(request.value, hall.writes[0]?.value)).toBe(true);
  });
  await fc.assert(property, { numRuns: RUNS, seed: 36 });
  for (const outcome of [
    "controller wrote",
    "person wrote",
    "E_TAG_UNKNOWN",
    "E_NOT_WRITABLE",
    "E_ROLE",
    "E_SETPOINT_RANGE",
    "E_NOT_FRESH",
    "E_LINK_DOWN",
    "E_MODE",
  ])
    expect(outcomes.get(outcome) ?? 0, `${outcome} was met`).toBeGreaterThan(20);
});
