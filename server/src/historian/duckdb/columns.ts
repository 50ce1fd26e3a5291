/**
 * Whole columns in and out of DuckDB. The vectors of @duckdb/node-api hold typed arrays but offer only one value at a
 * time, checked and boxed; at these rates that is most of the cost, so this file (and no other) reaches for the arrays.
 */
import {
  BIGINT,
  DOUBLE,
  type DuckDBAppender,
  DuckDBDataChunk,
  type DuckDBMaterializedResult,
  type DuckDBVector,
  UINTEGER,
  UTINYINT,
} from "@duckdb/node-api";
import type { HotSamples } from "./hot.ts";

/** Rows of one chunk: DuckDB's vector size. */
const CHUNK_ROWS = 2048;
const HIGH = 2 ** 32;

interface NumberVector {
  items: Uint32Array | Float64Array | Uint8Array | BigInt64Array;
  flush(): void;
}

function numbers(vector: DuckDBVector): NumberVector {
  return vector as DuckDBVector & NumberVector;
}

/** Hands samples to an appender of `waiting` by the chunk. */
export class ChunkFiller {
  readonly #chunk = DuckDBDataChunk.create([UINTEGER, BIGINT, DOUBLE, UTINYINT, BIGINT], CHUNK_ROWS);
  /** Of a full chunk: made once, they cost as much as filling them. */
  readonly #vectors = [0, 1, 2, 3, 4].map((i) => numbers(this.#chunk.getColumnVector(i)));

  /** Appends at most one chunk of the rows `order` names from `from` on; returns where to go on. */
  fill(appender: DuckDBAppender, hot: HotSamples, order: Uint32Array, from: number): number {
    const end = Math.min(order.length, from + CHUNK_ROWS);
    const [tag, time, value, quality, lag] = this.#vectors.map((vector) => vector.items) as [
      Uint32Array,
      BigInt64Array,
      Float64Array,
      Uint8Array,
      BigInt64Array,
    ];
    // A BIGINT in two halves: making a bigint of each number would cost more than all the rest.
    const times = new Int32Array(time.buffer, time.byteOffset, time.length * 2);
    const lags = new Int32Array(lag.buffer, lag.byteOffset, lag.length * 2);
    for (let i = from, at = 0; i < end; i++, at++) {
      const row = order[i] as number;
      const t = hot.time[row] as number;
      const behind = Math.round((hot.received[row] as number) - t);
      tag[at] = hot.tag[row] as number;
      times[2 * at] = t | 0;
      times[2 * at + 1] = Math.floor(t / HIGH);
      value[at] = hot.value[row] as number;
      quality[at] = hot.quality[row] as number;
      lags[2 * at] = behind | 0;
      lags[2 * at + 1] = Math.floor(behind / HIGH);
    }
    for (const vector of this.#vectors) vector.flush();
    this.#chunk.rowCount = end - from;
    appender.appendDataChunk(this.#chunk);
    return end;
  }
}

/** All rows of a result whose columns are DOUBLE without NULL, as one array per column. */
export async function doubles(result: DuckDBMaterializedResult): Promise<Float64Array[]> {
  const chunks = await result.fetchAllChunks();
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const columns = Array.from({ length: result.columnCount }, () => new Float64Array(rows));
  let at = 0;
  for (const chunk of chunks) {
    for (const [i, column] of columns.entries()) column.set(numbers(chunk.getColumnVector(i)).items as Float64Array, at);
    at += chunk.rowCount;
  }
  return columns;
}
