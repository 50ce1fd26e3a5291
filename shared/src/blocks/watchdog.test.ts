import { expect, test } from "vitest";
import { createWatchdog, hearBeat, mayReturn, type Presence, presence, stepWatchdog, type Watchdog } from "./index.ts";

function heard(): Watchdog {
  const dog = createWatchdog();
  hearBeat(dog, 1);
  return dog;
}

/** Seconds with a beat each. */
function beats(dog: Watchdog, seconds: number): void {
  for (let s = 0; s < seconds; s++) {
    hearBeat(dog, dog.beat + 1);
    stepWatchdog(dog, 1);
  }
}

test.each<[number, Presence]>([
  [3, "here"],
  [4, "late"],
  [10, "late"],
  [11, "lost"],
  [899, "lost"],
  [900, "gone"],
])("after %s s without a beat the supervisor is %s", (seconds, wanted) => {
  expect(stepWatchdog(heard(), seconds)).toBe(wanted);
});

test("a counter that does not move is no sign of life", () => {
  const dog = heard();
  for (let s = 0; s < 11; s++) {
    hearBeat(dog, 1);
    stepWatchdog(dog, 1);
  }
  expect(presence(dog)).toBe("lost");
  hearBeat(dog, 0);
  expect(presence(dog)).toBe("here");
});

test("a PLC that has just started waits half a minute for its first beat", () => {
  const dog = createWatchdog();
  expect(stepWatchdog(dog, 30)).toBe("here");
  expect(stepWatchdog(dog, 1)).toBe("lost");
});

test("the way back: a minute of good beats, and setpoints within 5 % of each other", () => {
  const dog = heard();
  stepWatchdog(dog, 20);
  beats(dog, 59);
  expect(mayReturn(dog, 10, 10)).toBe(false);
  beats(dog, 1);
  expect(mayReturn(dog, 10, 10)).toBe(true);
  expect(mayReturn(dog, 10.4, 10)).toBe(true);
  expect(mayReturn(dog, 10.6, 10)).toBe(false);
  expect(mayReturn(dog, Number.NaN, 10)).toBe(false);
  stepWatchdog(dog, 4);
  expect(mayReturn(dog, 10, 10)).toBe(false);
});
