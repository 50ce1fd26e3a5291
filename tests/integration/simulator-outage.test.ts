/** The simulator's Sparkplug edges through outages, as processes: a real mosquitto, a foreign host, kill -9. */
import type { PublishedTag } from "@cellhouse/simulator/src/counters.ts";
import { afterEach, expect, test } from "vitest";
import { processFigures } from "../support/measure.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";
import { freePort, node, type Program, remove, tempFolder, until } from "../support/processes.ts";
import type { Capture } from "../support/sparkplug-checker/capture.ts";
import { check } from "../support/sparkplug-checker/checker.ts";
import { summary } from "../support/sparkplug-checker/report.ts";
import { tapBroker } from "../support/sparkplug-checker/tap.ts";
import { differences, type SampleMap, SparkplugHost } from "../support/sparkplug-host.ts";

const cleanup: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The demo plant's Sparkplug line at raw rate: 24 cells, about 390 values/s. */
class Field {
  readonly broker: Mosquitto;
  readonly data = tempFolder("outage");
  readonly samples: SampleMap = new Map();
  program!: Program;
  #http = "";
  #host: SparkplugHost | undefined;

  readonly #url: string;

  private constructor(broker: Mosquitto, url: string) {
    this.broker = broker;
    this.#url = url;
  }

  /** `through`: what stands between the edges and the broker. */
  static async open(through: (broker: Mosquitto) => Promise<string> = async ({ url }) => url): Promise<Field> {
    const broker = await startMosquitto();
    cleanup.push(() => broker.end());
    const field = new Field(broker, await through(broker));
    cleanup.push(() => remove(field.data));
    await field.simulate();
    cleanup.push(() => field.program.stop());
    return field;
  }

  async simulate(): Promise<void> {
    const port = await freePort();
    const args = ["--mqtt-url", this.#url, "--mqtt-user", "edge", "--data", this.data, "--publish", "raw"];
    const env = { CELLHOUSE_MQTT_PASSWORD: this.broker.password };
    this.program = node("simulator/src/main.ts", [...args, "--opcua-port", "0", "--sim-http-port", String(port)], env);
    this.#http = `http://127.0.0.1:${port}`;
    await this.program.printed(/simulator ready/);
  }

  async host(): Promise<SparkplugHost> {
    const host = await SparkplugHost.open(this.broker.url, this.broker.password);
    this.#host = host;
    cleanup.push(() => host.client.endAsync(true));
    await host.state(true);
    await until("births", () => host.count("DBIRTH") === 24);
    return host;
  }

  /** All that was heard over all hosts so far. */
  heard(): SampleMap {
    this.#host?.samples(this.samples);
    this.#host?.heard.splice(0);
    return this.samples;
  }

  times(tag: string): number[] {
    return [...(this.heard().get(tag)?.keys() ?? [])].sort((a, b) => a - b);
  }

  async published(): Promise<Record<string, PublishedTag>> {
    const { tags } = (await (await fetch(`${this.#http}/published`)).json()) as { tags: Record<string, PublishedTag> };
    return Object.fromEntries(Object.entries(tags).filter(([path]) => path.startsWith("BT.EL1.L01")));
  }

  /** Resolves when all that was published up to some moment was heard, bit by bit, and nothing besides. */
  async complete(): Promise<void> {
    await until("every published sample", async () => {
      const tags = await this.published();
      await pause(300);
      const late = differences(cut(this.heard(), tags), tags);
      if (late.length > 0) throw new Error(`${late.length} tags differ, the first ${JSON.stringify(late[0])}`);
      return true;
    });
  }
}

/** Without what came after the last sample `tags` knows of. */
function cut(samples: SampleMap, tags: Record<string, PublishedTag>): SampleMap {
  const last = Math.max(...Object.values(tags).map((tag) => tag.last));
  return new Map(
    [...samples].map(([name, of]) => [name, new Map([...of].filter(([time]) => time <= Math.max(lastOf(tags, name) ?? last)))]),
  );
}

function lastOf(tags: Record<string, PublishedTag>, name: string): number | undefined {
  const path = name.replace(/\/([^/]*)$/, ".$1");
  return (tags[`BT.EL1.L01.${path}`] ?? tags[`BT.EL1.${path}`])?.last;
}

/** Steps between samples of a tag scanned once a second that are longer than that. */
function holes(times: readonly number[]): [number, number][] {
  return times.flatMap((time, i) =>
    i > 0 && time - (times[i - 1] as number) > 1000 ? [[times[i - 1] as number, time] as [number, number]] : [],
  );
}

test("the broker hangs, then dies with all it had not read: what the edge sent into it comes again", async () => {
  const field = await Field.open();
  await field.host();
  await pause(3000);
  field.heard();
  field.broker.freeze();
  await pause(8000);
  await field.broker.kill();
  await pause(2000);
  await field.broker.start();
  await field.host();
  await pause(5000);
  await field.complete();
  expect(holes(field.times("C001:TI-101"))).toEqual([]);
  expect(holes(field.times("C024:TI-101"))).toEqual([]);
});

test("kill -9 of the simulator while it keeps samples for a broker that is away: the next one sends them all as historical, and fast", async () => {
  const field = await Field.open();
  await field.host();
  await pause(3000);
  field.heard();
  await field.broker.kill();
  await pause(10_000);
  const killed = Date.now();
  field.program.kill("SIGKILL");
  await field.program.ended();
  await field.simulate();
  const begun = Date.now();
  await pause(5000);
  await field.broker.start();
  const host = await field.host();
  const back = Date.now();
  await until("what the first one kept", () => host.heard.some(({ metrics }) => metrics.some((m) => Number(m.timestamp) < killed)));
  await field.complete();
  const drained = (Date.now() - back) / 1000;
  // Three times as fast on a quiet machine; others may be at work here.
  expect(drained).toBeLessThan((back - killed + 10_000) / 1000);
  const gaps = holes(field.times("C001:TI-101"));
  expect(gaps).toHaveLength(1);
  // What was not yet on the disk: a second's samples, and as long as a busy machine takes for it.
  expect(gaps[0]?.[0]).toBeGreaterThan(killed - 4000);
  expect(gaps[0]?.[1]).toBeLessThan(begun + 6000);
  expect(processFigures(field.program.process.pid as number).rssMb).toBeLessThan(400);
  expect(field.program.output()).not.toContain(field.broker.password);
});

test("a cell off the network, a host that goes and returns, rebirths of edge and device: the grader finds nothing", async () => {
  let capture: Capture | undefined;
  const field = await Field.open(async (broker) => {
    const tap = await tapBroker(Number(new URL(broker.url).port));
    cleanup.push(() => tap.stop());
    capture = tap.capture;
    return tap.url;
  });
  const host = await field.host();
  const edge = "spBv1.0/BT-EL1/NCMD/L01";
  const cell = "spBv1.0/BT-EL1/DCMD/L01/C002";
  const count = async (type: string, n: number): Promise<unknown> => until(`${n} ${type}`, () => host.count(type) >= n);
  await host.command(cell, "SIM/FAULT", "String", JSON.stringify({ id: "f1", op: "start", kind: "plc_comm_loss", seconds: 4 }));
  await count("DDEATH", 1);
  await count("DBIRTH", 25);
  await host.command(cell, "Device Control/Rebirth", "Boolean", true);
  await count("DBIRTH", 26);
  for (let k = 0; k < 5; k++) await host.command(edge, "Node Control/Rebirth", "Boolean", true);
  await count("DBIRTH", 50);
  await host.state(false);
  await count("NDEATH", 1);
  await pause(3000);
  await host.state(true);
  await count("DBIRTH", 74);
  await pause(2000);
  await field.complete();
  expect(holes(field.times("C002:TI-101"))).toEqual([]);
  await field.program.stop();
  expect(summary(check(capture as Capture))).toEqual([]);
});

test("a second simulator on the same data folder is refused by name", async () => {
  const field = await Field.open();
  const args = ["--mqtt-url", field.broker.url, "--data", field.data, "--opcua-port", "0"];
  const second = node("simulator/src/main.ts", args);
  expect(await second.ended()).toBe(1);
  expect(second.output()).toMatch(/E_DATA_FOLDER.*outbox\/BT-EL1-L01\.db.*locked/);
});
