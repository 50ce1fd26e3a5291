import { type FaultCode, ORDER_RESULTS } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { ENGINEER, Hall, OPERATOR, settle } from "./hall.testkit.ts";

const SP = "C001:FIC-303.SP";

/** The PLC's echo: result first, as it is judged with the sequence. */
function echo(hall: Hall, seq: number, result: FaultCode | undefined, cell = "C001"): void {
  hall.sample(cell, "YS-909", ORDER_RESULTS.indexOf(result as never));
  hall.sample(cell, "YS-908", seq);
}

function give(hall: Hall, tag: string, value: number, actor = OPERATOR): string {
  const reply = hall.door.submit({ tag, value }, actor);
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.detail}`);
  return reply.command.id;
}

test("orders are numbered on, and carry who, when and the token", () => {
  const hall = new Hall();
  give(hall, SP, 10);
  hall.clock.advance(500);
  give(hall, "C002:HS-910", 1);
  expect(hall.writes.map((w) => [w.order?.seq, w.order?.user, w.order?.at])).toEqual([
    [1, "olga", hall.clock.now() - 500],
    [2, "olga", hall.clock.now()],
  ]);
});

test("a refusal of the PLC ends the command at once, with the PLC's reason", async () => {
  const hall = new Hall();
  const id = give(hall, SP, 10);
  await settle();
  echo(hall, 1, "E_INTERLOCK");
  expect(hall.door.get(id)).toMatchObject({ state: "rejected", code: "E_INTERLOCK" });
  hall.sample("C001", "FIC-303.SP", 10);
  expect(hall.door.get(id)?.state).toBe("rejected");
});

test("an accepted setpoint is verified by its value, not by the PLC's word", async () => {
  const hall = new Hall();
  const id = give(hall, SP, 10);
  await settle();
  echo(hall, 1, undefined);
  expect(hall.door.get(id)?.state).toBe("pending");
  hall.clock.advance(100);
  hall.sample("C001", "FIC-303.SP", 10);
  expect(hall.door.get(id)?.state).toBe("verified");
});

test("what cannot be read back is verified by the echo", async () => {
  const hall = new Hall();
  const id = give(hall, "C001:HS-913", 1);
  await settle();
  hall.sample("C001", "HS-913", 1);
  echo(hall, 7, undefined);
  echo(hall, 1, undefined, "C002");
  expect(hall.door.get(id)?.state).toBe("pending");
  echo(hall, 1, undefined);
  expect(hall.door.get(id)?.state).toBe("verified");
});

test("without any echo it times out, and an echo that comes later is past", async () => {
  const hall = new Hall();
  const id = give(hall, "C001:HS-913", 1);
  await hall.pass(11);
  expect(hall.door.get(id)).toMatchObject({ state: "timed-out", code: "E_READ_BACK", reason: expect.stringContaining("has not answered") });
  echo(hall, 1, undefined);
  expect(hall.door.get(id)?.state).toBe("timed-out");
});

test("a result this server does not know is a refusal", async () => {
  const hall = new Hall();
  const id = give(hall, SP, 10);
  await settle();
  hall.sample("C001", "YS-909", 99);
  hall.sample("C001", "YS-908", 1);
  expect(hall.door.get(id)).toMatchObject({ state: "rejected", code: "E_FIELD_REFUSED" });
});

test.each([
  ["HS-911", OPERATOR, true],
  ["HS-915", OPERATOR, true],
  ["HS-916", OPERATOR, false],
  ["HS-916", ENGINEER, true],
  ["YC-906", ENGINEER, false],
  ["YS-908", ENGINEER, false],
])("%s by hand as %o: %s", (tag, actor, allowed) => {
  expect(new Hall().door.submit({ tag: `C001:${tag}`, value: 1 }, actor).ok).toBe(allowed);
});
