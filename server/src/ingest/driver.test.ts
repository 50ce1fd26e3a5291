import { ManualClock } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Once, RateMeter } from "./driver.ts";

test("a thing is said once, and again after ten minutes", () => {
  const clock = new ManualClock(0);
  const once = new Once(clock);
  expect([once.first("a"), once.first("a"), once.first("b")]).toEqual([true, false, true]);
  clock.advance(600_000);
  expect(once.first("a")).toBe(true);
});

test("a stranger with ever new names is heard a thousand times, then not until the first are old", () => {
  const clock = new ManualClock(0);
  const once = new Once(clock);
  const said = Array.from({ length: 5000 }, (_, i) => once.first(`stranger ${i}`)).filter(Boolean).length;
  expect(said).toBe(1000);
  clock.advance(600_000);
  expect(once.first("late")).toBe(true);
});

test("the rate is that of the last ten seconds", () => {
  const meter = new RateMeter();
  expect(meter.perSecond).toBe(0);
  for (let s = 0; s < 30; s++) {
    meter.total += s < 20 ? 100 : 10;
    meter.tick();
  }
  expect(meter.perSecond).toBe(10);
});
