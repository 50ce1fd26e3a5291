/** What the reader's program is given and what it answers: one JSON each way, beside the file of samples. */
import type { FaultCode, TagId } from "@cellhouse/shared";
import type { ImportJob, ImportMap } from "../../../contracts.ts";

/** A tag that may be written; a number outside `low` to `high` is Bad. */
export interface ReaderTag {
  id: TagId;
  path: string;
  /** `C001:EI-201` */
  short: string;
  unit: string;
  low: number;
  high: number;
}

export interface ReaderOrder {
  file: string;
  format: "csv" | "parquet";
  mapping: ImportMap | undefined;
  tags: readonly ReaderTag[];
  /** Where the samples go. */
  samples: string;
  /** Epoch ms; no sample is more than a day later. */
  now: number;
  mostSamples: number;
}

/** What is known after some rows; the last one knows all. */
export type ReaderResult = Pick<ImportJob, "rows" | "samples" | "from" | "to" | "paths" | "rejected" | "rejects">;

/** A line of the program's output. */
export type ReaderMessage = { report: ReaderResult } | { done: ReaderResult } | { fault: { code: FaultCode; detail: string } };
