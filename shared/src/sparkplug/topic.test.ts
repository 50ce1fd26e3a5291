import fc from "fast-check";
import { expect, test } from "vitest";
import { DEVICE_MESSAGES, EDGE_MESSAGES, formatTopic, parseTopic, type Topic } from "./topic.ts";

const id = fc.string({ minLength: 1, unit: "grapheme" }).filter((s) => !/[+#/]/.test(s) && s !== "STATE");
const topic: fc.Arbitrary<Topic> = fc.oneof(
  fc.record({ type: fc.constant("STATE" as const), host: id }),
  fc.record({ type: fc.constantFrom(...EDGE_MESSAGES), group: id, edge: id }),
  fc.record({ type: fc.constantFrom(...DEVICE_MESSAGES), group: id, edge: id, device: id }),
);

test("every topic comes back as it was written", () => {
  fc.assert(
    fc.property(topic, (t) => {
      expect(parseTopic(formatTopic(t))).toEqual(t);
    }),
  );
});

test("a cell's data topic reads as the plant names it", () => {
  expect(formatTopic({ type: "DDATA", group: "BT-EL1", edge: "L01", device: "C001" })).toBe("spBv1.0/BT-EL1/DDATA/L01/C001");
  expect(parseTopic("spBv1.0/STATE/cellhouse")).toEqual({ type: "STATE", host: "cellhouse" });
});

test.each([
  "",
  "spBv1.0",
  "spAv1.0/G/NDATA/E",
  "spBv1.0/G/NDATA/E/D",
  "spBv1.0/G/DDATA/E",
  "spBv1.0/G/DDATA/E/D/x",
  "spBv1.0/G/XDATA/E",
  "spBv1.0//NDATA/E",
  "spBv1.0/STATE/h/x",
])("%j is not a Sparkplug topic", (text) => expect(parseTopic(text)).toBeUndefined());

test("an id that would break the topic is refused by name", () => {
  expect(() => formatTopic({ type: "NDATA", group: "G", edge: "a/b" })).toThrow(/edge id "a\/b"/);
});
