/** The generator of load says what a real edge would say: a foreign decoder reads it, and nothing it counts is missing. */
import { decodePayload } from "@cellhouse/shared/sparkplug";
import { expect, test } from "vitest";
import { MessageTemplate } from "../support/message-template.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { node, until } from "../support/processes.ts";
import { SparkplugHost } from "../support/sparkplug-host.ts";

test("a patched template is the message it claims to be", () => {
  const metrics = [1, 127, 128, 300, 65_000].map((alias, i) => ({ alias, type: i === 1 ? ("u32" as const) : ("float" as const) }));
  const template = new MessageTemplate({ group: "BT-EL1", edge: "L01", device: "C001" }, metrics);
  const bytes = Buffer.alloc(template.size + 10);
  for (const [time, seq, second] of [
    [1, 0, 0],
    [1_795_300_292_100, 255, 0xffffffff],
  ] as const) {
    const values = Float64Array.from([1.5, second, -2.25, 0, 1e6]);
    expect(template.write(bytes, 10, { time, seq, values })).toBe(template.size + 10);
    const name = bytes.indexOf("spBv1.0/BT-EL1/DDATA/L01/C001");
    expect(bytes.readUInt16BE(name - 2)).toBe(29);
    const payload = decodePayload(bytes.subarray(name + 29));
    expect(payload).toMatchObject({ timestamp: time, seq });
    expect(payload.metrics).toEqual(metrics.map(({ alias }, i) => ({ alias, timestamp: time, value: values[i] })));
  }
});

test("births, then as many values as it counts, in an unbroken sequence, no two samples of a tag at one time", async () => {
  const broker = await startMosquitto();
  try {
    const host = await SparkplugHost.open(broker.url, broker.password);
    await host.state(true);
    const args = ["--url", broker.url, "--user", "edge", "--password", broker.password, "--plant", "demo", "--phases", "20000:1,50000:1"];
    const generator = node("tests/generator/main.ts", args);
    expect(await generator.ended()).toBe(0);
    const { values } = JSON.parse(generator.output().split("\n")[1] as string) as { values: number };
    expect(values).toBeGreaterThan(60_000);
    await until("the death certificate", () => host.count("NDEATH") === 1);
    const sent = host.heard.filter(({ type }) => type !== "NDEATH");
    expect(sent.slice(0, 25).map(({ type }) => type)).toEqual(["NBIRTH", ...new Array<string>(24).fill("DBIRTH")]);
    expect(sent.map(({ seq }) => seq)).toEqual(sent.map((_, i) => i % 256));
    const births = [...host.samples().values()].length;
    const distinct = [...host.samples().values()].reduce((sum, of) => sum + of.size, 0);
    expect(distinct).toBe(values + births);
    await host.client.endAsync();
  } finally {
    await broker.end();
  }
});
