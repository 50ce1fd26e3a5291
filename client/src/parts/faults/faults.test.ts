import { expect, test } from "vitest";
import { type OrderedFault, stateOf } from "./faults.ts";

const fault = (fields: Partial<OrderedFault>): OrderedFault => ({
  id: "f",
  kind: "tc_break",
  cell: "C001",
  by: "engineer",
  at: 1000,
  after: 0,
  seconds: 0,
  args: {},
  ...fields,
});

test("a fault waits, then runs for its time; one without an end runs until it is stopped", () => {
  expect(stateOf(fault({ after: 10, seconds: 20 }), 4000)).toEqual({ state: "waiting", left: 7000 });
  expect(stateOf(fault({ after: 10, seconds: 20 }), 16_000)).toEqual({ state: "running", left: 15_000 });
  expect(stateOf(fault({ seconds: 5 }), 9000)).toEqual({ state: "running", left: 0 });
  expect(stateOf(fault({}), 99_000)).toEqual({ state: "forever", left: 0 });
});
