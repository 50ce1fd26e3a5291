/** The record of a running plant, run again by the same code: the same alarms, to the byte, as often as one likes. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { node } from "../support/processes.ts";

let house: Started;
let engineer: Api;
let operator: Api;
beforeAll(async () => {
  house = await startCellhouse();
  engineer = await house.api("engineer");
  operator = await house.api("operator");
});
afterAll(() => house.stop());

interface Line {
  alarm: string;
  occurrence: string;
  event: string;
  from: string;
  to: string;
  time: number;
}

const key = ({ alarm, occurrence, event, from, to, time }: Line): string => [alarm, occurrence, event, from, to, time].join(" ");

async function journal(): Promise<Line[]> {
  return (await engineer.get<{ events: Line[] }>("journal?kind=alarm&from=0&to=4102444800000")).events;
}

async function rerun(to: number): Promise<{ lines: Line[]; output: string }> {
  const program = node("server/src/replay/main.ts", ["--data", house.data, "--to", String(to)]);
  expect(await program.ended()).toBe(0);
  const output = program.output();
  return {
    lines: output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Line),
    output,
  };
}

test("the alarms of a live plant come again from its record: same occurrences, same times, same bytes", async () => {
  await engineer.send("POST", "faults", { kind: "plc_comm_loss", cell: "C002", seconds: 14 });
  await expect.poll(async () => (await journal()).length, { timeout: 60_000, interval: 500 }).toBeGreaterThan(0);
  const [first] = await journal();
  const ack = await operator.send("POST", `alarms/${encodeURIComponent(first?.alarm as string)}/ack`, { occurrence: first?.occurrence });
  expect(ack.status).toBeLessThan(300);
  const events = async (): Promise<string[]> => [...new Set((await journal()).map((line) => line.event))].sort();
  await expect.poll(events, { timeout: 60_000, interval: 500 }).toEqual(["ack", "raise", "return"]);
  const to = Date.now();
  const live = (await journal()).filter((line) => line.time <= to);
  const once = await rerun(to);
  expect(once.lines.map(key)).toEqual(live.map(key));
  house.server.kill("SIGKILL");
  await house.server.ended();
  expect((await rerun(to)).output).toBe(once.output);
});
