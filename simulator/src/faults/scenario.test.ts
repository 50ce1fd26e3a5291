import { Fault } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSimulatedPlant } from "../plant.ts";
import { Hall, START, smallPlant } from "../plc/testing.ts";
import { Sampler } from "../publish/sampler.ts";
import { readScenario } from "./scenario.ts";

const COURSE = `
faults:
  - { kind: out_of_order, cell: C003, args: { share: 50 } }
  - { kind: spike, cell: C004, args: { tag: EI-201, every: 5 } }
  - { kind: duplicate, cell: C005, args: { share: 10 } }
  - { at: 30, kind: plc_comm_loss, cell: C002, seconds: 10 }
  - { at: 60, kind: stuck_value, cell: C001, args: { tag: TI-103 } }
  - { kind: duct_fan_trip, line: L02 }
random: { perHour: 40 }
`;

/** A hall with a scenario. */
function running(text: string, { seed = 1, speed = 1 } = {}): Hall {
  return new Hall({ seed, speed, scenario: readScenario(text, "course.yaml") });
}

test("what is listed comes at its second and ends with its duration", () => {
  const hall = running("faults: [{ at: 30, kind: plc_comm_loss, cell: C002, seconds: 10 }]");
  const offline: number[] = [];
  for (let s = 1; s <= 60; s++) if (hall.run(1).cell(2).offline) offline.push(s);
  expect(offline).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
});

test("by chance they come as often as wished, each hour others", () => {
  const hall = running("random: { perHour: 60, kinds: [plc_comm_loss], seconds: [20, 20] }", { speed: 60 });
  let seconds = 0;
  hall.run(120, () => {
    seconds += hall.sim.cells.filter((plc) => plc.offline).length * 60;
  });
  // 120 faults of 20 s in two hours, looked at once a minute
  expect(seconds).toBeGreaterThan(1200);
  expect(seconds).toBeLessThan(4800);
});

/** Everything a hall is and everything it hands out, as bytes. */
function bytes(hall: Hall): Buffer {
  const samplers = hall.sim.cells.map((plc) => new Sampler(plc, "exception"));
  const out: number[] = [];
  hall.run(120, () => {
    for (const sampler of samplers) {
      const n = sampler.collect() + sampler.again;
      for (const i of sampler.due.subarray(0, n))
        out.push(i, sampler.time[i] as number, sampler.value[i] as number, sampler.quality[i] as number);
    }
  });
  for (const plc of [...hall.sim.cells, ...hall.sim.lines]) out.push(...plc.value, ...plc.time);
  return Buffer.from(Float64Array.from(out).buffer);
}

test("two hours of the same course with the same seed are the same to the last bit, with another seed not", () => {
  const course = (seed: number): Buffer => bytes(running(COURSE, { seed, speed: 60 }));
  const first = course(7);
  expect(course(7).equals(first)).toBe(true);
  expect(course(8).equals(first)).toBe(false);
});

test.each([
  ["faults.0.kind", "faults: [{ kind: earthquake, cell: C001 }]"],
  ["faults.1.cell", "faults: [{ kind: tc_break, cell: C001 }, { kind: tc_break }]"],
  ["faults.0.cell", "faults: [{ kind: tc_break, line: L01 }]"],
  ["faults.0: args.size", "faults: [{ kind: over_temp, cell: C001, args: { size: 1000 } }]"],
  ["faults.0.at", "faults: [{ kind: tc_break, cell: C001, at: -1 }]"],
  ["random.perHour", "random: { perHour: 0 }"],
  ["random.kinds.0", "random: { perHour: 1, kinds: [flood] }"],
  ["(whole)", "fault: []"],
  ["(whole)", "just words"],
])("a wrong file is one line naming file, field and reason: %s", (field, text) => {
  const read = (): unknown => readScenario(text, "course.yaml");
  expect(read).toThrow(Fault);
  expect(read).toThrow(`--scenario course.yaml: ${field}: `);
  expect(read).not.toThrow("\n");
});

test("a cell the plant does not have is named", () => {
  const scenario = readScenario("faults: [{ kind: tc_break, cell: C001 }, { kind: tc_break, cell: C099 }]", "course.yaml");
  expect(() => createSimulatedPlant(smallPlant(), { seed: 1, speed: 1, start: START, scenario })).toThrow(
    /faults\.1\.cell: no cell "C099"/,
  );
});

test("no text does anything but be read or be refused in one line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        return readScenario(text, "x").faults.length >= 0;
      } catch (error) {
        return error instanceof Fault && error.code === "E_OPTION" && !error.message.includes("\n");
      }
    }),
  );
});
