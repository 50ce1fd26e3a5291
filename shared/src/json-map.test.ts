import fc from "fast-check";
import { expect, test } from "vitest";
import { covers, fillTemplate, jsonMap } from "./json-map.ts";
import { formatPath, parsePath, readPath } from "./json-path.ts";

const at = (text: string, message: unknown, element = message): unknown => {
  const path = parsePath(text);
  return path === undefined ? "no path" : readPath(path, element, message);
};

test.each([
  ["bath.temp", { bath: { temp: 1050 } }, 1050],
  ["u[1].v", { u: [{ v: 1 }, { v: 2 }] }, 2],
  ['["a.b"].c', { "a.b": { c: 3 } }, 3],
  ["[0]", [7], 7],
  ["", 9, 9],
  ["$", 9, 9],
  ["bath.none", { bath: {} }, undefined],
  ["bath.temp.deeper", { bath: { temp: 1 } }, undefined],
  ["[0]", { 0: "an object is no list" }, undefined],
])("%s leads to its place", (text, message, found) => expect(at(text, message)).toBe(found));

test("a path from $ begins at the message, any other at the element", () => {
  const message = { ts: 5, list: [{ v: 1 }] };
  expect([at("$.ts", message, message.list[0] as never), at("v", message, message.list[0] as never)]).toEqual([5, 1]);
});

test.each(["__proto__", "constructor", "toString", "length", "__proto__.polluted"])(
  "%s leads nowhere that the message did not bring",
  (text) => {
    expect(at(text, {})).toBeUndefined();
    expect(at(text, [])).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  },
);

test.each(["a..b", ".a", "a[", "a[x]", "a.b.c.d.e.f.g.h.i", "[-1]"])("%s is no path", (text) => expect(parsePath(text)).toBeUndefined());

test("any text is a path or none, and reading by it never throws", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.jsonValue(), (text, message) => {
      const path = parsePath(text);
      if (path === undefined) return;
      readPath(path, message, message);
      expect(formatPath(path.steps)).toBeTypeOf("string");
    }),
  );
});

const message = { topic: "plant/{line}/{cell}", values: { "TI-101": "t" } };
const problem = (map: object): string => {
  const checked = jsonMap.safeParse(map);
  return checked.success ? "" : checked.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
};

test("the smallest map is a topic and a path; what was left out is filled in", () => {
  expect(jsonMap.parse({ messages: [message] })).toMatchObject({
    heartbeat: { seconds: 10 },
    messages: [{ qos: 1, values: { "TI-101": { path: "t", factor: 1, offset: 0 } } }],
  });
  const once = jsonMap.parse({ messages: [message] });
  expect(jsonMap.parse(once)).toEqual(once);
});

test.each<[object, RegExp]>([
  [{ messages: [] }, /messages/],
  [{ messages: [{ ...message, topic: "plant/+/x" }] }, /messages.0.topic: a topic has no wildcards/],
  [{ messages: [{ ...message, topic: "spBv1.0/{line}/{cell}" }] }, /spBv1.0 belongs to Sparkplug/],
  [{ messages: [{ ...message, topic: "plant/{celll}" }] }, /\{celll\} is none of \{site\} .*\{tag\}/],
  [{ messages: [{ ...message, values: { "TI-999": "t" } }] }, /messages.0.values.TI-999: no tag "TI-999"/],
  [{ messages: [{ ...message, values: { "TI-101": "a..b" } }] }, /values.TI-101.*write a path like/],
  [{ messages: [{ ...message, topic: "plant/{line}" }] }, /nothing says which cell/],
  [{ messages: [{ ...message, values: { "II-001": "i" } }] }, /a tag of the line/],
  [{ messages: [{ ...message, values: { "*": "v" } }] }, /nothing says which tag/],
  [{ messages: [message], names: { C1: "x" } }, /names.C1: no such tag, cell or line/],
  [{ messages: [message], write: { topic: "p/{cell}", payload: "{value}", tags: ["TI-101"] } }, /TI-101 cannot be written/],
  [{ messages: [message], write: { topic: "p/{cell}", payload: "{value}", tags: ["HS-910", "FIC-303.SP"] } }, /nothing says which tag/],
  [{ messages: [message], write: { topic: "p/{line}", payload: "{value}", tags: ["HS-910"] } }, /nothing says which cell/],
  [{ messages: [message], write: { topic: "p/{cell}", payload: '{"v": 1}', tags: ["HS-910"] } }, /\{value\} is missing/],
  [{ messages: [message], write: { topic: "p/{cell}", payload: '{"v": {value}, "by": {user}}', tags: ["HS-910"] } }, /no JSON/],
  [{ messages: [{ ...message, values: { "TI-101": { path: "t", factor: 0 } } }] }, /messages.0.values.TI-101.factor: not 0/],
])("a wrong map names field and reason (%#)", (map, said) => expect(problem(map)).toMatch(said));

test("words not given stay as they are", () => expect(fillTemplate("{a}/{b}", { a: "x" })).toBe("x/{b}"));

test.each<[string, string, boolean]>([
  ["a/b", "a/b", true],
  ["a/+", "a/b", true],
  ["a/+", "a/b/c", false],
  ["a/#", "a/b/c", true],
  ["a/#", "a", true],
  ["#", "a/b", true],
  ["a/+/c", "a/b/d", false],
  ["a/+/+", "a/+/c", true],
  ["a/+/c", "a/+/+", false],
])("%s hears %s: %s", (filter, topic, heard) => expect(covers(filter, topic)).toBe(heard));

test("whatever stands in a plant file is a map or has its problems named", () => {
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom("messages", "topic", "values", "write", "TI-101", "path", "payload", "tags", "*", "__proto__") }),
      (given) => {
        expect(problem(given)).not.toBe("");
      },
    ),
  );
});
