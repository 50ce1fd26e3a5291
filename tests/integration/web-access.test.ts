/** The matrix: every role against every route and event of the policy table, and areas against everything that names a place. */
import { HTTP_POLICY, SOCKET_POLICY } from "@cellhouse/server/src/web/auth/policy.ts";
import { endpoint } from "@cellhouse/server/src/web/endpoint.ts";
import { createHttp } from "@cellhouse/server/src/web/http.ts";
import { ROLES, type Role } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alarmOf } from "../support/fake-pipe.ts";
import { heard, type WebHouse, webHouse } from "../support/web.ts";

/** Who may, written down apart from the table it checks. */
const READERS: readonly Role[] = ["viewer", "operator", "engineer", "qa", "admin"];
const OPERATORS: readonly Role[] = ["operator", "engineer"];
const EXPECTED: Record<string, readonly Role[] | "open"> = {
  "GET /healthz": "open",
  "GET /readyz": "open",
  "GET /metrics": "open",
  "GET /api/openapi.json": "open",
  "GET /*": "open",
  "HEAD /*": "open",
  "POST /api/v1/session": "open",
  "GET /api/v1/session": READERS,
  "DELETE /api/v1/session": READERS,
  "GET /api/v1/plant": READERS,
  "GET /api/v1/tags": READERS,
  "GET /api/v1/values": READERS,
  "GET /api/v1/history": READERS,
  "GET /api/v1/history/aggregates": READERS,
  "POST /api/v1/exports": READERS,
  "GET /api/v1/exports": READERS,
  "GET /api/v1/exports/:id": READERS,
  "GET /api/v1/exports/:id/file": READERS,
  "DELETE /api/v1/exports/:id": READERS,
  "POST /api/v1/imports": ["engineer"],
  "GET /api/v1/imports": ["engineer"],
  "GET /api/v1/imports/:id": ["engineer"],
  "POST /api/v1/imports/:id/file": ["engineer"],
  "POST /api/v1/imports/:id/check": ["engineer"],
  "POST /api/v1/imports/:id/commit": ["engineer"],
  "DELETE /api/v1/imports/:id": ["engineer"],
  "GET /api/v1/kpis": READERS,
  "POST /api/v1/commands": OPERATORS,
  "GET /api/v1/commands": READERS,
  "GET /api/v1/commands/:id": READERS,
  "GET /api/v1/alarms": READERS,
  "POST /api/v1/alarms/:id/ack": OPERATORS,
  "POST /api/v1/alarms/:id/shelve": OPERATORS,
  "POST /api/v1/alarms/:id/unshelve": OPERATORS,
  "POST /api/v1/alarms/:id/reset": OPERATORS,
  "GET /api/v1/journal": READERS,
  "POST /api/v1/faults": ["engineer"],
  "GET /api/v1/faults": ["engineer"],
  "DELETE /api/v1/faults/:id": ["engineer"],
  "GET /api/v1/certificates": ["engineer", "admin"],
  "POST /api/v1/certificates/:thumbprint/trust": ["admin"],
  "POST /api/v1/certificates/:thumbprint/reject": ["admin"],
  "GET /api/v1/storage": READERS,
  "POST /api/v1/replays": ["operator", "engineer", "qa"],
  "GET /api/v1/replays/:id": ["operator", "engineer", "qa"],
  "PATCH /api/v1/replays/:id": ["operator", "engineer", "qa"],
  "DELETE /api/v1/replays/:id": ["operator", "engineer", "qa"],
};

let house: WebHouse;
beforeAll(async () => {
  house = await webHouse({ plant: "demo" });
});
afterAll(() => house.stop());

test("the table holds exactly the routes of the contract", () => {
  expect(Object.keys(HTTP_POLICY).sort()).toEqual(Object.keys(EXPECTED).sort());
});

test.each(Object.entries(EXPECTED))("%s lets in exactly %s", async (route, roles) => {
  const [method = "", url = ""] = route.split(" ");
  const path = url.replace(":id", "none").replace("*", "anything");
  const headers = { cookie: "" };
  const refused = async (cookie?: string): Promise<unknown> => {
    const reply = await house.web.http.inject({ method: method as "GET", url: path, headers: cookie === undefined ? headers : { cookie } });
    return reply.statusCode === 401 || reply.statusCode === 403 ? (reply.json() as { code: string }).code : undefined;
  };
  expect(await refused()).toBe(roles === "open" ? undefined : "E_AUTH");
  for (const role of ROLES) {
    const allowed = roles === "open" || roles.includes(role);
    expect(await refused(house.cookie(role)), `${role} ${route}`).toBe(allowed ? undefined : "E_ROLE");
  }
});

test("each role against each socket event, and events nobody defined", async () => {
  expect(Object.keys(SOCKET_POLICY)).toEqual(["subscribe", "subscribe:replay", "unsubscribe", "tap"]);
  const replay = await house.replays.create({ from: 0, to: 1000 });
  for (const role of ROLES) {
    const socket = house.connect(house.cookie(role));
    await heard(socket, "hello");
    expect(await socket.emitWithAck("subscribe", { hall: true }), role).toEqual({ ok: true, unknown: [] });
    expect(await socket.emitWithAck("unsubscribe", { hall: true }), role).toMatchObject({ ok: true });
    const replays = role === "operator" || role === "engineer" || role === "qa";
    expect(await socket.emitWithAck("subscribe", { replay: replay.id }), role).toMatchObject(replays ? { ok: true } : { code: "E_ROLE" });
    const taps = role === "engineer" || role === "admin";
    expect(await socket.emitWithAck("tap", { filter: "#" }), role).toMatchObject(taps ? { ok: true } : { code: "E_ROLE" });
    const undefinedEvent = (await socket.emitWithAck("command" as "subscribe", {})) as unknown;
    expect(undefinedEvent).toMatchObject({ ok: false, code: "E_NOT_FOUND" });
    socket.disconnect();
  }
});

test("a route without an entry does not register, nor an entry without a route, nor an area without a target", async () => {
  const one = endpoint({ method: "GET", url: "/api/v1/secret", summary: "not in the table", handle: () => undefined });
  await expect(createHttp(house.deps, [one])).rejects.toThrow("GET /api/v1/secret has no entry in the policy table");
  await expect(createHttp(house.deps, [])).rejects.toThrow("policy entries without a route: GET /healthz");
  const bare = endpoint({ method: "GET", url: "/api/v1/values", summary: "forgets whose", handle: () => undefined });
  await expect(createHttp(house.deps, [bare])).rejects.toThrow("names no target");
});

test("without a cookie from another machine, even the loopback routes ask who it is", async () => {
  for (const url of ["/healthz", "/readyz", "/metrics"]) {
    expect((await house.web.http.inject({ url, remoteAddress: "10.0.0.7" })).json()).toMatchObject({ code: "E_AUTH" });
    expect((await house.web.http.inject({ url, remoteAddress: "10.0.0.7", headers: { cookie: house.cookie("viewer") } })).statusCode).toBe(
      200,
    );
  }
});

test("an area ends at its border, in every route and event that names a place", async () => {
  const fenced = await webHouse({ plant: "demo", deps: { ledger: fence(house, ["BT.EL1.L01"]) } });
  try {
    const cookie = house.cookie("engineer");
    const code = async (method: string, url: string, body?: unknown) => (await fenced.call(method, url, { cookie, body })).body.code;
    fenced.pipe.raise(alarmOf(fenced.plant, "C001"));
    fenced.pipe.raise(alarmOf(fenced.plant, "C030"));
    expect(await code("GET", "/api/v1/values?tags=C001:TI-101")).toBeUndefined();
    expect(await code("GET", "/api/v1/values?tags=C001:TI-101,C030:TI-101")).toBe("E_ROLE");
    expect(await code("GET", "/api/v1/history?tags=C030:TI-101&from=now-1h")).toBe("E_ROLE");
    expect(await code("GET", "/api/v1/kpis?scope=L02")).toBe("E_ROLE");
    expect(await code("GET", "/api/v1/kpis")).toBe("E_ROLE");
    expect(await code("POST", "/api/v1/commands", { tag: "C030:FIC-303.SP", value: 8 })).toBe("E_ROLE");
    expect(await code("POST", "/api/v1/alarms/C030:TY-100.HI/ack", { occurrence: "C030-1" })).toBe("E_ROLE");
    expect(await code("POST", "/api/v1/faults", { kind: "feeder_jam", cell: "C030" })).toBe("E_ROLE");
    const alarms = (await fenced.call("GET", "/api/v1/alarms", { cookie })).body.alarms as { cell: string }[];
    expect(alarms.map((alarm) => alarm.cell)).toEqual(["C001"]);
    const tags = (await fenced.call("GET", "/api/v1/tags", { cookie })).body.tags as { tag: string }[];
    expect(tags.every(({ tag }) => tag.startsWith("BT.EL1.L01"))).toBe(true);

    const socket = fenced.connect(cookie);
    const snapshot = await heard(socket, "alarms");
    expect("snapshot" in snapshot && snapshot.snapshot.map((alarm) => alarm.cell)).toEqual(["C001"]);
    expect(await socket.emitWithAck("subscribe", { cells: ["C030"] })).toMatchObject({ ok: false, code: "E_ROLE" });
    expect(await socket.emitWithAck("subscribe", { tags: ["L02:II-001"] })).toMatchObject({ ok: false, code: "E_ROLE" });
    expect(await socket.emitWithAck("tap", { filter: "spBv1.0/+/DDATA/L01/#" })).toMatchObject({ ok: false, code: "E_ROLE" });
    const index = heard(socket, "tags");
    expect(await socket.emitWithAck("subscribe", { hall: true })).toMatchObject({ ok: true });
    expect((await index).index.every((path) => path.startsWith("BT.EL1.L01"))).toBe(true);
    const command = heard(socket, "command");
    const order = { id: "x", value: 1, by: "a", at: 0, state: "pending" } as const;
    fenced.pipe.outlet.command({ ...order, tag: "BT.EL1.L02.C030:FIC-303.SP" });
    fenced.pipe.outlet.command({ ...order, tag: "BT.EL1.L01.C001:FIC-303.SP" });
    expect((await command).tag).toContain("C001");
  } finally {
    await fenced.stop();
  }
});

/** The same ledger, its people bound to areas. */
function fence(from: WebHouse, areas: string[]): WebHouse["ledger"] {
  return {
    ...from.ledger,
    session: (token, now) => {
      const found = from.ledger.session(token, now);
      return found && { ...found, user: { ...found.user, areas } };
    },
  };
}

test("no reply holds a password, a token or a hash", async () => {
  const cookie = house.cookie("admin");
  const token = cookie.split("=")[1] as string;
  for (const route of Object.keys(EXPECTED).filter((name) => name.startsWith("GET /api") || name === "GET /metrics")) {
    const { text } = await house.call("GET", (route.split(" ")[1] ?? "").replace(":id", "x"), { cookie });
    expect(text, route).not.toContain(token);
    expect(text, route).not.toMatch(/argon2|correct horse/);
  }
});
