import fc from "fast-check";
import { generate } from "mqtt-packet";
import { expect, test } from "vitest";
import { PacketScanner } from "./packet-guard.ts";

const publish = (size: number): Buffer =>
  generate({ cmd: "publish", topic: "t", payload: Buffer.alloc(size), qos: 0, dup: false, retain: false });

/** Scans in the chunks given by their cuts; false as soon as one is refused. */
function scan(limit: number, bytes: Uint8Array, cuts: readonly number[]): boolean {
  const scanner = new PacketScanner(limit);
  const borders = [...new Set([0, ...cuts.map((c) => c % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return borders.slice(1).every((end, i) => scanner.scan(bytes.subarray(borders[i], end)));
}

test("packets within the limit pass and one beyond it is refused, however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 8 }), fc.array(fc.nat()), fc.nat(300), (sizes, cuts, limit) => {
      const packets = sizes.map(publish);
      const fits = packets.every((p) => p.length - (p.length > 129 ? 3 : 2) <= limit);
      expect(scan(limit, Buffer.concat(packets), cuts)).toBe(fits);
    }),
  );
});

test("a length that never ends is refused", () => {
  expect(scan(1e9, Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0xff), [])).toBe(false);
});

test("a claim of 256 MB is refused at its fifth byte, before anything is buffered", () => {
  expect(scan(1 << 20, Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f), [1, 2, 3])).toBe(false);
});
