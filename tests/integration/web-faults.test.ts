import { DISTURBANCES, ManualClock, OK, refuse, type Verdict } from "@cellhouse/shared";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type WebHouse, webHouse } from "../support/web.ts";

const clock = new ManualClock(1_700_000_000_000);
let house: WebHouse;
let cookie: string;
/** What the simulator will say. */
let answer: Verdict = OK;
/** Cells off the network. */
let deaf: ReadonlySet<string> = new Set();

beforeAll(async () => {
  const told: WebHouse["orders"] = [];
  house = Object.assign(
    await webHouse({
      plant: "demo",
      clock,
      deps: {
        faults: async (order) => {
          told.push(order);
          return deaf.has(order.cell) ? refuse("E_LINK_DOWN", order.cell) : answer;
        },
      },
    }),
    { orders: told },
  );
  cookie = house.cookie("engineer", clock.now() + 1e9);
});
afterAll(() => house.stop());
beforeEach(() => {
  answer = OK;
  deaf = new Set();
  house.orders.length = 0;
});

const inject = (body: object) => house.call("POST", "/api/v1/faults", { cookie, body });
const list = async () =>
  (await house.call("GET", "/api/v1/faults", { cookie })).body as {
    faults: { id: string; cell: string; kind: string }[];
    kinds: { kind: string }[];
  };

test("the kinds are listed with their arguments, ranges and defaults", async () => {
  const { kinds } = await list();
  expect(kinds.map(({ kind }) => kind)).toEqual(Object.keys(DISTURBANCES));
  expect(kinds.find(({ kind }) => kind === "over_temp")).toEqual({ kind: "over_temp", ...DISTURBANCES.over_temp });
});

test("defaults are filled in, and a choice may be named", async () => {
  await inject({ kind: "spike", cell: "C003", seconds: 5, args: { tag: "EI-201" } });
  expect(house.orders.at(-1)).toMatchObject({ kind: "spike", cell: "C003", args: { tag: 4, size: 20, every: 30 } });
});

test.each([
  ["kind", { kind: "earthquake" }],
  ["kind", { kind: "__proto__" }],
  ["args.size", { args: { size: 1000 } }],
  ["args.(keys)", { args: { speed: 1 } }],
  ["cell", { cell: "L01" }],
])("a wrong %s is named, written down, and not sent", async (field, wrong) => {
  const refused = await inject({ kind: "over_temp", cell: "C001", ...wrong });
  expect([refused.status, refused.body.code]).toEqual([422, "E_FAULT_KIND"]);
  expect(refused.body.detail).toContain(`${field}: `);
  expect(house.orders).toEqual([]);
  const { events } = (await house.call("GET", "/api/v1/journal?kind=fault&order=desc&limit=1", { cookie })).body as { events: object[] };
  expect(events[0]).toMatchObject({ outcome: "E_FAULT_KIND", actor: "engineer" });
});

test("a fault of a line is ordered by the line or any of its cells, listed by the line and sent through a cell", async () => {
  await inject({ kind: "line_trip", cell: "L01", seconds: 1 });
  await inject({ kind: "line_trip", cell: "C002", seconds: 1 });
  expect(house.orders.map(({ cell }) => cell)).toEqual(["C001", "C001"]);
  expect((await list()).faults.filter(({ kind }) => kind === "line_trip").map(({ cell }) => cell)).toEqual(["L01", "L01"]);
});

test("one with an end is listed until then, one without until it is ended", async () => {
  clock.advance(60_000);
  await inject({ kind: "tc_break", cell: "C001", after: 10, seconds: 20 });
  const { id } = (await inject({ kind: "tc_break", cell: "C002" })).body as { id: string };
  const cells = async (): Promise<string[]> => (await list()).faults.map(({ cell }) => cell);
  expect(await cells()).toEqual(["C001", "C002"]);
  clock.advance(30_000);
  expect(await cells()).toEqual(["C002"]);
  answer = refuse("E_LINK_DOWN", "no edge");
  expect((await house.call("DELETE", `/api/v1/faults/${id}`, { cookie })).status).toBe(503);
  expect(await cells()).toEqual(["C002"]);
  answer = refuse("E_FAULT_KIND", "E_NOT_FOUND: no such fault");
  expect((await house.call("DELETE", `/api/v1/faults/${id}`, { cookie })).status).toBe(204);
  expect(await cells()).toEqual([]);
});

test("what took a PLC off the network is ended through a neighbour's door; a start goes nowhere else", async () => {
  const { id } = (await inject({ kind: "plc_comm_loss", cell: "C003" })).body as { id: string };
  house.orders.length = 0;
  deaf = new Set(["C003"]);
  expect((await house.call("DELETE", `/api/v1/faults/${id}`, { cookie })).status).toBe(204);
  expect(house.orders.map(({ op, cell }) => `${op} ${cell}`)).toEqual(["stop C003", "stop C001"]);
  expect((await inject({ kind: "tc_break", cell: "C003" })).status).toBe(503);
  deaf = new Set(["C001"]);
  expect((await inject({ kind: "line_trip", cell: "L01", seconds: 1 })).status).toBe(201);
  expect(house.orders.at(-1)?.cell).toBe("C002");
});

test("no body does anything but order a fault of the catalogue or be refused with its field", async () => {
  const body = fc.record(
    {
      kind: fc.oneof(fc.constantFrom(...Object.keys(DISTURBANCES)), fc.string()),
      cell: fc.constantFrom("C001", "L01", "X", ""),
      after: fc.anything(),
      args: fc.oneof(fc.object(), fc.dictionary(fc.string(), fc.double())),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(body, async (given) => {
      const { status, body: reply } = await inject(given);
      expect([201, 403, 404, 422]).toContain(status);
      if (status !== 201) expect(String(reply.detail).length).toBeGreaterThan(3);
    }),
    { numRuns: 100 },
  );
});
