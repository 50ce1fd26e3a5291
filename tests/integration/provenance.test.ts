/** Every value that leaves the server says how far it may be believed, when it was true and when it came: live, in history, in the export and on the stream. */
import { decodeValues, type History, QUALITY_NAMES } from "@cellhouse/shared";
import fc from "fast-check";
import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";

let house: Started;
let api: Api;
let from = 0;

interface Reply {
  values: { tag: string; value: number | null; quality: string; time: number; received: number }[];
}

beforeAll(async () => {
  house = await startCellhouse();
  api = await house.api("qa");
  for (const cell of ["C001", "C025"])
    await until(`${cell} to be live`, async () => (await api.get<Reply>(`values?tags=${cell}:TY-100`)).values[0]?.quality === "good");
  from = Date.now() - 60_000;
  await until("some seconds of record", () => Date.now() - from > 66_000);
});

afterAll(() => house?.stop());

const path = (): fc.Arbitrary<string> => fc.constantFrom(...house.plant.tags.map((tag) => tag.path));

test("live values", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(path(), { minLength: 1, maxLength: 40 }), async (tags) => {
      const { values } = await api.get<Reply>(`values?tags=${tags.join(",")}`);
      expect(values.map((v) => v.tag)).toEqual(tags);
      for (const v of values) {
        expect(QUALITY_NAMES).toContain(v.quality);
        if (v.value === null) expect(v.quality).not.toBe("good");
        else expect(Math.min(v.time, v.received)).toBeGreaterThan(1e12);
      }
    }),
    { numRuns: 40 },
  );
});

test("the export", async () => {
  const now = Date.now();
  await fc.assert(
    fc.asyncProperty(path(), async (tag) => {
      const reply = await fetch(`${house.url}/api/v1/history?tags=${tag}&from=${from}&to=${now}&raw=1&format=csv`, {
        headers: { cookie: api.cookie },
      });
      const [head, ...rows] = (await reply.text())
        .trim()
        .split("\r\n")
        .map((line) => line.split(","));
      expect(head).toEqual(["tag", "unit", "time", "received", "value", "quality"]);
      for (const row of rows) {
        expect(row).toHaveLength(6);
        expect(Math.min(Number(row[2]), Number(row[3]))).toBeGreaterThan(1e12);
        expect(QUALITY_NAMES).toContain(row[5]);
      }
    }),
    { numRuns: 30 },
  );
});

test("raw history", async () => {
  await fc.assert(
    fc.asyncProperty(path(), async (tag) => {
      const { series } = await api.get<History>(`history?tags=${tag}&from=${from}&to=${Date.now()}&raw=1`);
      for (const s of series) {
        const n = s.t.length;
        expect([s.v?.length, s.q.length, s.received?.length]).toEqual([n, n, n]);
        for (let i = 0; i < n; i++) {
          expect(QUALITY_NAMES).toContain(s.q[i]);
          expect(s.received?.[i] as number).toBeGreaterThan(1e12);
          if (s.v?.[i] === null) expect(s.q[i]).not.toBe("good");
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("the stream", async () => {
  const socket = io(house.url, { extraHeaders: { cookie: api.cookie, origin: house.url }, transports: ["websocket"] });
  let samples = 0;
  socket.on("values", (data: Buffer) => {
    const message = decodeValues(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer);
    expect(message).toBeDefined();
    if (message === undefined) return;
    expect(message.receivedAt).toBeGreaterThan(1e12);
    for (let i = 0; i < message.count; i++) {
      const quality = message.quality[i] as number;
      expect(quality).toBeLessThan(4);
      if (Number.isNaN(message.value[i])) expect(quality).toBeGreaterThan(0);
      else expect(message.time[i]).toBeGreaterThan(1e12);
      samples++;
    }
  });
  await new Promise((resolve) => socket.once("connect", () => resolve(undefined)));
  await socket.emitWithAck("subscribe", { cells: house.plant.cells.map((cell) => cell.id) });
  await until("five thousand samples", () => samples > 5000, 60_000);
  socket.close();
});
