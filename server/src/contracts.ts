/**
 * The plug shapes of the server and their lifetimes, on one page (long because it is that one page). Stages import this file, `@cellhouse/shared` and the
 * model's read-only view, never each other; only `assemble.ts` and `main.ts` know them all.
 *
 *   Source ──PipeInput──▶ recorder ─▶ model ─▶ alarms ─▶ control ─▶ outlet ─▶ web
 *   Field  ◀──────────────────────────────── command door ◀───────────────── web
 */
import type {
  Alarm,
  AlarmTransition,
  Capabilities,
  Certificate,
  Clock,
  Command,
  FaultCode,
  Frame,
  JournalEvent,
  Link,
  Plant,
  Quality,
  QualityName,
  ReplayState,
  Role,
  Tag,
  TagId,
  TapMessage,
  Verdict,
  WriteOrder,
} from "@cellhouse/shared";

/** A change of a link, as the pipe sees it: recorded, replayed, and turned into quality by the model. */
export interface LinkEvent {
  /** Our clock, epoch ms; stamped like a frame's `receivedAt`. */
  receivedAt: number;
  /** `edge:L01`, `opcua:L02`. */
  link: string;
  /** `up` born or connected; `down` death certificate or lost session (Stale at once); `gap` sequence gap (Uncertain); `whole` the gap is closed by a rebirth. */
  event: "up" | "down" | "gap" | "whole";
  /** Cells (`C042`) and lines (`L03`) concerned. */
  owners: readonly string[];
  detail: string;
}

/** Where sources put what they hear. Calls are synchronous; frames are borrowed. */
export interface PipeInput {
  /** The callee sets `receivedAt`. The frame must not be touched during the call and may be reused after it. */
  frame(frame: Frame): void;
  /** The callee sets `receivedAt`. */
  link(event: Omit<LinkEvent, "receivedAt">): void;
}

/** A driver's hearing side. `start` resolves when it is listening or has begun to retry; it calls `input` until `stop` has resolved, never after. */
export interface Source {
  start(input: PipeInput): Promise<void>;
  stop(): Promise<void>;
  /** As the System page shows them; cheap, called each second. */
  links(): Link[];
}

/** One write as the door hands it to the field. */
export interface FieldWrite {
  tag: TagId;
  value: number;
  /** Goes with it to a PLC that understands orders; a heartbeat has none. */
  order?: WriteOrder;
}

/** A driver's speaking side. Resolves when the write has left us (not when it is verified: read-back does that). Never throws for a field fault. */
export interface Field {
  write(write: FieldWrite): Promise<Verdict>;
  /** A simulator's fault door, only where the edge offers it. `id` ends or lists one. */
  fault?(order: FaultOrder): Promise<Verdict>;
}

/**
 * A broker that runs in this process, as drivers use it: the same messages as over a socket, in the same order, without the socket.
 * Lives as long as the process; there is no connection to lose.
 */
export interface LocalBroker {
  /** Resolves when every message to one of the filters (which must not overlap) is heard, `retained` ones first; the payload is lent. The call ends it. */
  attach(filters: readonly string[], message: (topic: string, payload: Uint8Array, retained: boolean) => void): Promise<() => void>;
  /** True when the broker has taken it. */
  publish(message: { topic: string; payload: Uint8Array; qos: 0 | 1; retain: boolean }): Promise<boolean>;
}

export interface FaultOrder {
  id: string;
  op: "start" | "stop";
  kind: string;
  cell: string;
  /** Seconds until it begins and how long it lasts (0: until stopped). */
  after: number;
  seconds: number;
  args: Record<string, number>;
}

/** The certificates of the far sides, where a protocol has them. A refused thumbprint is E_NOT_FOUND. */
export interface CertificateService {
  list(): Certificate[];
  /** The link that waits for it connects by itself. */
  trust(thumbprint: string): Verdict;
  /** The link that uses it is broken and stays down. */
  reject(thumbprint: string): Verdict;
}

/** Listens to what is heard raw, at most twenty messages a second; the returned call ends it. */
export type Tap = (filter: string, hear: (message: TapMessage) => void) => () => void;

/** The whole driver: one folder in `ingest/`, one line in its registry. */
export interface Driver extends Source, Field {
  certificates?: CertificateService;
}

/** Liveness of a cell or line, decided by heartbeat and links; a tag's effective quality is never better than it. */
export interface LivenessChange {
  owner: string;
  quality: Quality;
  time: number;
  reason: "live" | "heartbeat" | "link" | "gap";
}

/** The live model as the stages may see it. All by `TagId`; `NaN` before the first sample. */
export interface ModelView {
  value(tag: TagId): number;
  /** Source time. */
  time(tag: TagId): number;
  received(tag: TagId): number;
  /** Worse of the sample's quality and its owner's liveness; Stale before the first sample. */
  quality(tag: TagId): Quality;
  liveness(owner: string): Quality;
}

/** What the alarm engine shows and takes. Acknowledging is idempotent and counts only for the occurrence named. */
export interface AlarmService {
  /** All alarms not in NORM, or inhibited. */
  list(): Alarm[];
  get(id: string): Alarm | undefined;
  acknowledge(id: string, occurrence: string, actor: string, comment?: string): Verdict;
  shelve(id: string, minutes: number, reason: string, actor: string): Verdict;
  unshelve(id: string, actor: string): Verdict;
  reset(id: string, actor: string): Verdict;
}

/** Where a pipe's results go: the stream to the browsers, the journal. Frames are borrowed. */
export interface Outlet {
  frame(frame: Frame): void;
  liveness(changes: readonly LivenessChange[]): void;
  alarms(changed: readonly Alarm[]): void;
  transition(transition: AlarmTransition): void;
  command(command: Command): void;
  discontinuity(time: number): void;
}

export interface Actor {
  name: string;
  role: Role;
  areas: readonly string[];
}

export interface CommandRequest {
  /** Full path. */
  tag: string;
  value: number;
  reason?: string;
  /** What the person saw when deciding; refused with E_NOT_FRESH when it no longer holds. */
  seen?: { value: number; time: number };
}

export type CommandReply = { ok: true; command: Command } | { ok: false; code: Extract<Verdict, { ok: false }>["code"]; detail: string };

/** The one door back to the plant. Every accepted command ends verified, rejected, timed-out or superseded. */
export interface CommandDoor {
  submit(request: CommandRequest, actor: Actor): CommandReply;
  get(id: string): Command | undefined;
  list(filter: { tag?: string; from?: number; to?: number; limit?: number }): Command[];
}

/** One pipe as the web side sees it: the live one, or a replay's. */
export interface Pipe {
  readonly id: string;
  /** The plant it judges with; a replay's may be an older revision. */
  readonly plant?: Plant;
  readonly clock: Clock;
  readonly model: ModelView;
  readonly alarms: AlarmService;
  /** Absent where there is no door to the field. */
  readonly door?: CommandDoor;
  readonly capabilities: Capabilities;
  /** Adds a listener; the returned call takes it away. */
  listen(outlet: Outlet): () => void;
}

/** A replay session: its own pipe, its own clock, no door. */
export interface Replay extends Pipe {
  state(): ReplayState;
  control(order: { playing?: boolean; speed?: number; at?: number }): Promise<void>;
  /** Called whenever `state()` changed other than by the passing of time, and once a second while playing. */
  onState(listener: (state: ReplayState) => void): () => void;
  stop(): Promise<void>;
}

export interface ReplayService {
  /** Throws `E_REPLAY_RANGE` where nothing is recorded. */
  create(order: { from: number; to: number; speed?: number }): Promise<Replay>;
  get(id: string): Replay | undefined;
  remove(id: string): Promise<void>;
}

// ── the record ──────────────────────────────────────────────────────────────────────────────────────────────

/** One entry of the log. `tag` ids are those of the plant now running (matched by path when read back). */
export type LogRecord =
  | { position: number; kind: "frame"; receivedAt: number; frame: Frame }
  | { position: number; kind: "link"; receivedAt: number; event: LinkEvent }
  | { position: number; kind: "action"; receivedAt: number; action: RecordedAction }
  | { position: number; kind: "note"; receivedAt: number; note: Record<string, unknown> }
  | CheckpointRecord;

/** The pipe's memory as it stood when every record before this one had been applied. */
export interface CheckpointRecord {
  position: number;
  kind: "checkpoint";
  receivedAt: number;
  checkpoint: Checkpoint;
}

/** All that a pipe remembers, so that a replay can go on from there as if it had seen all that came before. */
export interface Checkpoint {
  /** The first word of a run of the server: whatever stood before it is forgotten, as the server itself had. */
  start: boolean;
  values: TagStates;
  liveness: readonly OwnerState[];
  alarms: AlarmMemory;
}

/** Columns of the tags that have a value, in order of tag. `effective` is NaN where only historical samples came. */
export interface TagStates {
  tag: Uint32Array;
  time: Float64Array;
  value: Float64Array;
  quality: Uint8Array;
  received: Float64Array;
  effective: Float64Array;
}

/** What liveness is judged by; `beat` null before the first heartbeat. */
export interface OwnerState {
  owner: string;
  beat: number | null;
  heard: boolean;
  beatAt: number;
  down: boolean;
  gap: boolean;
  quality: Quality;
}

/** Rows as the ledger keeps them, owners whose alarms are frozen, and the delays that run (`due` on the pipe's clock, `ends` on effective time). */
export interface AlarmMemory {
  rows: readonly { id: string; state: string }[];
  frozen: readonly string[];
  delays: readonly { alarm: string; ends: number; due: number; seen: number | null }[];
}

/** What people and controllers did, so that a replay sees the same. */
export type RecordedAction =
  | { type: "ack"; alarm: string; occurrence: string; actor: string; comment?: string }
  | { type: "shelve"; alarm: string; minutes: number; reason: string; actor: string }
  | { type: "unshelve" | "reset"; alarm: string; actor: string }
  | { type: "command"; command: Command };

/** The truth: an append-only, crash-safe log in time segments. */
export interface Recorder {
  /** Copies the frame; durable within 200 ms (group commit). Never throws for a full disk: it counts, reports by `links()`. */
  frame(frame: Frame): void;
  link(event: LinkEvent): void;
  action(receivedAt: number, action: RecordedAction): void;
  note(receivedAt: number, note: Record<string, unknown>): void;
  /** Resolves when all that was appended is durable. */
  flush(): Promise<void>;
  /** Durable records after `position` (0: the beginning), in order; `next` is where to go on. Gives fewer than `limit` rows only at the end. */
  read(position: number, limit: number): Promise<{ records: LogRecord[]; next: number }>;
  /** The position just before the first record received at or after `time`. */
  seek(time: number): Promise<number>;
  span(): { from: number; to: number } | undefined;
  links(): Link[];
  stop(): Promise<void>;
}

/** The record as the historian's forwarder reads it. */
export interface RecordedSamples {
  /**
   * As `read`, only the samples: frames that follow each other and arrived at the same time come as one, with the clock
   * offset of the first. `limit` counts records, and so does `records`.
   */
  frames(position: number, limit: number): Promise<{ frames: Frame[]; records: number; next: number }>;
  /** Samples recorded after `position`. */
  waiting(position: number): number;
}

/** The record's checkpoints, beside what every reader of it needs. */
export interface Checkpoints {
  /** Appends one; left out, and counted, where there is no room. Never throws for a full disk. */
  checkpoint(receivedAt: number, checkpoint: Checkpoint): void;
  /** The newest readable one received at or before `time` and not before `oldest`; undefined where there is none. */
  checkpointAt(time: number, oldest: number): Promise<CheckpointRecord | undefined>;
}

// ── the historian ───────────────────────────────────────────────────────────────────────────────────────────

/** A question with a `signal` may be taken back: it then rejects with the signal's reason, at once where it waits, else as soon as the engine can. */
export interface RawQuery {
  tag: TagId;
  /** Inclusive, epoch ms. */
  from: number;
  /** Exclusive. */
  to: number;
  limit: number;
  signal?: AbortSignal | undefined;
}

/** Raw samples of one tag in order of source time. `NaN` where a sample has no number. */
export interface RawColumns {
  time: Float64Array;
  value: Float64Array;
  quality: Uint8Array;
  /** When it reached us; NaN where the engine does not keep it. */
  received: Float64Array;
}

export interface BucketQuery {
  tag: TagId;
  from: number;
  to: number;
  /** Number of equal buckets. */
  count: number;
  signal?: AbortSignal | undefined;
}

/** The widths of the rows kept beside raw. */
export type Rollup = "10s" | "1m" | "1h";
export type Resolution = "raw" | Rollup;

export interface RollupQuery {
  tag: TagId;
  rollup: Rollup;
  /** Start of the first row wanted; a whole multiple of the rollup's width. */
  from: number;
  /** Start of the first row no longer wanted; a whole multiple of it too. */
  to: number;
  /** The asker will put rows together into buckets of this width, ms, a whole multiple of the rollup's. An engine may do that itself, with edges on whole multiples of `width` (the first row begins at `from` all the same), and says in the answer how wide its rows are. */
  width?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** One row per non-empty bucket; the envelope (min, max) is exact to raw. Only samples with a number that is not Bad count; quality is the worst of all. */
export interface BucketColumns {
  /** What the rows were made of. */
  source: Resolution;
  /** Milliseconds each row covers from its start; the first and the last of an answer may be cut short by the question. */
  width: number;
  /** Bucket starts. */
  time: Float64Array;
  min: Float64Array;
  max: Float64Array;
  mean: Float64Array;
  first: Float64Array;
  last: Float64Array;
  count: Float64Array;
  quality: Uint8Array;
}

/** What one resolution takes and spans. */
export interface ResolutionStats {
  resolution: Resolution;
  rows: number;
  bytes: number;
  /** Epoch ms; undefined while there is nothing, or where the engine keeps that to itself. */
  oldest: number | undefined;
  newest: number | undefined;
}

export interface HistorianStats {
  engine: string;
  resolutions: ResolutionStats[];
}

/** An engine. Latest arrival wins on (tag, source time), so writing again what is already there changes nothing. */
export interface Historian {
  /** Resolves when ready to answer. Throws a `Fault` (E_HISTORIAN, E_DATA_FOLDER) that names the cause when it cannot. */
  start(): Promise<void>;
  /** Questions see the samples when it resolves; a crash leaves them once `position` has passed them. Rejects with E_HISTORIAN when it could not (nothing is lost: the forwarder asks again). */
  write(frames: readonly Frame[]): Promise<void>;
  raw(query: RawQuery): Promise<RawColumns>;
  /** Rows as raw would give them now, whatever came late. */
  rollup(query: RollupQuery): Promise<BucketColumns>;
  /** The last sample at or before `time`. */
  at(tag: TagId, time: number): Promise<{ time: number; value: number; quality: Quality } | undefined>;
  /** Since when each resolution is whole, epoch ms: what is older may have been given up. -Infinity where nothing was. */
  reach(): Promise<Record<Resolution, number>>;
  /** Everything written before this position of the log would outlive a crash now; 0 for none. */
  position(): Promise<number>;
  /** Tells how far the log has been written. The engine stores it with the samples it covers, at once or when it next closes a part. */
  setPosition(position: number): Promise<void>;
  stats(): Promise<HistorianStats>;
  /** Keeps everything written, and the position. */
  stop(): Promise<void>;
}

/** A condition on a value whose time is measured: above or below a number (exclusive), or exactly it. */
export type Band = "above" | "below" | "is";

export interface AggregateQuery {
  /** Each with the heartbeat that proves its owner was heard. */
  tags: readonly { tag: TagId; beat: TagId }[];
  from: number;
  to: number;
  bands: Readonly<Partial<Record<Band, number>>>;
  signal?: AbortSignal | undefined;
}

/**
 * One tag over a span in which a value holds until the next sample; defined in `shared/docs/history.md`. A value is believed
 * where it is a number, not Bad and not in a gap. `NaN` where nothing was believed.
 */
export interface Aggregates {
  /** Over the time the value was believed. */
  mean: number;
  min: number;
  max: number;
  /** Value times hours. */
  integral: number;
  /** Shares of the span, 0 to 1; together 1. What has no quality is gap: nothing heard for ten seconds, or no sample yet. */
  shares: { good: number; uncertain: number; stale: number; bad: number; gap: number };
  /** Share of the span in which the value was believed. */
  coverage: number;
  bands: Partial<Record<Band, { ms: number; excursions: number }>>;
  samples: number;
  /** Samples whose value differs from the one believed before it. */
  changes: number;
  first: { time: number; value: number; quality: Quality } | undefined;
  last: { time: number; value: number; quality: Quality } | undefined;
}

/** What the web side may ask of history, engine and backlog together. */
export interface HistoryService {
  raw(query: RawQuery): Promise<RawColumns>;
  /**
   * At most `count` buckets from the coarsest rows that serve: `count` equal ones from raw samples, or from rollups with
   * edges at whole multiples of `width`, the first and last completed from raw. Exact to raw either way.
   */
  buckets(query: BucketQuery): Promise<BucketColumns>;
  /** In the order of the tags; made of raw samples, read in pages. */
  aggregates(query: AggregateQuery): Promise<Aggregates[]>;
  at(tag: TagId, time: number): Promise<{ time: number; value: number; quality: Quality } | undefined>;
  reach(): Promise<Record<Resolution, number>>;
  stats(): Promise<HistorianStats>;
  /** Resolves when everything recorded before the call is in the engine (bounded wait). */
  settle(timeoutMs: number): Promise<boolean>;
  links(): Link[];
}

// ── files out of history and into it ────────────────────────────────────────────────────────────────────────

export interface ExportOrder {
  tags: readonly Tag[];
  from: number;
  to: number;
  /** `csv`: one row per time, value and quality of each tag side by side. The others: one row per sample. */
  format: "csv" | "json" | "parquet";
  /** Rows of a rollup are those that begin in the span. */
  resolution: Resolution;
  /** Whether each raw sample says when it reached us (not in `csv`). A file without comes out the same after it was imported elsewhere. */
  received: boolean;
  /** Who ordered it. */
  by: string;
}

export interface ExportJob extends ExportOrder {
  readonly id: string;
  /** Epoch ms. */
  readonly created: number;
  state: "waiting" | "running" | "done" | "failed";
  rows: number;
  /** Share of the work that is done, 0 to 1. */
  progress: number;
  /** Of the finished file; lower-case hex. */
  sha256?: string;
  bytes?: number;
  fault?: { code: FaultCode; detail: string };
}

/** Makes files in the data folder; a file goes when it is removed, after a day, and when the server starts. */
export interface ExportService {
  /** Throws E_RATE when too many wait or are kept. */
  create(order: ExportOrder): ExportJob;
  get(id: string): ExportJob | undefined;
  list(by: string): ExportJob[];
  /** Resolves when the job is at its end, of whatever kind. */
  finished(id: string): Promise<void>;
  /** Where a finished file stands. */
  file(id: string): string;
  /** Ends a job where it stands, and takes its file away. */
  remove(id: string): Promise<void>;
}

/** How a foreign file says what ours says. Absent columns and words are faults of the file, not of the mapping. */
export interface ImportMap {
  /** `format`: `iso`, `epoch-ms`, `epoch-s`, or a pattern of yyyy MM dd HH mm ss SSS; `zone` (IANA, else UTC) where the text has no offset. */
  time: { column: string; format: string; zone?: string | undefined };
  /** One sample a row, in these columns; absent: one row per time, a column for each of `tags`. */
  long?: { tag: string; value: string; quality?: string | undefined } | undefined;
  /** By column, or by the name in the tag column, where a path needs no entry. Value = number in the file x scale + offset. */
  tags: Readonly<Record<string, { tag: string; scale?: number | undefined; offset?: number | undefined; quality?: string | undefined }>>;
  /** What the file's words for quality mean; beside our own names and 0 to 3. Nothing said is good. */
  words?: Readonly<Record<string, QualityName>> | undefined;
  delimiter?: "," | ";" | "\t" | "|" | undefined;
  decimal?: "." | "," | undefined;
}

export interface ImportOrder {
  format: "csv" | "parquet";
  /** Absent: a file that an export made. */
  mapping?: ImportMap | undefined;
  /** What may be written by whoever ordered it. */
  tags: readonly Tag[];
  by: string;
}

/** `open` takes bytes, `checked` knows every row, `done` is recorded. */
export interface ImportJob extends ImportOrder {
  readonly id: string;
  readonly created: number;
  state: "open" | "checking" | "checked" | "entering" | "done" | "failed";
  /** Of the file so far. */
  bytes: number;
  rows: number;
  samples: number;
  /** Of the samples, those recorded. */
  entered: number;
  /** Source times of the samples, inclusive. */
  from?: number;
  to?: number;
  /** Paths of the first tags the samples are of. */
  paths: readonly string[];
  /** Rows, or cells of a row, that are no samples, by reason. */
  rejected: Readonly<Record<string, number>>;
  /** The first of them; `row` counts the head as 1. */
  rejects: readonly { row: number; column: string; reason: string; text: string }[];
  fault?: { code: FaultCode; detail: string };
}

/** Takes samples out of files. Nothing enters before a whole file was checked and its owner has said so. */
export interface ImportService {
  /** Throws E_QUERY for a mapping that cannot be meant, E_RATE when too many are kept. */
  create(order: ImportOrder): ImportJob;
  get(id: string): ImportJob | undefined;
  list(by: string): ImportJob[];
  /** Adds to an open file; `at` is how much of it is there already. Throws E_QUERY, E_TOO_LARGE, E_DISK_FULL; what had come stays. */
  append(id: string, at: number, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Reads the file and reports, in a program of its own. Throws E_QUERY where there is no file. */
  check(id: string): void;
  /** The accepted samples enter the pipe as historical ones. Throws E_QUERY where nothing was checked. */
  commit(id: string): void;
  /** Resolves when what is under way has ended. */
  finished(id: string): Promise<void>;
  remove(id: string): Promise<void>;
}

// ── the ledger ──────────────────────────────────────────────────────────────────────────────────────────────

export interface User {
  name: string;
  role: Role;
  /** Path prefixes; `[""]` is everywhere. */
  areas: readonly string[];
}

/** What must be transactional, behind a contract so that PostgreSQL can take its place. */
export interface Ledger {
  /** First start: makes viewer, operator, engineer, qa, admin with `password` (or one random password each, told before they count). */
  bootstrap(password: string | undefined, tell?: (made: { name: string; password: string }[]) => void): Promise<void>;
  verify(name: string, password: string): Promise<User | undefined>;
  user(name: string): User | undefined;
  /** Returns the token; only its hash is kept. */
  openSession(name: string, expires: number): string;
  session(token: string, now: number): { user: User; expires: number } | undefined;
  closeSession(token: string): void;
  /** A one-time sign-in token; `redeem` takes it exactly once. */
  createLink(name: string, expires: number): string;
  redeem(token: string, now: number): User | undefined;
  /** Append-only. */
  journal(event: Omit<JournalEvent, "seq">): number;
  /** In the order of `seq`, or with `order: "desc"` the newest first; `after` and `before` are exclusive. */
  events(filter: {
    from?: number;
    to?: number;
    kind?: string;
    cell?: string;
    after?: number;
    before?: number;
    order?: "asc" | "desc";
    limit: number;
  }): JournalEvent[];
  /** Throws E_DISK_FULL where nothing can be written. Asked before whatever must not happen without its line in the audit. */
  room(): void;
  /** Hash-chained. */
  audit(entry: {
    time: number;
    actor: string;
    action: string;
    target: string;
    before?: unknown;
    after?: unknown;
    reason?: string;
    outcome: string;
  }): void;
  /** Everything that `work` writes lands in one transaction (one sync to disk), or none of it does. */
  batch(work: () => void): void;
  /** A fencing token higher than any this hall has seen, for the run that begins: whoever comes later has a higher one. */
  claim(): number;
  saveAlarms(rows: readonly { id: string; state: string }[]): void;
  loadAlarms(): { id: string; state: string }[];
  close(): void;
}

// ── self-monitoring ─────────────────────────────────────────────────────────────────────────────────────────

/** Counters of `/metrics`; `inc` is cheap enough for once per frame, not once per sample. */
export interface Counters {
  received(link: string, n: number): void;
  recorded(n: number): void;
  stored(n: number): void;
  rejected(reason: string, n?: number): void;
  dropped(reason: string, n?: number): void;
  rebirth(edge: string): void;
  linkUp(link: string, up: boolean): void;
  /** Milliseconds from one stage to another: `source_to_pipe`, `pipe`, `source_to_socket`, `command_to_verified`. */
  latency(stage: string, ms: number): void;
}
