import { CELL_TAGS, Quality, tagOf } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { NOTHING_ALLOWED } from "../../live/live.ts";
import { demoPlant } from "../../testkit.ts";
import { endOf } from "./command.ts";
import { actOf, alreadySo, HANDS, type Hand, whyNoHand } from "./hand.ts";

const hand = (name: string): Hand => HANDS.find((h) => h.name === name) as Hand;
const free = { connected: true, capabilities: { ...NOTHING_ALLOWED, canCommand: true }, mode: "CASCADE" as const, quality: Quality.Good };

/** The values that would change something at `present`. */
const offered = (name: string, present: number): number[] =>
  hand(name)
    .acts.filter((act) => !alreadySo(hand(name), act, present))
    .map((act) => act.value);

test("every order lies in the range of a tag that is only written", () => {
  for (const { name, acts } of HANDS) {
    const definition = CELL_TAGS.find((t) => t.name === name);
    expect(definition?.access, name).toBe("w");
    const [low, high] = definition?.range ?? [0, 0];
    for (const { value } of acts) expect(value >= low && value <= high, `${name} ${value}`).toBe(true);
  }
});

test("what stands already is not offered, everything else is the PLC's to judge", () => {
  expect([offered("HS-911", 1), offered("HS-911", 0)]).toEqual([[0], [1]]);
  expect([offered("HS-913", 0), offered("HS-913", 1)]).toEqual([[1], [0]]);
  expect([offered("HS-914", 0), offered("HS-914", 3)]).toEqual([
    [1, 2, 3, 4],
    [1, 2, 4, 0],
  ]);
  expect([offered("HS-915", 0), offered("HS-915", 2)]).toEqual([[], [1]]);
  expect([offered("HS-916", 0), offered("HS-916", 4)]).toEqual([
    [5, 15, 30, 60],
    [5, 15, 30, 60, 0],
  ]);
  for (const { name, acts } of HANDS) expect(offered(name, Number.NaN), name).toEqual(acts.map((act) => act.value));
});

test("a bypass is an engineer's; the mode does not matter to hands; what holds for all commands comes first", () => {
  for (const { name } of HANDS) {
    expect(whyNoHand(hand(name), free, "engineer"), name).toBeUndefined();
    expect(whyNoHand(hand(name), free, "operator"), name).toBe(name === "HS-916" ? "engineer" : undefined);
    expect(whyNoHand(hand(name), { ...free, quality: Quality.Stale }, "operator"), name).toBe("stale");
    expect(whyNoHand(hand(name), { ...free, capabilities: NOTHING_ALLOWED }, "viewer"), name).toBe("role");
  }
});

test("a hand command in the list of writes reads as its button; it ends done, a setpoint ends read back", () => {
  const [cell] = demoPlant().cells;
  if (cell === undefined) throw new Error("the demo hall has cells");
  expect([actOf("HS-914", 3), actOf("HS-913", 0)]).toMatchObject([{ words: "anode", n: 3 }, { words: "end" }]);
  expect([actOf("HS-916", 7), actOf("FIC-303.SP", 9)]).toEqual([undefined, undefined]);
  const ends = (["verified", "rejected"] as const).flatMap((state) =>
    ["HS-913", "FIC-303.SP"].map((name) => endOf(tagOf(cell, name), state)),
  );
  expect(ends).toEqual(["command.obeyed", "command.verified", "command.rejected", "command.rejected"]);
});
