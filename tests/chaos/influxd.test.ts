/** InfluxDB mistreated while samples come at full rate: what it holds afterwards is what was published, counted and summed per tag from InfluxDB itself. */
import { afterEach, expect, test } from "vitest";
import { type InfluxStand, startInfluxStand } from "../support/influx-stand.ts";
import { drain, killInfluxd } from "../support/influx-trials.ts";
import { plantOf } from "../support/plant.ts";

let stand: InfluxStand;
afterEach(() => stand.stop());

test("killed five times in the middle of taking samples", { timeout: 240_000 }, async () => {
  stand = await startInfluxStand(plantOf("demo"));
  await killInfluxd(stand, 5);
  await stand.settle();
  expect(await stand.audit()).toEqual([]);
});

test("gone for a while at full rate: then drained at more than three times real time while live samples go on", {
  timeout: 240_000,
}, async () => {
  stand = await startInfluxStand(plantOf("demo"));
  const { backlog, speed } = await drain(stand, 45);
  expect(backlog).toBeGreaterThan(40 * stand.rate);
  expect(speed).toBeGreaterThan(3);
  await stand.settle();
  expect(await stand.audit()).toEqual([]);
});
