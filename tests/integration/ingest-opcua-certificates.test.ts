/** A server beyond this machine: met, shown over HTTP, trusted by an admin, rejected again; every step audited. */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Certificate } from "@cellhouse/shared";
import * as fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { type WebHouse, webHouse } from "../support/web.ts";
import { opcuaPlant, startServer } from "./ingest-opcua-server.ts";
import { opcuaRig } from "./ingest-opcua-support.ts";
import { until } from "./ingest-support.ts";

const PASSWORD = "field-password";
/** Also this machine, but not by a name that is believed unseen. */
const BEYOND = "127.0.0.2";
const { cleanup, cleanups, drive, startRelay } = opcuaRig(opcuaPlant());
afterEach(cleanup);

async function setUp(host: string) {
  const server = await startServer({ password: PASSWORD });
  cleanups.push(() => server.stop().catch(() => undefined));
  const relay = await startRelay(server.port, host);
  const { driver, ...rest } = await drive({ url: relay.url, password: PASSWORD });
  const house = await webHouse({ deps: { ...(driver.certificates && { certificates: driver.certificates }) } });
  cleanups.push(() => house.stop());
  const list = async (): Promise<Certificate[]> => {
    const { body } = await house.call("GET", "/api/v1/certificates", { cookie: house.cookie("engineer") });
    return body.certificates as Certificate[];
  };
  const decide = (who: string, thumbprint: string, what: string) =>
    house.call("POST", `/api/v1/certificates/${thumbprint}/${what}`, { cookie: house.cookie(who) });
  return { driver, house, list, decide, relay, ...rest };
}

function audited(house: WebHouse): unknown[] {
  const db = new DatabaseSync(join(house.data, "ledger.sqlite"), { readOnly: true });
  const rows = db.prepare("SELECT entry FROM audit ORDER BY seq").all();
  db.close();
  return rows.map((row) => JSON.parse(String(row.entry)) as unknown);
}

test("a server beyond this machine waits for an admin, then connects by itself, until it is rejected", async () => {
  const { driver, house, list, decide, heard } = await setUp(BEYOND);
  expect(driver.links()[0]).toMatchObject({ state: "down", detail: expect.stringMatching(/certificate is not trusted.*System page/) });
  const met = (await list()).find((one) => one.state === "rejected") as Certificate;
  expect(met).toMatchObject({ thumbprint: expect.stringMatching(/^[0-9A-F]{40}$/), links: ["opcua:L01"] });
  expect(met.subject).toMatch(/CN=/);
  expect(met.from).toBeLessThan(Date.now());
  expect(met.to).toBeGreaterThan(Date.now());
  expect((await list()).filter((one) => one.state === "own")).toHaveLength(1);

  expect((await decide("engineer", met.thumbprint, "trust")).body.code).toBe("E_ROLE");
  expect((await decide("admin", "0".repeat(40), "trust")).body.code).toBe("E_NOT_FOUND");
  expect((await decide("admin", "..%2f..%2fledger.sqlite", "trust")).body.code).toBe("E_QUERY");
  const own = (await list()).find((one) => one.state === "own") as Certificate;
  expect((await decide("admin", own.thumbprint, "reject")).body.code).toBe("E_NOT_FOUND");
  expect(heard.story()).toEqual([]);

  expect((await decide("admin", met.thumbprint.toLowerCase(), "trust")).status).toBe(204);
  await until("connected by itself", () => driver.links()[0]?.state === "up", 15_000);
  expect((await list()).find((one) => one.thumbprint === met.thumbprint)?.state).toBe("trusted");

  expect((await decide("admin", met.thumbprint, "reject")).status).toBe(204);
  await until("broken", () => driver.links()[0]?.state === "down", 2000);
  expect(heard.links.at(-1)?.detail).toBe("its certificate was rejected");
  await until("refused anew", () => /certificate is not trusted/.test(driver.links()[0]?.detail ?? ""), 10_000);

  expect(audited(house)).toMatchObject([
    { action: "certificate-trust", actor: "admin", target: met.thumbprint, before: "rejected", after: "trusted", outcome: "ok" },
    { action: "certificate-reject", actor: "admin", target: met.thumbprint, before: "trusted", after: "rejected", outcome: "ok" },
  ]);
  const journal = await house.call("GET", "/api/v1/journal?from=now-1h&kind=system", { cookie: house.cookie("viewer") });
  expect((journal.body.events as { action: string }[]).map((event) => event.action)).toEqual(["certificate-trust", "certificate-reject"]);
});

test("on this machine a server is believed unseen, but not one a person rejected", async () => {
  const { driver, list, decide } = await setUp("127.0.0.1");
  expect(driver.links()[0]).toMatchObject({ state: "up" });
  const believed = (await list()).find((one) => one.state === "trusted") as Certificate;
  await decide("admin", believed.thumbprint, "reject");
  await until("refused", () => /certificate is not trusted/.test(driver.links()[0]?.detail ?? ""), 10_000);
  expect((await list()).find((one) => one.thumbprint === believed.thumbprint)?.state).toBe("rejected");
});

test("no reply holds a key, and a plant without OPC UA has no certificates", async () => {
  const { house } = await setUp("127.0.0.1");
  const { text } = await house.call("GET", "/api/v1/certificates", { cookie: house.cookie("admin") });
  expect(text).not.toMatch(/PRIVATE|BEGIN|\.pem|field-password/);
  const bare = await webHouse();
  cleanups.push(() => bare.stop());
  expect((await bare.call("GET", "/api/v1/certificates", { cookie: bare.cookie("admin") })).body).toEqual({ certificates: [] });
  const url = `/api/v1/certificates/${"A".repeat(40)}/trust`;
  expect((await bare.call("POST", url, { cookie: bare.cookie("admin") })).body.code).toBe("E_NOT_FOUND");
});

test("whatever stands in a thumbprint's place, only a thumbprint goes through the door", async () => {
  const asked: string[] = [];
  const decide = (thumbprint: string) => {
    asked.push(thumbprint);
    return { ok: true } as const;
  };
  const known = "AB".repeat(20);
  const one: Certificate = { thumbprint: known, subject: "CN=x", issuer: "CN=x", from: 0, to: 1, state: "rejected", links: [] };
  const house = await webHouse({ deps: { certificates: { list: () => [one], trust: decide, reject: decide } } });
  cleanups.push(() => house.stop());
  const cookie = house.cookie("admin");
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom(known, known.toLowerCase(), "0".repeat(40))), async (text) => {
      const { status } = await house.call("POST", `/api/v1/certificates/${encodeURIComponent(text)}/trust`, { cookie });
      expect([204, 404, 422]).toContain(status);
      expect(status === 204).toBe(text.toUpperCase() === known);
    }),
    { numRuns: 300 },
  );
  expect(new Set(asked)).toEqual(new Set([known]));
});
