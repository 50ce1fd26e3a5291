/** What InfluxDB is put through, in short by the chaos tests and in full by the soak. */
import { pause } from "./chaos-field.ts";
import type { InfluxStand } from "./influx-stand.ts";
import { until } from "./processes.ts";

/** Kills InfluxDB while it takes samples and starts it again, so many times; each time it is found again first. */
export async function killInfluxd({ influxd, forwarder, rate }: InfluxStand, times: number): Promise<void> {
  const flows = (): boolean => forwarder.links()[0]?.state === "up" && (forwarder.links()[0]?.backlog ?? 0) < 3 * rate;
  for (let i = 0; i < times; i++) {
    await pause(1000 + 370 * (i % 5));
    influxd.program.kill("SIGKILL");
    await influxd.program.ended();
    await pause(500);
    await influxd.restart();
    await until("the samples to flow again", flows, 60_000);
  }
}

export interface DrainResult {
  /** Samples that waited when InfluxDB was back. */
  backlog: number;
  /** Samples stored per second until none waited, as a multiple of those that came: finding InfluxDB again (up to 10 s) is part of it. */
  speed: number;
}

/** Takes InfluxDB away for so many seconds and watches the backlog go. */
export async function drain({ influxd, forwarder, rate }: InfluxStand, seconds: number): Promise<DrainResult> {
  const stored = (): number => forwarder.links()[0]?.received ?? 0;
  const waiting = (): number => forwarder.links()[0]?.backlog ?? 0;
  await until("the samples to flow", () => stored() > 0);
  await influxd.program.stop();
  await pause(seconds * 1000);
  await influxd.restart();
  const [begun, backlog, before] = [Date.now(), waiting(), stored()];
  await until("the backlog to be gone", () => waiting() < 2 * rate, seconds * 1000 + 30_000, 10);
  return { backlog, speed: (stored() - before) / ((Date.now() - begun) / 1000) / rate };
}
