/** Looks a record through without changing it; the server may be writing it. */
import { existsSync } from "node:fs";
import { decodeChunk } from "./chunk.ts";
import { type Damage, Damages } from "./segments/damage.ts";
import { type ChunkRow, type Segment, type SegmentSpan, sizeOf } from "./segments/segment.ts";
import { Segments } from "./segments/segments.ts";
import { walState } from "./segments/wal.ts";

export interface SegmentSurvey {
  number: number;
  file: string;
  /** Write-ahead log included. */
  bytes: number;
  /** Absent where nothing in it can be read, or nothing has been written yet. */
  span?: SegmentSpan;
  checkpoints: number;
  /** One plain file; else it is being written, or was when its server ended without a word. */
  sealed: boolean;
  damages: Damage[];
}

/**
 * Each segment in order, every checksum computed; `whole` unpacks every chunk too. One that retention deletes meanwhile is left out.
 * Throws E_DATA_FOLDER when there is no such folder.
 */
export function* surveyRecord(folder: string, { whole }: { whole: boolean }): Generator<SegmentSurvey> {
  const segments = Segments.existing(folder);
  try {
    for (const number of segments.numbers) {
      const file = segments.file(number);
      const survey = { number, file, bytes: sizeOf(file), sealed: !existsSync(`${file}-wal`), ...look(segments, number, whole) };
      if (existsSync(file)) yield survey;
    }
  } finally {
    segments.close();
  }
}

function look(segments: Segments, number: number, whole: boolean): Pick<SegmentSurvey, "span" | "checkpoints" | "damages"> {
  const found: Damage[] = [];
  const damages = new Damages((damage) => found.push(damage));
  try {
    const segment = segments.get(number);
    const span = segment.span();
    const checkpoints = segment.marks(0, Number.MAX_VALUE).length;
    checkChunks(segment, damages, whole);
    checkWal(segment, damages);
    return { ...(span && { span }), checkpoints, damages: found };
  } catch (error) {
    damages.add({
      segment: number,
      samples: 0,
      reason: `the file cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    });
    return { checkpoints: 0, damages: found };
  }
}

function checkChunks(segment: Segment, damages: Damages, whole: boolean): void {
  const { number } = segment;
  let next = 1;
  const bad = ({ first, records, samples }: ChunkRow, reason = "its checksum is wrong"): void => {
    damages.add({ segment: number, chunk: first, samples, reason });
    if (first === next) next += records;
  };
  for (const row of segment.chunks(0, bad)) {
    if (row.first !== next) damages.add({ segment: number, samples: 0, reason: `records ${next} to ${row.first - 1} are not there` });
    next = row.first + row.records;
    if (whole && !unpacks(row)) bad(row, "it cannot be unpacked");
  }
  if (whole) segment.paths();
}

function unpacks({ data }: ChunkRow): boolean {
  try {
    decodeChunk(data);
    return true;
  } catch {
    return false;
  }
}

/** Looked at twice: it may have been begun anew under our eyes. */
function checkWal({ number, file }: Segment, damages: Damages): void {
  const look = (): string => {
    const { lost, at } = walState(`${file}-wal`);
    return lost === 0 ? "" : `${lost} commits behind byte ${at} of its write-ahead log are lost`;
  };
  const reason = look();
  if (reason !== "" && reason === look()) damages.add({ segment: number, samples: 0, reason });
}
