/** Turns chunks back into records of the plant now running: tags matched by path, unknown ones left out and counted. */
import type { Frame } from "@cellhouse/shared";
import type { Checkpoint, CheckpointRecord, LinkEvent, LogRecord, RecordedAction } from "../contracts.ts";
import { type Chunk, decodeChunk, textSize } from "./chunk.ts";
import { KIND } from "./pending.ts";
import type { RecentChunks } from "./recent.ts";
import type { Damages } from "./segments/damage.ts";
import type { ChunkRow, Segment } from "./segments/segment.ts";
import { positionOf } from "./segments/segments.ts";

const UNKNOWN = 0xffffffff;

/** Records with `after` < index <= `upTo`, at most `limit` of them. */
export interface Range {
  after: number;
  upTo: number;
  limit: number;
}

/** Records beside each other in one chunk: those at `from` to before `to` of its own, the chunk's first being `first` of the segment. */
export interface Stretch {
  readonly chunk: Chunk;
  readonly segment: number;
  readonly first: number;
  readonly from: number;
  readonly to: number;
}

/** Whatever knows the ids of paths; a plant does. */
export interface TagIds {
  tag(path: string): { readonly id: number } | undefined;
}

export class Reader {
  /** Samples left out because the plant has no such tag now. */
  unknown = 0;
  readonly #tags: TagIds;
  readonly #damages: Damages;
  readonly #recent: RecentChunks | undefined;
  readonly #maps = new WeakMap<Segment, Uint32Array | null>();

  constructor(tags: TagIds, damages: Damages, recent?: RecentChunks) {
    this.#tags = tags;
    this.#damages = damages;
    this.#recent = recent;
  }

  /**
   * Appends the segment's records of a range; returns the index of the last one looked at.
   * Throws SQLite's error where the file cannot be read on.
   */
  take(segment: Segment, { after, upTo, limit }: Range, stretches: Stretch[]): number {
    let last = after;
    let left = limit;
    const add = (chunk: Chunk, first: number): void => {
      const stretch = cut({ chunk, first, segment: segment.number }, { after: last, upTo, limit: left });
      if (stretch === undefined) return;
      stretches.push(stretch);
      left -= stretch.to - stretch.from;
      last = stretch.first + stretch.to - 1;
    };
    while (last < upTo && left > 0) {
      const kept = this.#recent?.at(segment.number, last + 1);
      if (kept === undefined) break;
      add(kept.chunk, kept.first);
    }
    if (last >= upTo || left <= 0) return last;
    const bad = ({ first, samples }: ChunkRow, reason = "its checksum is wrong"): void =>
      this.#damages.add({ segment: segment.number, chunk: first, samples, reason });
    for (const row of segment.chunks(last + 1, bad)) {
      if (row.first > upTo || left <= 0) break;
      if (row.first + row.records <= last + 1) continue;
      const chunk = this.#decode(segment, row);
      if (chunk === undefined) bad(row, "it cannot be unpacked");
      else add(chunk, row.first);
    }
    return last;
  }

  #decode(segment: Segment, row: ChunkRow): Chunk | undefined {
    try {
      const chunk = decodeChunk(row.data);
      const map = this.#map(segment);
      if (map !== null) this.unknown += translate(chunk, map);
      return chunk;
    } catch {
      return undefined;
    }
  }

  /** From the segment's ids to the plant's; null when they are the same. */
  #map(segment: Segment): Uint32Array | null {
    let map = this.#maps.get(segment);
    if (map === undefined) {
      const ids = Uint32Array.from(segment.paths(), (path) => this.#tags.tag(path)?.id ?? UNKNOWN);
      map = ids.every((id, i) => id === i) ? null : ids;
      this.#maps.set(segment, map);
    }
    return map;
  }
}

function cut({ chunk, first, segment }: Omit<Stretch, "from" | "to">, { after, upTo, limit }: Range): Stretch | undefined {
  const from = Math.max(0, after + 1 - first);
  const to = Math.min(chunk.records, upTo + 1 - first, from + limit);
  return from < to ? { chunk, segment, first, from, to } : undefined;
}

/** How many records there are in all. */
export function recordsIn(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Each as it was given to the recorder, the samples of frames as views. */
export function recordsOf({ chunk, segment, first, from, to }: Stretch): LogRecord[] {
  const records: LogRecord[] = [];
  for (let i = from; i < to; i++) records.push(recordOf(chunk, i, positionOf(segment, first + i)));
  return records;
}

/** The samples of its frames; frames beside each other that arrived at the same time become one. */
export function framesOf({ chunk, from, to }: Stretch): Frame[] {
  const frames: Frame[] = [];
  for (let i = from; i < to; ) {
    let end = i + 1;
    if (chunk.kind[i] === KIND.frame) {
      while (end < to && goesOn(chunk, end)) end++;
      const frame = frameOf(chunk, i, end);
      if (frame.count > 0) frames.push(frame);
    }
    i = end;
  }
  return frames;
}

/** Record `i` is a frame, and of the one before it only the edge's clock tells it apart. */
function goesOn({ kind, received, historical, start, size }: Chunk, i: number): boolean {
  return (
    kind[i] === KIND.frame &&
    received[i] === received[i - 1] &&
    historical[i] === historical[i - 1] &&
    start[i] === (start[i - 1] as number) + (size[i - 1] as number)
  );
}

function recordOf(chunk: Chunk, i: number, position: number): LogRecord {
  const receivedAt = chunk.received[i] as number;
  if (chunk.kind[i] === KIND.frame) return { position, kind: "frame", receivedAt, frame: frameOf(chunk, i, i + 1) };
  if (chunk.kind[i] === KIND.checkpoint) return checkpointRecord(chunk, i, position);
  const json = jsonOf(chunk, i);
  if (chunk.kind[i] === KIND.link) return { position, kind: "link", receivedAt, event: json as LinkEvent };
  if (chunk.kind[i] === KIND.action) return { position, kind: "action", receivedAt, action: json as RecordedAction };
  return { position, kind: "note", receivedAt, note: json as Record<string, unknown> };
}

function jsonOf(chunk: Chunk, i: number): unknown {
  const from = chunk.textStart[i] as number;
  return JSON.parse(chunk.text.toString("utf8", from, from + textSize(chunk, i)));
}

/** Unpacked when asked for: whoever feeds the historian only passes it by. */
function checkpointRecord(chunk: Chunk, i: number, position: number): CheckpointRecord {
  let made: Checkpoint | undefined;
  return {
    position,
    kind: "checkpoint",
    receivedAt: chunk.received[i] as number,
    get checkpoint() {
      made ??= { ...(jsonOf(chunk, i) as Omit<Checkpoint, "values">), values: valuesOf(chunk, i) };
      return made;
    },
  };
}

/** Of the records from `i` to before `end`, whose samples follow each other. */
function frameOf(chunk: Chunk, i: number, end: number): Frame {
  const from = chunk.start[i] as number;
  const count = (chunk.start[end - 1] as number) + (chunk.size[end - 1] as number) - from;
  return {
    receivedAt: chunk.received[i] as number,
    clockOffset: chunk.offset[i] as number,
    historical: chunk.historical[i] === 1,
    count,
    tag: chunk.tag.subarray(from, from + count),
    time: chunk.time.subarray(from, from + count),
    value: chunk.value.subarray(from, from + count),
    quality: chunk.quality.subarray(from, from + count),
  };
}

/** Both halves of a checkpoint's samples as columns again. */
function valuesOf(chunk: Chunk, i: number): Checkpoint["values"] {
  const first = chunk.start[i] as number;
  const second = first + (chunk.size[i] as number) / 2;
  const end = first + (chunk.size[i] as number);
  const time = chunk.time.subarray(first, second);
  return {
    tag: chunk.tag.subarray(first, second),
    time,
    value: chunk.value.subarray(first, second),
    quality: chunk.quality.subarray(first, second),
    received: chunk.time.subarray(second, end),
    effective: chunk.value.subarray(second, end).map((ahead, at) => (time[at] as number) + ahead),
  };
}

/** Puts the plant's ids in place and closes up over unknown tags, record by record; returns how many there were in frames. */
function translate(chunk: Chunk, map: Uint32Array): number {
  let unknown = 0;
  for (let r = 0; r < chunk.records; r++) {
    const { frame, checkpoint } = KIND;
    if (chunk.kind[r] !== frame && chunk.kind[r] !== checkpoint) continue;
    const from = chunk.start[r] as number;
    let to = from;
    for (let i = from; i < from + (chunk.size[r] as number); i++) {
      const tag = map[chunk.tag[i] as number] ?? UNKNOWN;
      if (tag === UNKNOWN) continue;
      chunk.tag[to] = tag;
      chunk.time[to] = chunk.time[i] as number;
      chunk.value[to] = chunk.value[i] as number;
      chunk.quality[to] = chunk.quality[i] as number;
      to++;
    }
    if (chunk.kind[r] === frame) unknown += (chunk.size[r] as number) - (to - from);
    chunk.size[r] = to - from;
  }
  return unknown;
}
