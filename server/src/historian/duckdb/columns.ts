/**
 * Whole columns in and out of DuckDB. The vectors of @duckdb/node-api hold typed arrays but offer only one value at a
 * time, checked and boxed; at these rates that is most of the cost, so this file (and no other) reaches for the arrays.
 */
import {
  DOUBLE,
  type DuckDBAppender,
  DuckDBDataChunk,
  type DuckDBMaterializedResult,
  type DuckDBVector,
  UINTEGER,
  UTINYINT,
} from "@duckdb/node-api";

/** Rows of one chunk: DuckDB's vector size. */
const CHUNK_ROWS = 2048;

interface NumberVector {
  items: Uint32Array | Float64Array | Uint8Array;
  flush(): void;
}

function numbers(vector: DuckDBVector): NumberVector {
  return vector as DuckDBVector & NumberVector;
}

/** Collects rows of `recent` in columns and hands them to an appender by the chunk. */
export class RowBuffer {
  readonly #chunk = DuckDBDataChunk.create([UINTEGER, DOUBLE, DOUBLE, UTINYINT, DOUBLE]);
  readonly #tag = new Uint32Array(CHUNK_ROWS);
  readonly #time = new Float64Array(CHUNK_ROWS);
  readonly #value = new Float64Array(CHUNK_ROWS);
  readonly #quality = new Uint8Array(CHUNK_ROWS);
  readonly #received = new Float64Array(CHUNK_ROWS);
  #rows = 0;

  add(appender: DuckDBAppender, tag: number, sample: { time: number; value: number; quality: number; received: number }): void {
    const i = this.#rows++;
    this.#tag[i] = tag;
    this.#time[i] = sample.time;
    this.#value[i] = sample.value;
    this.#quality[i] = sample.quality;
    this.#received[i] = sample.received;
    if (this.#rows === CHUNK_ROWS) this.flush(appender);
  }

  flush(appender: DuckDBAppender): void {
    const rows = this.#rows;
    if (rows === 0) return;
    this.#rows = 0;
    this.#chunk.reset();
    this.#chunk.rowCount = rows;
    const columns = [this.#tag, this.#time, this.#value, this.#quality, this.#received];
    for (const [i, column] of columns.entries()) {
      const vector = numbers(this.#chunk.getColumnVector(i));
      vector.items.set(column.subarray(0, rows));
      vector.flush();
    }
    appender.appendDataChunk(this.#chunk);
  }

  clear(): void {
    this.#rows = 0;
  }
}

/** All rows of a result whose columns are DOUBLE without NULL, as one array per column. */
export async function doubles(result: DuckDBMaterializedResult): Promise<Float64Array[]> {
  const chunks = await result.fetchAllChunks();
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const columns = Array.from({ length: result.columnCount }, () => new Float64Array(rows));
  let at = 0;
  for (const chunk of chunks) {
    for (const [i, column] of columns.entries()) column.set(numbers(chunk.getColumnVector(i)).items, at);
    at += chunk.rowCount;
  }
  return columns;
}
