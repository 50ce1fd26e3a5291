/**
 * The composition root: configuration -> stages -> sinks first, sources last; stop in reverse.
 *
 *   ledger, recorder, historian ─▶ pipe ─▶ broker ─▶ web ─▶ drivers ─▶ "Cellhouse ready"
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { every, Fault, type Link, refuse, systemClock } from "@cellhouse/shared";
import { giveUp, whenOrphaned } from "@cellhouse/shared/program";
import { type Logger, pino } from "pino";
import { type Assembly, assemble, stamped } from "./assemble.ts";
import { keepCheckpoints } from "./checkpoints.ts";
import { type Config, readConfig } from "./config.ts";
import type { Driver, Historian, Ledger, PipeInput } from "./contracts.ts";
import { createCounters, type Metrics } from "./counters.ts";
import { openBroker, openDrivers } from "./field.ts";
import { createForwarder, createHistorian, createHistory, Exports, type Forwarder, Imports } from "./historian/index.ts";
import { patient } from "./historian/patient.ts";
import { type DriverKind, route, Taps } from "./ingest/index.ts";
import { createLedger, type JournalOutlet, journalOutlet, LEDGER_FILE } from "./ledger/index.ts";
import { createRecorder, type Log } from "./recorder/index.ts";
import { createReplays } from "./replay/index.ts";
import { replayPipe } from "./replays.ts";
import { noteRevision, revisionAt } from "./revisions.ts";
import { createStorage } from "./storage.ts";
import { watchSystem } from "./system.ts";
import { createWeb } from "./web/index.ts";

/** The pipe's clock stands still without data; this moves it. */
const IDLE_MS = 100;
/** Each is a whole pipe in memory. */
const MOST_REPLAYS = 8;
const LINK_MS = 10 * 60_000;
const PASSWORD_FILE = "first-passwords";

type Stop = () => Promise<void> | void;

async function run(config: Config, stops: Stop[]): Promise<string> {
  const { builtPlant: plant } = config;
  const log = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: true }));
  const counters = createCounters();
  const ledger = await openLedger(config, stops);
  if (noteRevision(plant, ledger, systemClock.now())) log.info({ plant: plant.description.name }, "a new revision of the plant");
  const record = await openRecord(config, { counters, log }, stops);
  const taps = new Taps(systemClock);
  const drivers: Partial<Record<DriverKind, Driver>> = {};
  const field = route(plant, drivers);
  const capabilities = { canCommand: true, canAcknowledge: true, canSeek: false, canInjectFaults: true };
  const live = assemble({
    id: "live",
    plant,
    start: systemClock.now(),
    capabilities,
    recorder: record.recorder,
    field,
    token: ledger.claim(),
  });
  stops.push(() => live.stop());
  const journal = keep(live, { ledger, log, counters }, stops);
  stops.push(keepCheckpoints(live, record.recorder));
  const input = journalled(stamped(live, systemClock.now), journal);
  const broker = await openBroker(config, counters, stops);
  const since = record.recorder.span()?.to;
  Object.assign(drivers, openDrivers({ config, broker, since }, { plant, clock: systemClock, counters, log, taps }));

  const replays = createReplays({
    recorder: record.recorder,
    build: replayPipe((time) => revisionAt(plant, ledger, time)),
    clock: systemClock,
    limit: MOST_REPLAYS,
  });
  stops.push(() => replays.stop());
  const exports = new Exports({
    folder: join(config.data, "exports"),
    source: record.historian,
    settle: (timeoutMs) => record.forwarder.settle(timeoutMs),
    timezone: plant.description.timezone,
    clock: systemClock,
  });
  const imports = new Imports({
    folder: join(config.data, "imports"),
    input,
    flush: () => record.recorder.flush(),
    settle: (timeoutMs) => record.forwarder.settle(timeoutMs),
    counters,
    clock: systemClock,
  });
  stops.push(
    () => exports.stop(),
    () => imports.stop(),
  );
  const links = (): Link[] => [
    ...Object.values(drivers).flatMap((d) => d.links()),
    ...record.recorder.links(),
    ...record.forwarder.links(),
  ];
  const history = createHistory(record);
  const web = await createWeb({
    host: config.host,
    port: config.httpPort,
    ...(config.tls && { tls: config.tls }),
    plant,
    ledger,
    counters,
    metrics: counters,
    clock: systemClock,
    live: live.pipe,
    history,
    exports,
    imports,
    replays,
    storage: createStorage({
      folder: config.data,
      clock: systemClock,
      engine: config.historian,
      history,
      recorder: record.recorder,
      links,
      retention: { days: config.retentionDays, bytes: config.retentionGb * 1e9 },
    }),
    faults: async (order) => (await field.fault?.(order)) ?? refuse("E_FAULT_KIND", "no driver offers faults"),
    ...(drivers.opcua?.certificates && { certificates: drivers.opcua.certificates }),
    tap: (filter, hear) => taps.add(filter, hear),
    links,
    ready: () => readiness(links()),
    clientFolder: join(import.meta.dirname, "../../client/dist"),
    log,
  });
  const { port } = await web.start();
  stops.push(() => web.stop());
  stops.push(every(systemClock, 1000, () => report(links(), counters)));
  stops.push(watchSystem({ plant, clock: systemClock, counters, links, input }));
  await startDrivers(Object.values(drivers), input, stops);
  stops.push(every(systemClock, IDLE_MS, () => live.advance(systemClock.now())));
  const token = ledger.createLink("operator", systemClock.now() + LINK_MS);
  const host = config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host;
  return `Cellhouse ready ${config.tls ? "https" : "http"}://${host}:${port}/?signin=${token}`;
}

/** Accounts at the first start: the given password, or random ones in a file only the owner reads. */
async function openLedger(config: Config, stops: Stop[]): Promise<Ledger> {
  const ledger = createLedger({ file: join(config.data, LEDGER_FILE), now: systemClock.now });
  stops.push(() => ledger.close());
  await ledger.bootstrap(config.bootstrapPassword, (made) => {
    const lines = made.map((account) => `${account.name} ${account.password}\n`).join("");
    writeFileSync(join(config.data, PASSWORD_FILE), lines, { mode: 0o600, flush: true });
  });
  return ledger;
}

interface Record_ {
  recorder: Log;
  historian: Historian;
  forwarder: Forwarder;
}

/** Recorder and historian. A database that is away is said once and waited for: samples stay in the recorder. */
async function openRecord(config: Config, { counters, log }: { counters: Metrics; log: Logger }, stops: Stop[]): Promise<Record_> {
  const { builtPlant: plant } = config;
  const clock = systemClock;
  const historian = patient(openHistorian(config, counters));
  try {
    await historian.start();
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "E_HISTORIAN") throw error;
    process.stderr.write(`${error.message}\n`);
  }
  stops.push(() => historian.stop());
  const recorder: Log = createRecorder({
    folder: join(config.data, "record"),
    plant,
    clock,
    counters,
    retentionDays: config.retentionDays,
    retentionBytes: config.retentionGb * 1e9,
    readers: { historian: () => forwarder.safePosition() },
  });
  const forwarder = createForwarder({ log: recorder, historian, clock, counters });
  stops.push(async () => {
    await recorder.flush();
    await forwarder.settle(3000);
    await forwarder.stop();
    await recorder.stop();
  });
  forwarder.start();
  log.info({ folder: config.data, engine: config.historian }, "recording");
  return { recorder, historian, forwarder };
}

function openHistorian(config: Config, counters: Metrics): Historian {
  const deps = { plant: config.builtPlant, clock: systemClock, counters };
  const keepDays = { raw: config.historyRawDays, "10s": config.history10sDays, "1m": config.history1mDays };
  if (config.historian === "influx") return createHistorian("influx", { url: config.influxUrl as string, keepDays }, deps);
  if (config.historian === "memory") return createHistorian("memory", {}, deps);
  const bounded = config.historyGb > 0 && { mostBytes: config.historyGb * 1e9 };
  return createHistorian("duckdb", { folder: config.data, keepDays, ...bounded }, deps);
}

/** Journal, audit and the alarm states that survive a restart. */
function keep(live: Assembly, { ledger, log, counters }: { ledger: Ledger; log: Logger; counters: Metrics }, stops: Stop[]): JournalOutlet {
  // Tried five times a second: said once for each cause, until it can write again.
  let said: string | undefined;
  const failed = (error: unknown): void => {
    if (said === String(error)) return;
    said = String(error);
    log.error({ err: error }, "the ledger cannot write; the lines wait");
  };
  live.alarms.restore(ledger.loadAlarms());
  const journal = journalOutlet(ledger, { clock: systemClock, failed });
  live.hub.listen(journal);
  const changed = new Set<string>();
  const save = (): void => {
    if (changed.size === 0) return;
    const ids = [...changed];
    changed.clear();
    try {
      ledger.saveAlarms(live.alarms.snapshot(ids));
      said = undefined;
    } catch (error) {
      for (const id of ids) changed.add(id);
      failed(error);
    }
  };
  live.hub.listen({
    ...nothing,
    alarms: (alarms) => {
      for (const alarm of alarms) changed.add(alarm.id);
    },
    command: ({ state, at, ended }) => {
      if (state === "verified" && ended !== undefined) counters.latency("command_to_verified", ended - at);
    },
  });
  stops.push(every(systemClock, 200, save), save, () => journal.flush());
  return journal;
}

const ignore = (): void => undefined;
const nothing = { frame: ignore, liveness: ignore, alarms: ignore, transition: ignore, command: ignore, discontinuity: ignore };

/** Links that come and go stand in the journal. */
function journalled(input: PipeInput, journal: JournalOutlet): PipeInput {
  return {
    frame: input.frame,
    link(event) {
      input.link(event);
      journal.link(systemClock.now(), event);
    },
  };
}

async function startDrivers(drivers: readonly Driver[], input: PipeInput, stops: Stop[]): Promise<void> {
  for (const driver of drivers) stops.push(() => driver.stop());
  await Promise.all(drivers.map((driver) => driver.start(input)));
}

/** Ready is what we answer for ourselves: recording, and connected to the broker. */
function readiness(links: readonly Link[]): { ok: boolean; detail: string } {
  const down = links.filter((l) => (l.kind === "recorder" && l.state !== "up") || (l.kind === "broker" && l.state === "down"));
  return { ok: down.length === 0, detail: down.map((l) => `${l.id}: ${l.detail}`).join("; ") };
}

function report(links: readonly Link[], counters: Metrics): void {
  for (const { id, state, backlog } of links) {
    counters.linkUp(id, state !== "down");
    if (backlog !== undefined) counters.backlog(id, backlog);
  }
}

/** Stops in reverse; a stage that hangs does not keep the others from stopping. */
async function stopAll(stops: Stop[]): Promise<void> {
  for (const stop of stops.splice(0).reverse()) {
    const patience = new Promise<void>((resolve) => void systemClock.at(systemClock.now() + 5000, resolve));
    const stopped = (async () => stop())().catch((error: unknown) => void process.stderr.write(`${String(error)}\n`));
    await Promise.race([stopped, patience]);
  }
}

async function main(): Promise<void> {
  // Whoever read our words may be gone; that is no reason to stop.
  process.stdout.on("error", () => undefined);
  const config = readConfig(process.argv.slice(2), process.env);
  if ("help" in config) return void process.stdout.write(`${config.help}\n`);
  const stops: Stop[] = [];
  const end = (): void => void stopAll(stops).then(() => process.exit(0));
  process.once("SIGTERM", end).once("SIGINT", end);
  if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(end);
  try {
    process.stdout.write(`${await run(config, stops)}\n`);
  } catch (error) {
    await stopAll(stops);
    giveUp(error);
  }
}

main().catch(giveUp);
