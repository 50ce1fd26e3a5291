import type { Alarm } from "./alarms.ts";
import type { Command } from "./commands.ts";
import type { FaultCode } from "./faults.ts";
import type { PlantDescription } from "./plant.ts";

/** Raised with every change of the socket's messages; client and server refuse to mix. */
export const PROTOCOL_VERSION = 1;

export const ROLES = ["viewer", "operator", "engineer", "qa", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** What a screen may ask for; it never asks "is this a replay". */
export interface Capabilities {
  canCommand: boolean;
  canAcknowledge: boolean;
  canSeek: boolean;
  canInjectFaults: boolean;
}

/** One link of the pipe as the System page and the banner show it. */
export interface Link {
  /** `edge:L01`, `broker`, `opcua:L02`, `historian`, `recorder`, `simulator`. */
  id: string;
  kind: "edge" | "broker" | "opcua" | "historian" | "recorder";
  state: "up" | "down" | "degraded";
  since: number;
  /** In words, when not up: what is wrong and what is being done. */
  detail: string;
  /** Values per second over the last 10 s, where it carries values. */
  rate?: number;
  received?: number;
  gaps?: number;
  rebirths?: number;
  /** Estimated offset of the edge's clock to ours, ms. */
  clockOffset?: number;
  lastBirth?: number;
  /** The last gap in its sequence: from the last message before it until the birth that closed it (absent while it stands). */
  lastGap?: { from: number; to?: number };
  /** Samples waiting (historian). */
  backlog?: number;
  /** Samples each who reads the record on has yet to keep, by its name (recorder). */
  readers?: Record<string, number>;
}

/** A certificate of the PKI folder, as `GET /api/v1/certificates` lists them. */
export interface Certificate {
  /** SHA-1, upper-case hex. */
  thumbprint: string;
  subject: string;
  issuer: string;
  /** Validity, epoch ms. */
  from: number;
  to: number;
  /** `own` is what we show to others. */
  state: "own" | "trusted" | "rejected";
  /** Links whose server showed it last: `opcua:L02`. */
  links: string[];
}

/** What is kept on the disk, as `GET /api/v1/storage` tells it. Sizes in bytes, times in epoch ms; what is not known is absent. */
export interface StorageState {
  time: number;
  engine: string;
  /** Of the history; empty while the engine does not answer, `away` then says why. */
  resolutions: { resolution: "raw" | "10s" | "1m" | "1h"; rows: number; bytes: number; oldest?: number; newest?: number }[];
  away?: string;
  /** `rate` in values per second; `days` and `most` bytes are its retention. */
  recorder: { bytes: number; oldest?: number; newest?: number; rate: number; days: number; most: number };
  /** Who carries the record on, how far each is behind, and how many samples it has yet to keep: those a crash now leaves to the record. */
  readers: { name: string; samples: number; seconds: number; toKeep: number }[];
  ledger: number;
  /** Files of exports and imports; gone within a day. */
  exchange: number;
  /** Of the data folder; `perDay` is what it grows by at the present rate. */
  disk: { free: number; size: number; perDay?: number; daysLeft?: number };
  /** The last whole backup. */
  backup?: { time: number; files: number; bytes: number };
  /** The last integrity check. */
  check?: { time: number; files: number; findings: Finding[] };
}

/** What an integrity check found wrong: where, why, and what to do. */
export interface Finding {
  file: string;
  reason: string;
  remedy: string;
}

export interface ReplayState {
  id: string;
  from: number;
  to: number;
  /** Where the replay's clock stands. */
  at: number;
  speed: number;
  playing: boolean;
}

export interface Session {
  name: string;
  role: Role;
  areas: string[];
  expires: number;
}

export interface Hello {
  protocol: typeof PROTOCOL_VERSION;
  /** The server's clock when this was sent. */
  now: number;
  session: Session;
  capabilities: Capabilities;
  plant: PlantDescription;
  replay: ReplayState | null;
}

/** `replay` moves the whole socket session to that replay's pipe; `null` brings it back to live. */
export interface SubscribeRequest {
  tags?: string[];
  cells?: string[];
  hall?: boolean;
  replay?: string | null;
}

export type SubscribeReply = { ok: true; unknown: string[] } | { ok: false; code: FaultCode; detail: string };

export type AlarmsMessage = { snapshot: Alarm[] } | { changes: Alarm[] };

/** What is listened to raw: topics by an MQTT filter, OPC UA nodes as `opcua/<line>/<cell>/<tag>`. */
export interface TapRequest {
  filter: string;
}

/** One message as a driver heard it. */
export interface TapMessage {
  /** Our clock, epoch ms. */
  time: number;
  topic: string;
  /** Decoded where the driver knows how, cut at 10,000 characters. */
  text: string;
  /** Messages left out since the one before: at most twenty a second are told. */
  skipped: number;
}

export interface ServerToClient {
  hello(hello: Hello): void;
  /** The whole index of this socket, resent when it grows: position = the index used in `values`. */
  tags(message: { index: string[] }): void;
  values(buffer: ArrayBuffer): void;
  alarms(message: AlarmsMessage): void;
  command(command: Command): void;
  links(links: Link[]): void;
  replay(state: ReplayState): void;
  tap(message: TapMessage): void;
  /** Time jumped (seek, change of pipe): forget what is drawn, and only then. */
  discontinuity(message: { time: number }): void;
}

export interface ClientToServer {
  subscribe(request: SubscribeRequest, ack: (reply: SubscribeReply) => void): void;
  unsubscribe(request: SubscribeRequest, ack: (reply: SubscribeReply) => void): void;
  /** Listens raw, in place of what was listened to before; `null` ends it. */
  tap(request: TapRequest | null, ack: (reply: SubscribeReply) => void): void;
}

/** What the hall screen needs of every cell (`subscribe({hall: true})`), beside all line tags. */
export const HALL_TAGS = [
  "TY-100",
  "EI-201",
  "II-202",
  "AY-301",
  "XI-208",
  "XI-209",
  "FI-303",
  "FIC-303.SP",
  "FIC-303.SPW",
  "JI-204",
  "YS-901",
  "HS-910",
  "WI-302",
] as const;

/** As long without a word from a tag or from its PLC's heartbeat is a gap, ms: after it a silent cell counts as lost. */
export const GAP_MS = 10_000;

/** History as HTTP gives it. */
export interface HistorySeries {
  tag: string;
  unit: string;
  source: "raw" | "10s" | "1m" | "1h";
  /** Of a bucket, ms; absent for samples. */
  width?: number;
  t: number[];
  min?: (number | null)[];
  max?: (number | null)[];
  mean?: (number | null)[];
  first?: (number | null)[];
  last?: (number | null)[];
  count?: number[];
  v?: (number | null)[];
  received?: number[];
  q: ("good" | "uncertain" | "stale" | "bad")[];
  gaps: [number, number][];
}

export interface History {
  from: number;
  to: number;
  series: HistorySeries[];
  next?: string;
}

/** One line of the journal as HTTP gives it; further fields depend on the kind. */
export interface JournalEvent {
  seq: number;
  time: number;
  kind: "alarm" | "command" | "link" | "session" | "fault" | "config" | "system";
  [field: string]: unknown;
}
