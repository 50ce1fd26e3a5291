/** The network at its worst, at full rate and with real programs: afterwards no sample is missing or doubled, late data is where it belongs and alarmed nobody. */
import { afterEach, expect, test } from "vitest";
import { allLive, audit, type ChaosField, chaosField, pause, qualities, raisedSince } from "../support/chaos-field.ts";
import { until } from "../support/processes.ts";

let all: ChaosField;
afterEach(() => all.stop());

test("a minute's partition of both networks at full rate", { timeout: 300_000 }, async () => {
  all = await chaosField();
  const from = Date.now();
  all.mqtt.cut();
  all.opcua.cut();
  await until("nothing to look live", async () => (await qualities(all)).every((quality) => quality !== "good"), 4000, 100);
  while (Date.now() - from < 60_000) {
    await pause(5000);
    expect((await qualities(all)).filter((quality) => quality === "good")).toEqual([]);
  }
  all.mqtt.mend();
  all.opcua.mend();
  await allLive(all);
  expect(await raisedSince(all, from)).toEqual([]);
  expect(await audit(all)).toEqual([]);
});

test("cables that go dead without a word", { timeout: 240_000 }, async () => {
  all = await chaosField();
  all.mqtt.stall();
  all.opcua.stall();
  await until("nothing to look live", async () => (await qualities(all)).every((quality) => quality !== "good"), 6000, 100);
  await pause(20_000);
  all.mqtt.mend();
  all.opcua.mend();
  await allLive(all);
  expect(await audit(all)).toEqual([]);
});
