import { Fault, ManualClock, OK } from "@cellhouse/shared";
import { expect, test } from "vitest";
import type { Driver } from "../contracts.ts";
import { createDriver, route } from "./index.ts";
import { cell, counted, plant } from "./testing.ts";

const deps = { plant, clock: new ManualClock(0), counters: counted(), log: { info: () => undefined, warn: () => undefined } };

function driver(told: string[]): Driver {
  return {
    start: async () => undefined,
    stop: async () => undefined,
    links: () => [],
    write: async (write) => {
      told.push(`write ${write.tag}`);
      return OK;
    },
    fault: async (order) => {
      told.push(`fault ${order.cell}`);
      return OK;
    },
  };
}

test("a wrong setting is named", () => {
  const open = (): unknown => createDriver("sparkplug", { url: "http://x" }, deps);
  expect(open).toThrow(Fault);
  expect(open).toThrow(/sparkplug driver: url: must look like mqtt/);
  expect(() => createDriver("opcua", { url: "opc.tcp://x", password: "p" } as never, deps)).toThrow(/pkiFolder/);
});

test("writes and faults go to the driver of the line, or are refused with a reason", async () => {
  const told: string[] = [];
  const field = route(plant, { sparkplug: driver(told) });
  const tag = cell.tags.get("FIC-303.SP")?.id ?? -1;
  const order = { id: "1", op: "start", kind: "x", after: 0, seconds: 0, args: {} } as const;
  expect(await field.write({ tag, value: 1 })).toEqual(OK);
  expect(await field.fault?.({ ...order, cell: "C001" })).toEqual(OK);
  expect(told).toEqual([`write ${tag}`, "fault C001"]);
  expect(await field.write({ tag: 99_999, value: 1 })).toMatchObject({ code: "E_TAG_UNKNOWN" });
  expect(await field.fault?.({ ...order, cell: "C999" })).toMatchObject({ code: "E_FAULT_KIND" });
  expect(await route(plant, {}).write({ tag, value: 1 })).toMatchObject({ code: "E_LINK_DOWN", detail: expect.stringContaining("L01") });
});
