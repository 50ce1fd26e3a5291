/** One OPC UA server and the lines it has for one user: connection, intake, what was missed, how it stands. */
import { readFileSync } from "node:fs";
import { type Cancel, type Cell, every, type Line, type Link, OK, refuse, type Tag, type Verdict } from "@cellhouse/shared";
import { z } from "zod";
import type { FaultOrder, FieldWrite, PipeInput } from "../../contracts.ts";
import { type DriverDeps, Once } from "../driver.ts";
import { createJudge } from "../judge.ts";
import { Runner } from "../runner.ts";
import { Backfill, type HistoryRange } from "./backfill.ts";
import type { Debts } from "./debts.ts";
import type { Samples } from "./decode.ts";
import { Intake } from "./intake.ts";
import type { OpcuaSession } from "./session/session.ts";
import type { Settings } from "./settings.ts";
import { sampleText } from "./values.ts";

export interface ServerLinkOptions {
  /** Of one server and one user. */
  lines: readonly Line[];
  settings: Settings;
  deps: DriverDeps;
  debts: Debts;
}

/** Around the outage of a PLC so much more is asked for, ms: we learn of it only with the next publication. */
const OVERLAP = 5_000;
/** Without a record so much is asked for at the first connection, ms: as much as our Sparkplug edges send again. */
const FIRST_BACKFILL = 60_000;
const HEARTBEAT = "YC-905";
/** Of what is missing so many are named. */
const NAMED = 5;

export class ServerLink {
  readonly url: string;
  readonly lines: readonly Line[];
  readonly #user: string;
  readonly #settings: Settings;
  readonly #deps: DriverDeps;
  readonly #once: Once;
  readonly #intake: Intake;
  readonly #backfill: Backfill;
  readonly #debts: Debts;
  /** Two users of one server owe apart. */
  readonly #creditor: string;
  readonly #counted = new Map<string, number>();
  #session: OpcuaSession | undefined;
  #runner: Runner | undefined;
  #input: PipeInput | undefined;
  #gaps = 0;
  #overflowed = false;
  #stopTicks: Cancel = () => undefined;
  /** Of the certificate the server showed last; undefined before the first. */
  thumbprint: string | undefined;

  constructor({ lines, settings, deps, debts }: ServerLinkOptions) {
    const { plant, counters, clock } = deps;
    const map = lines[0]?.description.opcua;
    this.url = map?.url ?? settings.url;
    this.lines = lines;
    this.#settings = settings;
    this.#debts = debts;
    this.#creditor = `${this.url} ${lines[0]?.id ?? ""}`;
    this.#user = map?.user ?? settings.user;
    this.#deps = deps;
    this.#once = new Once(clock);
    this.#intake = new Intake({
      plant,
      lines,
      counters,
      input: { frame: (frame) => this.#input?.frame(frame), link: (event) => this.#input?.link(event) },
      judge: createJudge(plant, counters),
      returned: (owner, since) => this.#returned(owner, since),
      overflowed: (tag, since) => this.#overflow(tag, since),
    });
    this.#backfill = new Backfill({
      clock,
      piece: () => this.#session?.piece ?? 1,
      history: async (tags, range, samples) => (await this.#session?.history(tags, range, samples)) ?? true,
      past: (tag, samples, after) => this.#intake.past(tag.id, samples, { after, now: clock.now() }),
      paid: () => this.#debts.paid(this.#creditor),
      lost: (times) => counters.dropped("opcua_server_queue", times),
      offset: (tag) => this.#intake.offsetOf(tag.id),
      failed: (range, reason) => this.#noHistory(range, reason),
    });
  }

  async start(input: PipeInput): Promise<void> {
    this.#input = input;
    const { clock, counters, log } = this.#deps;
    // node-opcua costs a second and 100 MB: only a plant that has such lines loads it.
    const { OpcuaSession } = await import("./session/session.ts");
    const session = new OpcuaSession({
      ...this.#settings,
      url: this.url,
      user: this.#user,
      password: () => this.#password(),
      clock,
      counters,
      lines: this.lines,
      samples: (samples) => {
        this.#tap(samples);
        this.#intake.take(samples, clock.now());
      },
      met: (thumbprint) => {
        this.thumbprint = thumbprint;
      },
      missing: (tags) => this.#missing(tags),
    });
    this.#session = session;
    const connection = { open: (lost: (reason: string) => void) => this.#open(session, lost), close: () => session.close() };
    this.#runner = new Runner({ name: `opcua ${this.url}`, connection, clock, log, onDown: (reason) => this.#links("down", reason) });
    this.#stopTicks = every(clock, 1000, () => this.#tick());
    await this.#runner.start();
  }

  async stop(): Promise<void> {
    this.#stopTicks();
    this.#input = undefined;
    this.#backfill.stop();
    await this.#runner?.stop();
  }

  /** Shown raw under `opcua/<line>/<cell>/<tag>`. */
  #tap(samples: Samples): void {
    const { taps, plant } = this.#deps;
    if (taps === undefined || taps.idle) return;
    for (let i = 0; i < samples.count; i++) {
      const tag = plant.tags[samples.handle[i] as number];
      if (tag === undefined) continue;
      const home = tag.owner === tag.line ? tag.line : `${tag.line}/${tag.owner}`;
      taps.offer(`opcua/${home}/${tag.definition.name}`, () => sampleText(samples, i));
    }
  }

  /** Breaks the connection, which then has to be admitted anew. */
  drop(reason: string): void {
    this.#session?.drop(reason);
  }

  links(): Link[] {
    const runner = this.#runner;
    const up = runner?.up ?? false;
    return this.lines.map((line) => {
      const meter = this.#intake.meters.get(line.id);
      return {
        id: `opcua:${line.id}`,
        kind: "opcua",
        state: up ? "up" : "down",
        since: runner?.since ?? this.#deps.clock.now(),
        detail: up ? "" : `${this.url}: ${runner?.detail ?? "not started"}; trying again`,
        rate: meter?.perSecond ?? 0,
        received: meter?.total ?? 0,
        gaps: this.#gaps,
        clockOffset: this.#intake.clockOffset(line),
      };
    });
  }

  write({ value, order }: FieldWrite, tag: Tag): Promise<Verdict> {
    const map = this.#deps.plant.line(tag.line)?.description.opcua;
    const { factor = 1, offset = 0 } = map?.scale[tag.definition.name] ?? {};
    const cell = this.#deps.plant.cell(tag.owner);
    return this.#try(tag.path, async (session) => {
      const verdict = await session.write({ tag, cell, value: (value - offset) / factor, ...(order && { order }) });
      return verdict ?? this.#linkDown();
    });
  }

  fault(order: FaultOrder, cell: Cell): Promise<Verdict> {
    return this.#try(cell.path, async (session) => {
      const result = await session.call(cell, "InjectFault", JSON.stringify(order));
      if (result === undefined) return this.#linkDown();
      if (result === "none") return refuse("E_FAULT_KIND", `${cell.id} offers no fault door`);
      if (!result.status.isGood()) return refuse("E_FAULT_KIND", `${cell.id}: the fault door answers ${result.status.name}`);
      const answer = faultResult.safeParse(parseJson(result.text));
      if (!answer.success) return refuse("E_FIELD_REFUSED", `${cell.id}: the fault door's answer cannot be read`);
      return answer.data.ok ? OK : refuse("E_FAULT_KIND", answer.data.detail);
    });
  }

  async #try(what: string, act: (session: OpcuaSession) => Promise<Verdict>): Promise<Verdict> {
    const session = this.#session;
    if (session === undefined || !this.#runner?.up) return this.#linkDown();
    try {
      return await act(session);
    } catch (error) {
      return refuse("E_LINK_DOWN", `${what}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }

  #linkDown(): Verdict {
    return refuse("E_LINK_DOWN", `${this.url}: ${this.#runner?.detail ?? "not started"}`);
  }

  /** Read anew for every connection, so that a changed password needs no restart. */
  #password(): string {
    const file = this.lines[0]?.description.opcua?.passwordFile;
    if (file === undefined) return this.#settings.password;
    try {
      return readFileSync(file, "utf8").split("\n")[0]?.trim() ?? "";
    } catch (cause) {
      throw new Error(`passwordFile ${file} cannot be read: ${(cause as NodeJS.ErrnoException).code}`);
    }
  }

  #tags(): Tag[] {
    return this.lines.flatMap((line) => [line, ...line.cells].flatMap((home) => [...home.tags.values()]));
  }

  async #open(session: OpcuaSession, lost: (reason: string) => void): Promise<void> {
    const ended = this.#settings.since === undefined ? this.#deps.clock.now() - FIRST_BACKFILL : this.#settings.since - OVERLAP;
    const before = Math.min(ended, this.#debts.of(this.#creditor) ?? ended);
    let oldest = before;
    for (const tag of this.#tags()) {
      const last = this.#intake.last[tag.id] as number;
      if (!Number.isNaN(last)) oldest = Math.min(oldest, last);
      this.#backfill.owe(tag, Number.isNaN(last) ? before : last);
    }
    this.#debts.owe(this.#creditor, oldest);
    await session.open(lost);
    this.#links("up", "connected");
    this.#backfill.read();
  }

  #links(event: "up" | "down", detail: string): void {
    if (event === "down") this.#gaps++;
    for (const line of this.lines) {
      const owners = [line.id, ...line.cells.map((cell) => cell.id)];
      this.#input?.link({ link: `opcua:${line.id}`, event, owners, detail });
    }
  }

  #returned(owner: string, since: number): void {
    for (const tag of this.#deps.plant.cell(owner)?.tags.values() ?? []) this.#backfill.owe(tag, since - OVERLAP);
    this.#backfill.read();
  }

  #overflow(tag: number, since: number): void {
    const found = this.#deps.plant.tags[tag];
    if (found === undefined) return;
    this.#backfill.overran(found, since);
    this.#overflowed = true;
  }

  #noHistory({ from, to }: HistoryRange, reason: "no-history" | Error): void {
    if (this.#input === undefined) return;
    const { counters, log } = this.#deps;
    if (reason === "no-history") {
      counters.rejected("opcua_history");
      log.warn({ url: this.url, from, to }, "opcua: the server keeps no history; what was missed stays a gap");
    } else
      log.warn(
        { url: this.url, from, to, reason: reason.message },
        "opcua: history could not be read; it is asked again with the next connection",
      );
  }

  #missing(refused: ReadonlyMap<string, readonly Tag[]>): void {
    const missing = new Set([...refused.values()].flat());
    const silent = this.lines.flatMap((line) => line.cells).filter((cell) => isBeatless(cell, missing));
    this.#intake.beatless(new Set(silent.map((cell) => cell.id)));
    if (missing.size > 0) this.#deps.counters.rejected("unknown_node", missing.size);
    for (const [reason, tags] of refused) {
      const paths = tags.slice(0, NAMED).map((tag) => tag.path);
      if (this.#once.first(`${reason} ${paths.join()}`))
        this.#deps.log.warn({ url: this.url, reason, count: tags.length, paths }, "opcua: tags the server does not give");
    }
  }

  #tick(): void {
    const { counters, clock } = this.#deps;
    const up = this.#runner?.up ?? false;
    if (up) this.#intake.beat(clock.now());
    if (up && this.#overflowed) this.#backfill.read();
    this.#overflowed = false;
    for (const [line, meter] of this.#intake.meters) {
      meter.tick();
      const link = `opcua:${line}`;
      counters.received(link, meter.total - (this.#counted.get(link) ?? 0));
      counters.linkUp(link, up);
      this.#counted.set(link, meter.total);
    }
  }
}

/** It is there, but without a heartbeat. */
function isBeatless(cell: Cell, missing: ReadonlySet<Tag>): boolean {
  const tags = [...cell.tags.values()];
  return tags.some((tag) => !missing.has(tag)) && tags.some((tag) => tag.definition.name === HEARTBEAT && missing.has(tag));
}

const faultResult = z.object({ id: z.string(), ok: z.boolean(), detail: z.string() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
