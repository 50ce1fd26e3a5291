/**
 * A sum over samples that does not depend on their order: edge and historian compute it apart and must agree.
 * Values are compared as they stand in the store (f32 tags after rounding to f32); a missing number counts as such.
 */
const scratch = new DataView(new ArrayBuffer(24));

/** FNV-1a over source time (whole ms), value bits and quality; u32. */
export function sampleHash(time: number, value: number, quality: number): number {
  scratch.setFloat64(0, Math.round(time));
  scratch.setFloat64(8, Number.isNaN(value) ? Number.NaN : value + 0);
  let hash = 0x811c9dc5;
  for (let i = 0; i < 16; i++) hash = Math.imul(hash ^ scratch.getUint8(i), 0x01000193);
  return Math.imul(hash ^ quality, 0x01000193) >>> 0;
}

/** Adds a sample's hash to a running u32 sum. */
export function addHash(sum: number, hash: number): number {
  return (sum + hash) >>> 0;
}
