import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { createFrame, type Frame, pushSample } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Chunk, chunkOf, decodeChunk, encodeChunk } from "./chunk.ts";
import { Pending } from "./pending.ts";
import { joinPlanes, splitPlanes } from "./planes.ts";
import { START } from "./recorder.testkit.ts";

/** Two chunks as the first recorder packed them, whole and broken milliseconds: old records must read as then. */
const KEPT = [
  "KLUv/WABAB0FABLIHipwVdMYmqbJ8Gk6entrcQXHDilDjQ9py40HQ3pRMSr+u/5EW48nZU3Ze6cQWcFoLJeNNMirkbjk4w3fEb5nZM6pqqofVa0ohrVYUVHSZ9KZ9PTYNDa97/sWOp4OIGC7fd/3bZwt4hCc9cOABr0GEQaS+MFBmWSOfsEfAxEAAEEBwQHXgGvATSAZHAGN4KIoIQ+QWKUhUyJAvpXMXEosQBc=",
  "KLUv/WAlAK0FANKIISxwN2oMlSigxgCogCFOOxFDgFAoOjXw/1dSFEtQHyU+/+29/u+u62X5Rdq2UxIZQHAgMIAgFdKCMCwZiSvxRYnPyZxTVVUVVJWaHpXjBjVF30V30dJz0pz0XBtWsLsQhru7mQYxGgNl2vu+b/wSPgdcgNWvGLzmvSaBAFh+rg0zOP7Of/iXFQAAQQFq4AV4Bx4DT8C7wQvgOSAZHAGN4KIoIQ+QWKVhUiJAvpXMXCq+gBI=",
];

/** What was packed then: a frame, a note, and a late frame of two of the same samples. */
function asThen(fraction: number): Pending {
  const pending = new Pending({ records: 100, samples: 1000, text: 1000 });
  const frame = createFrame(8);
  Object.assign(frame, { receivedAt: START, clockOffset: -3.5 });
  for (let i = 0; i < 7; i++)
    pushSample(frame, 70_000 - i * 9999, START - 7 - i * i + fraction, i === 3 ? Number.NaN : Math.fround(1050.5 + i / 3), i % 4);
  pending.frame(frame);
  pending.text("note", START + 1, JSON.stringify({ text: "温度" }));
  pending.frame(Object.assign(frame, { count: 2, historical: true, receivedAt: START + 2 }));
  return pending;
}

test.each([0, 0.25])("a chunk packed by the first recorder reads as what went into it, times ending in %s", (fraction) => {
  const kept = Buffer.from(KEPT[fraction === 0 ? 0 : 1] as string, "base64");
  expect(decodeChunk(kept)).toEqual(chunkOf(asThen(fraction)));
  expect(encodeChunk(asThen(fraction))).toEqual(kept);
});

test("what is packed comes back bit by bit, whatever it holds", () => {
  const sample = fc.tuple(fc.nat(0xfffffffe), fc.double({ noNaN: true, min: -1e12, max: 4e15 }), fc.double(), fc.nat(255));
  const frames = fc.array(fc.array(sample, { maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(frames, fc.boolean(), (given, whole) => {
      const pending = new Pending({ records: 100, samples: 1000, text: 1000 });
      for (const [i, samples] of given.entries()) pending.frame(frameOf(START + i, samples, whole));
      pending.text("note", START, "{}");
      expect(bits(decodeChunk(encodeChunk(pending)))).toEqual(bits(chunkOf(pending)));
    }),
    { numRuns: 200, seed: 5 },
  );
});

function frameOf(receivedAt: number, samples: readonly (readonly [number, number, number, number])[], whole: boolean): Frame {
  const frame = createFrame(4);
  frame.receivedAt = receivedAt;
  for (const [tag, time, value, quality] of samples) pushSample(frame, tag, whole ? Math.round(time) : time, value, quality);
  return frame;
}

const hex = (column: Float64Array): string => Buffer.from(column.buffer, column.byteOffset, column.byteLength).toString("hex");

function bits({ time, value, text, ...rest }: Chunk): object {
  return { ...rest, time: hex(time), value: hex(value), text: text.toString() };
}

test("planes are all first bytes, all second bytes, and so on, for any number of elements", () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { maxLength: 70 }), (numbers) => {
      const column = Float64Array.from(numbers);
      const bytes = Buffer.from(column.buffer);
      const planes = new Uint8Array(bytes.length + 1);
      expect(splitPlanes(planes, 1, column, numbers.length)).toBe(planes.length);
      for (let plane = 0; plane < 8; plane++)
        for (let i = 0; i < numbers.length; i++) expect(planes[1 + plane * numbers.length + i]).toBe(bytes[i * 8 + plane]);
      expect(hex(joinPlanes(new Float64Array(numbers.length), planes.subarray(1)))).toBe(hex(column));
    }),
    { numRuns: 100, seed: 6 },
  );
});

test("bytes that are no chunk are refused, or give columns that agree with each other", () => {
  const packed = encodeChunk(asThen(0));
  const unpacked = zstdDecompressSync(packed);
  const change = fc.tuple(fc.boolean(), fc.nat(unpacked.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const [outside, inside] = [Buffer.from(packed), Buffer.from(unpacked)];
      for (const [within, at, byte] of changes) (within ? inside : outside)[at % (within ? inside : outside).length] = byte;
      for (const bytes of [outside, zstdCompressSync(inside)]) {
        const chunk = orError(() => decodeChunk(bytes));
        if (chunk instanceof Error) continue;
        expect(chunk.time).toHaveLength(chunk.tag.length);
        expect(chunk.quality).toHaveLength(chunk.tag.length);
        expect(chunk.received).toHaveLength(chunk.records);
      }
    }),
    { numRuns: 300, seed: 9 },
  );
});

function orError<T>(run: () => T): T | Error {
  try {
    return run();
  } catch (error) {
    return error as Error;
  }
}
