/** A slow reader costs nobody anything: it gets the newest values late, alarms and commands all the same, and memory stays flat. */
import { createFrame, ManualClock, pushSample, Quality } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alarmOf } from "../support/fake-pipe.ts";
import { until } from "../support/processes.ts";
import { heard, readValues, type TestSocket, type WebHouse, webHouse } from "../support/web.ts";

let house: WebHouse;
const clock = new ManualClock(Date.now());
beforeAll(async () => {
  house = await webHouse({ plant: "demo", clock });
});
afterAll(() => house.stop());

/** The TCP socket below Node's client. */
function wire(socket: TestSocket): { pause(): void; resume(): void } {
  const { transport } = socket.io.engine as unknown as { transport: { ws: { _socket: { pause(): void; resume(): void } } } };
  return transport.ws._socket;
}

/** Long enough for the compressor's threads and the network to have a turn as well. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

test("a reader that stops reading is coalesced for, then catches up with the newest value, every alarm and every command", async () => {
  const cells = house.plant.cells;
  const frame = createFrame(4096);
  const sweep = (round: number): void => {
    frame.count = 0;
    for (const cell of cells)
      for (const tag of cell.tags.values()) pushSample(frame, tag.id, clock.now(), Math.sin(round * 7919 + tag.id), Quality.Good);
    house.pipe.frame(frame);
  };
  const slow = house.connect(house.cookie("operator"));
  const quick = house.connect(house.cookie("operator"));
  await Promise.all([heard(slow, "hello"), heard(quick, "hello")]);
  const everything = { cells: cells.map((cell) => cell.id) };
  await Promise.all([slow.emitWithAck("subscribe", everything), quick.emitWithAck("subscribe", everything)]);
  let quickCount = 0;
  quick.on("values", () => void quickCount++);
  clock.advance(100);
  wire(slow).pause();
  const before = process.memoryUsage().rss;
  const rounds = 600;
  for (let round = 0; round < rounds; round++) {
    clock.advance(50);
    sweep(round);
    if (round % 6 === 0) house.pipe.raise(alarmOf(house.plant, "C001", { id: `C001:A${round}`, occurrence: `${round}` }));
    if (round % 60 === 0)
      house.pipe.outlet.command({ id: `c${round}`, tag: "BT.EL1.L01.C001:FIC-303.SP", value: 1, by: "a", at: 0, state: "verified" });
    await turn();
  }
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(150);
  await until("the quick reader to have most of it", () => {
    clock.advance(50);
    return quickCount > rounds / 10;
  });

  const alarms = new Set<string>();
  const commands = new Set<string>();
  let last = new Float64Array();
  let coalesced = false;
  slow.on("alarms", (message) => void ("changes" in message && message.changes.forEach((alarm) => void alarms.add(alarm.id))));
  slow.on("command", (command) => void commands.add(command.id));
  slow.on("values", (message) => {
    const values = readValues(message);
    coalesced ||= values.coalesced;
    if (values.count === frame.count) last = values.value.slice();
  });
  wire(slow).resume();
  const newest = Math.sin((rounds - 1) * 7919 + (frame.tag[0] as number));
  await until("the slow reader to catch up", () => {
    clock.advance(50);
    return last.includes(newest) && alarms.size === rounds / 6 && commands.size === rounds / 60;
  });
  expect(coalesced).toBe(true);
});

test("a flood of 2,000 alarms reaches 25 screens, each alarm at least once", async () => {
  const screens = await Promise.all(
    Array.from({ length: 25 }, async () => {
      const socket = house.connect(house.cookie("operator"));
      const seen = new Set<string>();
      socket.on("alarms", (message) => void ("changes" in message && message.changes.forEach((alarm) => void seen.add(alarm.id))));
      await heard(socket, "hello");
      return seen;
    }),
  );
  for (let i = 0; i < 2000; i++) {
    house.pipe.raise(alarmOf(house.plant, "C002", { id: `C002:F${i}`, occurrence: `${i}` }));
    if (i % 20 === 0) {
      clock.advance(10);
      await turn();
    }
  }
  await until("all screens to have all alarms", () => {
    clock.advance(50);
    return screens.every((seen) => seen.size === 2000);
  });
});
