/** Everything the web side is given, in one place; it imports no other stage. */
import type { Clock, Link, Plant, StorageState, Verdict } from "@cellhouse/shared";
import type {
  CertificateService,
  Counters,
  ExportService,
  FaultOrder,
  HistoryService,
  ImportService,
  Ledger,
  Pipe,
  ReplayService,
  Tap,
} from "../contracts.ts";

/** What we ask of a logger; pino fits. */
interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WebDeps {
  /** Address to listen on. */
  host: string;
  /** 0: a free port. */
  port: number;
  /** PEM texts; with them cookies are Secure and HSTS is sent. */
  tls?: { cert: string; key: string };
  plant: Plant;
  ledger: Ledger;
  counters: Counters;
  /** What `/metrics` answers; the prom-client `Counters` has both. */
  metrics: { readonly contentType: string; render(): Promise<string> };
  /** The wall clock. */
  clock: Clock;
  live: Pipe;
  history: HistoryService;
  exports: ExportService;
  imports: ImportService;
  replays: ReplayService;
  /** What is kept on the disk; asked every ten seconds by each System page. */
  storage(): Promise<StorageState>;
  /** The simulator's fault door, relayed by the field. */
  faults(order: FaultOrder): Promise<Verdict>;
  /** Of the servers the drivers connect to; absent where no driver has certificates. */
  certificates?: CertificateService;
  /** Every driver's raw tap. */
  tap: Tap;
  /** Every link of the pipe; asked once a second. */
  links(): Link[];
  /** What `/readyz` answers. */
  ready(): { ok: boolean; detail: string };
  /** Folder of the built client; when it is not there, `/` says how to build it. */
  clientFolder: string;
  log: Log;
}

/** The running web side. */
export interface Web {
  /** Resolves when listening. Throws E_PORT_TAKEN or E_OPTION naming the address. */
  start(): Promise<{ port: number }>;
  stop(): Promise<void>;
}
