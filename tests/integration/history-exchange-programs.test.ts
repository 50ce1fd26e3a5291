/** Out and in with the programs themselves: server and simulator as a person starts them, over HTTP alone. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type Api, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";

interface Job {
  id: string;
  state: string;
  rows: number;
  samples: number;
  entered: number;
  sha256: string;
  rejected: object;
  fault?: object;
}
const TAGS = ["C001:EI-201", "C001:TI-101", "C001:YC-905", "C001:FIC-303.SP"];

async function ended(api: Api, path: string, state: string): Promise<Job> {
  await until(`${path} is ${state}`, async () => [state, "failed"].includes((await api.get<Job>(path)).state));
  const job = await api.get<Job>(path);
  expect(job).toMatchObject({ state });
  return job;
}

test.each(["csv", "parquet"])(
  "a %s file of the running hall enters it again beside live, and what the hall then gives is the same file",
  async (format) => {
    const hall = await startCellhouse({ plant: "single", publish: "raw" });
    try {
      const api = await hall.api("engineer");
      const stored = async () =>
        (await api.get<{ series: { samples: number }[] }>("history/aggregates?tags=C001:EI-201&from=now-1m")).series[0]?.samples ?? 0;
      await until("the hall has a past", async () => (await stored()) > 8, 60_000);
      const to = Date.now();
      const file = async (): Promise<{ bytes: Buffer; job: Job }> => {
        const order = { tags: TAGS, from: to - 60_000, to, format, received: false };
        const { body } = await api.send<Job>("POST", "exports", order);
        const job = await ended(api, `exports/${body.id}`, "done");
        const reply = await fetch(`${hall.url}/api/v1/exports/${job.id}/file`, { headers: { cookie: api.cookie } });
        return { bytes: Buffer.from(await reply.arrayBuffer()), job };
      };
      const { bytes, job } = await file();
      expect(job.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
      expect(job.rows).toBeGreaterThan(8);

      const path = `imports/${(await api.send<Job>("POST", "imports", { format })).body.id}`;
      const headers = { cookie: api.cookie, origin: hall.url, "content-type": "application/octet-stream" };
      expect((await fetch(`${hall.url}/api/v1/${path}/file`, { method: "POST", headers, body: new Uint8Array(bytes) })).status).toBe(200);
      await api.send("POST", `${path}/check`);
      const { samples, rejected } = await ended(api, path, "checked");
      expect([samples > 20, rejected]).toEqual([true, {}]);
      await api.send("POST", `${path}/commit`);
      expect((await ended(api, path, "done")).entered).toBe(samples);
      expect((await file()).bytes.equals(bytes)).toBe(true);
      const { values } = await api.get<{ values: { time: number; quality: string }[] }>("values?tags=C001:EI-201");
      expect(values[0]).toMatchObject({ quality: "good" });
      expect(values[0]?.time).toBeGreaterThan(to);
    } finally {
      await hall.stop();
    }
  },
);
