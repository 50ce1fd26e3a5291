import { ManualClock, type TapMessage } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { matcher, readable, Taps } from "./tap.ts";

function story() {
  const clock = new ManualClock(1_000_000);
  const taps = new Taps(clock);
  const heard: TapMessage[] = [];
  const end = taps.add("plant/+/data/#", (message) => heard.push(message));
  return { clock, taps, heard, end };
}

test.each([
  ["a/b", "a/b", true],
  ["a/+", "a/b", true],
  ["a/+", "a/b/c", false],
  ["a/#", "a", true],
  ["a/#", "a/b/c", true],
  ["#", "$SYS/x", false],
  ["+/x", "$SYS/x", false],
  ["$SYS/#", "$SYS/x", true],
  ["a/b", "a/b/c", false],
  ["a/b/c", "a/b", false],
  ["+", "", true],
])("filter %s, topic %s: %s", (filter, topic, meets) => expect(matcher(filter)(topic)).toBe(meets));

test("a topic's own levels, some replaced by wildcards, always meet it", () => {
  const level = fc.string({ minLength: 1 }).filter((s) => !/[/+#$]/.test(s));
  fc.assert(
    fc.property(fc.array(level, { minLength: 1, maxLength: 6 }), fc.array(fc.boolean()), fc.nat(6), (levels, plus, cut) => {
      const filter = levels.map((one, i) => (plus[i] ? "+" : one));
      expect(matcher(filter.join("/"))(levels.join("/"))).toBe(true);
      expect(matcher([...filter.slice(0, cut), "#"].join("/"))(levels.join("/"))).toBe(true);
      expect(matcher([...filter, "more"].join("/"))(levels.join("/"))).toBe(false);
    }),
  );
});

test("who listens is told what meets the filter, until it ends; nothing is rendered for nobody", () => {
  const { taps, heard, end } = story();
  taps.offer("plant/L01/data/x", () => "one");
  taps.offer("plant/L01/other", () => expect.unreachable());
  end();
  taps.offer("plant/L01/data/x", () => expect.unreachable());
  expect(heard).toEqual([{ time: 1_000_000, topic: "plant/L01/data/x", text: "one", skipped: 0 }]);
});

test("twenty a second are told, the others counted with the next", () => {
  const { clock, taps, heard } = story();
  for (let i = 0; i < 50; i++) taps.offer("plant/L01/data", () => String(i));
  expect(heard).toHaveLength(20);
  clock.advance(1000);
  taps.offer("plant/L01/data", () => "next");
  expect(heard.at(-1)).toMatchObject({ text: "next", skipped: 30 });
  taps.offer("plant/L01/data", () => "x".repeat(20_000));
  expect(heard.at(-1)?.text).toHaveLength(10_001);
});

test("bytes that are no text are shown as hexadecimal, and any bytes are shown", () => {
  expect(readable(Buffer.from('{"t":1050,"名":"熔体"}'))).toBe('{"t":1050,"名":"熔体"}');
  expect(readable(Uint8Array.of(0x08, 0xff))).toBe("08ff");
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof readable(bytes) === "string"));
});
