/** A server that dies again and again, and messages that come twice, late or damaged, at full rate: afterwards no sample is missing or doubled but what was damaged. */
import type { JournalEvent } from "@cellhouse/shared";
import { afterEach, expect, test } from "vitest";
import { published } from "../support/cable.ts";
import { allLive, audit, type ChaosField, chaosField, pause } from "../support/chaos-field.ts";
import { until } from "../support/processes.ts";
import { counter } from "../support/record-check.ts";

let all: ChaosField;
afterEach(() => all.stop());

test("a server killed again and again, also in the middle of births", { timeout: 300_000 }, async () => {
  all = await chaosField();
  for (const afterMs of [200, 500, 900, 1500]) {
    all.house.server.kill("SIGKILL");
    await all.house.restartServer();
    await pause(afterMs);
  }
  all.api = await all.house.api("engineer");
  await allLive(all);
  expect(await audit(all)).toEqual([]);
});

test("messages twice, out of order and late", { timeout: 240_000 }, async () => {
  all = await chaosField();
  let n = 0;
  all.mqtt.tamper((packet) => {
    if (published(packet)?.topic.includes("/DDATA/") !== true) return [{ packet, afterMs: 0 }];
    n++;
    if (n % 7 === 0) return [packet, packet].map((one) => ({ packet: one, afterMs: 0 }));
    return [{ packet, afterMs: n % 11 === 0 ? 40 : 0 }];
  });
  all.mqtt.cut();
  all.mqtt.mend();
  await pause(25_000);
  expect(n).toBeGreaterThan(300);
  expect(await counter(all.house, 'cellhouse_rejected_total{reason="duplicate"}')).toBeGreaterThan(20);
  await allLive(all);
  expect(await audit(all)).toEqual([]);
});

test("what is corrupted on the way is lost alone, counted, and named as a gap", { timeout: 240_000 }, async () => {
  all = await chaosField();
  const from = Date.now();
  let data = 0;
  let corrupted = 0;
  all.mqtt.tamper((packet) => {
    const message = published(packet);
    if (message?.topic.includes("/DDATA/") === true && ++data % 101 === 0) {
      message.payload.fill(0xff, 0, 4);
      corrupted++;
    }
    return [{ packet, afterMs: 0 }];
  });
  all.mqtt.cut();
  all.mqtt.mend();
  await until("some to be corrupted", () => corrupted >= 5, 60_000);
  all.mqtt.tamper(undefined);
  await pause(3000);
  const { events } = await all.api.get<{ events: JournalEvent[] }>(`journal?from=${from}&kind=link&limit=5000`);
  expect(events.filter((event) => event.event === "gap").length).toBeGreaterThan(0);
  expect(await counter(all.house, 'cellhouse_rejected_total{reason="malformed"}')).toBeGreaterThanOrEqual(corrupted);
  await allLive(all);
  const wrong = await audit(all);
  const missing = wrong.map(({ edge, held }) => edge - held);
  expect(missing.every((n) => n > 0 && n <= corrupted)).toBe(true);
});
