import { expect, test } from "vitest";
import { createCounters } from "./counters.ts";

test("counts under the contract's names, apart for each server in the process", async () => {
  const counters = createCounters();
  createCounters().received("edge:L01", 99);
  counters.received("edge:L01", 3);
  counters.received("edge:L01", 4);
  counters.recorded(5);
  counters.stored(6);
  counters.rejected("E_QUERY");
  counters.dropped("offline queue", 2);
  counters.rebirth("L01");
  counters.linkUp("edge:L01", false);
  counters.backlog("historian", 12);
  counters.latency("source_to_socket", 30);
  counters.latency("source_to_socket", 12_000);
  expect([...counters.drops()]).toEqual([["offline queue", 2]]);
  const text = await counters.render();
  for (const line of [
    'cellhouse_received_total{link="edge:L01"} 7',
    "cellhouse_recorded_total 5",
    "cellhouse_stored_total 6",
    'cellhouse_rejected_total{reason="E_QUERY"} 1',
    'cellhouse_dropped_total{reason="offline queue"} 2',
    'cellhouse_rebirth_requests_total{edge="L01"} 1',
    'cellhouse_link_up{link="edge:L01"} 0',
    'cellhouse_backlog{link="historian"} 12',
    "# TYPE cellhouse_latency_seconds histogram",
    'cellhouse_latency_seconds_bucket{le="0.025",stage="source_to_socket"} 0',
    'cellhouse_latency_seconds_bucket{le="0.05",stage="source_to_socket"} 1',
    'cellhouse_latency_seconds_bucket{le="10",stage="source_to_socket"} 1',
    'cellhouse_latency_seconds_bucket{le="+Inf",stage="source_to_socket"} 2',
    'cellhouse_latency_seconds_sum{stage="source_to_socket"} 12.03',
    'cellhouse_latency_seconds_count{stage="source_to_socket"} 2',
  ])
    expect(text).toContain(line);
});

test("labels that never end share one counter", async () => {
  const counters = createCounters();
  for (let i = 0; i < 3000; i++) counters.rejected(`reason ${i}`);
  const text = await counters.render();
  expect(text.match(/^cellhouse_rejected_total/gm)?.length).toBe(2001);
  expect(text).toContain('cellhouse_rejected_total{reason="other"} 1000');
});
