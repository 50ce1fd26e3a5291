/**
 * What SQLite will drop of a write-ahead log when it opens it, without a word: everything from the first frame whose checksum
 * is wrong. A crash leaves at most a torn commit there; whole commits behind it were damaged. Format: sqlite.org/fileformat2.html, 4.
 */
import { readFileSync } from "node:fs";

/** Bytes of a page of a segment. */
export const PAGE = 2048;
const HEADER = 32;
const FRAME = 24 + PAGE;
const MAGIC = 0x377f0682;
/** Set in the magic number where checksums are of big-endian words. */
const BIG_ENDIAN = 1;

export interface WalState {
  /** Whole commits SQLite will find. */
  whole: number;
  /** Whole commits it will drop, for the damage at byte `at` before them. */
  lost: number;
  at: number;
}

/** A file that is not there holds nothing. */
export function walState(file: string): WalState {
  const wal = contentOf(file);
  const at = wal.length < HEADER + FRAME ? wal.length : firstBad(wal);
  const round = at === 0 ? HEADER + 8 : 16;
  const state = { whole: 0, lost: 0, at };
  for (let frame = HEADER; frame + FRAME <= wal.length; frame += FRAME)
    if (sameRound(wal, frame, round) && wal.readUInt32BE(frame + 4) !== 0) state[frame < at ? "whole" : "lost"]++;
  return state;
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Place of the first frame that does not go on from the one before it; the end where all do, 0 where the header is wrong. */
function firstBad(wal: Buffer): number {
  const magic = wal.readUInt32BE(0);
  const sum = new Sum((magic & BIG_ENDIAN) !== 0);
  sum.add(wal.subarray(0, 24));
  if ((magic & ~BIG_ENDIAN) !== MAGIC || wal.readUInt32BE(8) !== PAGE || !sum.is(wal, 24)) return 0;
  for (let frame = HEADER; frame + FRAME <= wal.length; frame += FRAME) {
    sum.add(wal.subarray(frame, frame + 8));
    sum.add(wal.subarray(frame + 24, frame + FRAME));
    if (!sameRound(wal, frame, 16) || !sum.is(wal, frame + 16)) return frame;
  }
  return wal.length;
}

/** The log is written round and round: what stands behind its end, from an earlier round, bears other salts. */
function sameRound(wal: Buffer, frame: number, salts: number): boolean {
  return wal.compare(wal, salts, salts + 8, frame + 8, frame + 16) === 0;
}

/** SQLite's running checksum over pairs of 32-bit words. */
class Sum {
  readonly #bigEndian: boolean;
  #a = 0;
  #b = 0;

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  add(bytes: Buffer): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < bytes.length; i += 8) {
      this.#a = (this.#a + view.getUint32(i, !this.#bigEndian) + this.#b) >>> 0;
      this.#b = (this.#b + view.getUint32(i + 4, !this.#bigEndian) + this.#a) >>> 0;
    }
  }

  is(wal: Buffer, at: number): boolean {
    return wal.readUInt32BE(at) === this.#a && wal.readUInt32BE(at + 4) === this.#b;
  }
}
