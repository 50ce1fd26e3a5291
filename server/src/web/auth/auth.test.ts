import { ManualClock, ROLES } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { reaches } from "./areas.ts";
import { signInLimiter } from "./limiter.ts";
import { allows, HTTP_POLICY } from "./policy.ts";
import { sameOrigin } from "./session.ts";

test("an area reaches whole steps of a path only", () => {
  expect(reaches(["BT.EL1.L01"], "BT.EL1.L01.C001:TI-101")).toBe(true);
  expect(reaches(["BT.EL1.L01"], "BT.EL1.L01:II-001")).toBe(true);
  expect(reaches(["BT.EL1.L01"], "BT.EL1.L011:II-001")).toBe(false);
  expect(reaches(["BT.EL1.L01"], "BT.EL1")).toBe(false);
  expect(reaches([""], "anything")).toBe(true);
  expect(reaches([], "anything")).toBe(false);
});

test("every role that may do something exists, and none but operators and engineers may command", () => {
  for (const access of Object.values(HTTP_POLICY))
    if (typeof access === "object") expect(ROLES).toEqual(expect.arrayContaining([...access.roles]));
  expect(ROLES.filter((role) => allows("POST /api/v1/commands", role))).toEqual(["operator", "engineer"]);
  expect(allows("GET /nowhere", "admin")).toBe(false);
});

test("failures are counted per name and address; a right password forgives its own pair, time forgives all", async () => {
  const clock = new ManualClock(0);
  const limiter = signInLimiter(clock);
  const fail = () => limiter.attempt("anna", "10.0.0.1", async () => undefined);
  for (let i = 0; i < 10; i++) await fail();
  await expect(fail()).rejects.toMatchObject({ code: "E_RATE", detail: "sign-in: wait 300 s" });
  expect(await limiter.attempt("anna", "10.0.0.2", async () => "in")).toBe("in");
  expect(await limiter.attempt("bert", "10.0.0.1", async () => "in")).toBe("in");
  clock.advance(300_000);
  expect(await limiter.attempt("anna", "10.0.0.1", async () => "in")).toBe("in");
});

test("one address cannot try many names for ever", async () => {
  const limiter = signInLimiter(new ManualClock(0));
  for (let i = 0; i < 50; i++) await limiter.attempt(`name${i}`, "10.0.0.1", async () => undefined);
  await expect(limiter.attempt("new", "10.0.0.1", async () => "in")).rejects.toMatchObject({ code: "E_RATE" });
});

test("only our own page, or a program that names no page, is of the same origin", () => {
  expect(sameOrigin({ host: "h:8080" })).toBe(true);
  expect(sameOrigin({ host: "h:8080", origin: "http://h:8080" })).toBe(true);
  expect(sameOrigin({ host: "h:8080", origin: "http://h:8081" })).toBe(false);
  expect(sameOrigin({ host: "h:8080", origin: "null" })).toBe(false);
  expect(sameOrigin({ host: "h:8080", "sec-fetch-site": "cross-site" })).toBe(false);
  fc.assert(fc.property(fc.string(), (origin) => typeof sameOrigin({ host: "h", origin }) === "boolean"));
});
