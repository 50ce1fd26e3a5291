/** Whatever a stranger or a broken client sends: an answer with a code, never a crash, and everyone else is served on. */
import { connect } from "node:net";
import { FAULTS } from "@cellhouse/shared";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heard, type WebHouse, webHouse } from "../support/web.ts";

let house: WebHouse;
beforeAll(async () => {
  house = await webHouse({ plant: "demo" });
});
afterAll(() => house.stop());

const ROUTES = [
  ["POST", "/api/v1/commands"],
  ["POST", "/api/v1/faults"],
  ["POST", "/api/v1/replays"],
  ["POST", "/api/v1/alarms/x/ack"],
  ["POST", "/api/v1/alarms/x/shelve"],
  ["PATCH", "/api/v1/replays/x"],
] as const;

/** Bodies near enough to the real ones to get past the first check. */
const nearly = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .record(
      {
        tag: fc.oneof(fc.constant("C001:FIC-303.SP"), fc.string()),
        value: fc.anything(),
        reason: fc.anything(),
        seen: fc.anything(),
        kind: fc.string(),
        cell: fc.oneof(fc.constant("C001"), fc.string()),
        args: fc.dictionary(fc.string(), fc.anything()),
        from: fc.anything(),
        to: fc.anything(),
        occurrence: fc.string(),
        minutes: fc.anything(),
        at: fc.anything(),
        __proto__: fc.constant(1),
      },
      { requiredKeys: [] },
    )
    .map((body) => JSON.stringify(body, (_key, value) => (typeof value === "bigint" ? String(value) : value))),
);

test("6,000 hostile bodies: each is answered with success or a code of the catalogue, none with our own mistake", async () => {
  const cookie = house.cookie("engineer");
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ROUTES), nearly, async ([method, url], body) => {
      const reply = await house.web.http.inject({ method, url, headers: { cookie, "content-type": "application/json" }, payload: body });
      if (reply.statusCode < 300) return;
      const { code } = reply.json() as { code: keyof typeof FAULTS };
      expect(FAULTS[code].status).toBe(reply.statusCode);
      expect(code).not.toBe("E_INTERNAL");
    }),
    { numRuns: 6000 },
  );
});

test("4,000 hostile queries: the same", async () => {
  const cookie = house.cookie("engineer");
  const name = fc.constantFrom(
    "tags",
    "from",
    "to",
    "points",
    "raw",
    "cursor",
    "format",
    "state",
    "priority",
    "cell",
    "kind",
    "limit",
    "after",
    "scope",
    "__proto__",
  );
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom("now", "now-1h", "C001:*", "C001:TI-101", "1e309", "-1", "NaN", "2026-02-31T00:00:00Z", "0.0"),
  );
  const path = fc.constantFrom("values", "history", "tags", "alarms", "journal", "commands", "kpis", "commands/x", "replays/x");
  await fc.assert(
    fc.asyncProperty(path, fc.array(fc.tuple(name, value), { maxLength: 6 }), async (where, pairs) => {
      const query = pairs.map(([key, text]) => `${encodeURIComponent(key)}=${encodeURIComponent(text.toWellFormed())}`).join("&");
      const reply = await house.web.http.inject({ method: "GET", url: `/api/v1/${where}?${query}`, headers: { cookie } });
      if (reply.statusCode < 300) return;
      const { code } = reply.json() as { code: keyof typeof FAULTS };
      expect([FAULTS[code].status, code === "E_INTERNAL"], query).toEqual([reply.statusCode, false]);
    }),
    { numRuns: 4000 },
  );
});

test("a body too large, of a wrong kind or not JSON says so", async () => {
  const cookie = house.cookie("operator");
  const large = await house.call("POST", "/api/v1/commands", { cookie, body: { tag: "x".repeat(70_000), value: 1 } });
  expect([large.status, large.body.code]).toEqual([413, "E_TOO_LARGE"]);
  const form = await house.call("POST", "/api/v1/commands", {
    cookie,
    body: "tag=x",
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  expect([form.status, form.body.code]).toEqual([422, "E_QUERY"]);
  const torn = await house.call("POST", "/api/v1/commands", { cookie, body: '{"tag":' });
  expect(torn.body).toMatchObject({ code: "E_QUERY", detail: expect.stringContaining("not JSON") });
});

test("guessing passwords is slowed per name and address, and says how long to wait", async () => {
  const guess = (name: string) => house.call("POST", "/api/v1/session", { body: { name, password: "wrong" } });
  for (let i = 0; i < 10; i++) expect((await guess("admin")).body.code).toBe("E_SIGN_IN");
  const slowed = await guess("admin");
  expect([slowed.status, slowed.body.code, Number(slowed.headers["retry-after"]) > 200]).toEqual([429, "E_RATE", true]);
  const other = await house.call("POST", "/api/v1/session", { body: { name: "viewer", password: "correct horse battery" } });
  expect(other.status).toBe(200);
});

test("socket messages of any shape are answered with a code or counted; the socket and the others live on", async () => {
  const hostile = house.connect(house.cookie("viewer"));
  const calm = house.connect(house.cookie("viewer"));
  await Promise.all([heard(hostile, "hello"), heard(calm, "hello")]);
  const send = (event: string, args: unknown[]): void =>
    void (hostile as unknown as { emit(...all: unknown[]): void }).emit(event, ...args);
  const event = fc.oneof(
    fc.constantFrom("subscribe", "unsubscribe", "tap", "hello", "error", "disconnecting ", "__proto__", "constructor", "toString"),
    fc.string({ minLength: 1 }),
  );
  const reserved = new Set(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]);
  const messages = fc.sample(fc.tuple(event, fc.array(fc.oneof(fc.jsonValue(), fc.uint8Array({ maxLength: 20 })), { maxLength: 3 })), 400);
  for (const [name, args] of messages) if (!reserved.has(name)) send(name, args);
  for (const wrong of [null, 1, "x", [], { tags: 1 }, { tags: [1] }, { cells: ["x".repeat(50)] }, { extra: 1 }])
    expect(await hostile.emitWithAck("subscribe", wrong as object)).toMatchObject({ ok: false, code: "E_QUERY" });
  const engineer = house.connect(house.cookie("engineer"));
  await heard(engineer, "hello");
  for (const wrong of [1, "x", {}, { filter: "" }, { filter: "a/#/b" }, { filter: "a#" }, { filter: "x".repeat(201) }, { filter: 1 }])
    expect(await engineer.emitWithAck("tap", wrong as never)).toMatchObject({ ok: false, code: "E_QUERY" });
  expect(hostile.connected).toBe(true);
  expect(await calm.emitWithAck("subscribe", { tags: ["C001:TI-101"] })).toEqual({ ok: true, unknown: [] });
});

test("a socket that floods is refused, then closed; the others live on", async () => {
  const flooding = house.connect(house.cookie("viewer"));
  const calm = house.connect(house.cookie("viewer"));
  await Promise.all([heard(flooding, "hello"), heard(calm, "hello")]);
  const closed = new Promise((resolve) => flooding.on("disconnect", resolve));
  const codes = new Set<string>();
  const flood = setInterval(() => {
    for (let i = 0; i < 1000; i++) flooding.emit("subscribe", {}, (reply) => void (reply.ok || codes.add(reply.code)));
  }, 100);
  const reason = await closed;
  clearInterval(flood);
  expect(reason).toBe("io server disconnect");
  expect([...codes]).toEqual(["E_RATE"]);
  expect(await calm.emitWithAck("subscribe", { hall: true })).toMatchObject({ ok: true });
});

test("bytes that are neither HTTP nor socket.io close their own connection only", async () => {
  const { port } = new URL(house.url);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(Buffer.from([0x10, 0x20, 0x00, 0xff, 0x0d, 0x0a, 0x0d, 0x0a])));
    socket.on("close", () => resolve());
    socket.on("error", () => undefined);
    socket.resume();
  });
  const torn = await fetch(`${house.url}/socket.io/?EIO=4&transport=polling&sid=none`);
  expect(torn.status).toBe(400);
  expect((await fetch(`${house.url}/healthz`)).status).toBe(200);
});
