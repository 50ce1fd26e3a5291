/** The OPC UA driver: client of one server that has all opcua lines of the plant. */
import { type Cancel, every, type Line, type Link, OK, refuse, type Tag, type Verdict } from "@cellhouse/shared";
import { z } from "zod";
import type { Driver, FaultOrder, FieldWrite, PipeInput } from "../../contracts.ts";
import { type DriverDeps, Once } from "../driver.ts";
import { createJudge } from "../judge.ts";
import { Runner } from "../runner.ts";
import { Intake } from "./intake.ts";
import type { OpcuaSession } from "./session.ts";
import type { WireValue } from "./values.ts";

export const schema = z.strictObject({
  url: z.string().regex(/^opc\.tcp:\/\//, "must look like opc.tcp://host:4840/cellhouse"),
  user: z.string().default("cellhouse"),
  password: z.string(),
  /** Folder for our own certificate and those we trust. */
  pkiFolder: z.string().min(1),
  /** Believe the certificate of the very first server met; without it only servers on loopback are believed unseen. */
  trustFirst: z.boolean().default(false),
  /** When our record ends, epoch ms: what came after it is asked of the server's history at the first connection. */
  since: z.number().optional(),
  publishingInterval: z.number().min(50).max(1000).default(250),
});

type Settings = z.infer<typeof schema>;

/** Further back than this nothing is asked for, ms. */
const LONGEST_BACKFILL = 3_600_000;
/** Around an outage this much more is asked for: the last samples before it may have been under way. */
const OVERLAP = 5_000;
const TAGS_PER_HISTORY = 100;
/** Without a record this much is asked for at the first connection, ms: as much as our Sparkplug edges send again. */
const FIRST_BACKFILL = 60_000;

class OpcuaDriver implements Driver {
  readonly #settings: Settings;
  readonly #deps: DriverDeps;
  readonly #lines: readonly Line[];
  readonly #once: Once;
  #session: OpcuaSession | undefined;
  #runner: Runner | undefined;
  #intake: Intake | undefined;
  #input: PipeInput | undefined;
  #lastHeard: number | undefined;
  /** From here on all tags' history is still to be read: an attempt was broken off. */
  #owed: number | undefined;
  #gaps = 0;
  #reads: Promise<void> = Promise.resolve();
  #counted = new Map<string, number>();
  #stopTicks: Cancel = () => undefined;

  constructor(settings: Settings, deps: DriverDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#once = new Once(deps.clock);
    this.#lines = deps.plant.lines.filter((line) => line.description.protocol === "opcua");
  }

  async start(input: PipeInput): Promise<void> {
    if (this.#lines.length === 0) return;
    const { plant, clock, counters, log } = this.#deps;
    this.#input = input;
    const intake = new Intake({
      plant,
      lines: this.#lines,
      input,
      counters,
      judge: createJudge(plant, counters),
      returned: (owner, since) => this.#backfill([...(plant.cell(owner)?.tags.values() ?? [])], since),
    });
    this.#intake = intake;
    // node-opcua costs a second and 100 MB: only a plant that has such lines loads it.
    const { OpcuaSession } = await import("./session.ts");
    const session = new OpcuaSession({
      ...this.#settings,
      clock,
      tags: this.#tags(),
      items: (items) => {
        this.#lastHeard = clock.now();
        intake.take(items, this.#lastHeard);
      },
      missing: (tags) => this.#missing(tags),
    });
    this.#session = session;
    const connection = { open: (lost: (reason: string) => void) => this.#open(session, lost), close: () => session.close() };
    this.#runner = new Runner({ name: "opcua", connection, clock, log, onDown: (reason) => this.#links("down", reason) });
    this.#stopTicks = every(clock, 1000, () => this.#tick());
    await this.#runner.start();
  }

  async stop(): Promise<void> {
    this.#stopTicks();
    // From here on a late answer to a history request goes nowhere.
    this.#input = undefined;
    await this.#runner?.stop();
  }

  links(): Link[] {
    const runner = this.#runner;
    const { url } = this.#settings;
    return this.#lines.map((line) => {
      const up = runner?.up ?? false;
      const meter = this.#intake?.meters.get(line.id);
      return {
        id: `opcua:${line.id}`,
        kind: "opcua",
        state: up ? "up" : "down",
        since: runner?.since ?? this.#deps.clock.now(),
        detail: up ? "" : `${url}: ${runner?.detail ?? "not started"}; trying again`,
        rate: meter?.perSecond ?? 0,
        received: meter?.total ?? 0,
        gaps: this.#gaps,
        clockOffset: this.#intake?.clockOffset(line) ?? 0,
      };
    });
  }

  async write(write: FieldWrite): Promise<Verdict> {
    const tag = this.#deps.plant.tags[write.tag];
    if (tag === undefined) return refuse("E_TAG_UNKNOWN", `tag ${write.tag}`);
    return this.#try(tag.path, async (session) => {
      const status = await session.write(tag, write.value);
      if (status === undefined) return this.#linkDown();
      if (status.isGood()) return OK;
      if (status.name === "BadOutOfRange") return refuse("E_SETPOINT_RANGE", `${tag.path}: ${status.name}`);
      if (status.name === "BadNotWritable") return refuse("E_NOT_WRITABLE", tag.path);
      return refuse("E_FIELD_REFUSED", `${tag.path}: ${status.name} (${status.description})`);
    });
  }

  async fault(order: FaultOrder): Promise<Verdict> {
    const cell = this.#deps.plant.cell(order.cell);
    if (cell === undefined) return refuse("E_FAULT_KIND", `cell: no cell ${order.cell}`);
    return this.#try(cell.path, async (session) => {
      const result = await session.call(cell.path, "InjectFault", JSON.stringify(order));
      if (result === undefined) return this.#linkDown();
      if (!result.status.isGood()) return refuse("E_FAULT_KIND", `${cell.id} offers no fault door: ${result.status.name}`);
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
    return refuse("E_LINK_DOWN", `${this.#settings.url}: ${this.#runner?.detail ?? "not started"}`);
  }

  #tags(): Tag[] {
    return this.#lines.flatMap((line) => [line, ...line.cells].flatMap((home) => [...home.tags.values()]));
  }

  async #open(session: OpcuaSession, lost: (reason: string) => void): Promise<void> {
    const before = this.#lastHeard ?? this.#settings.since ?? this.#deps.clock.now() - FIRST_BACKFILL;
    this.#owed = Math.min(this.#owed ?? before, before);
    await session.open(lost);
    this.#links("up", "connected");
    this.#backfill(this.#tags(), this.#owed);
  }

  #links(event: "up" | "down", detail: string): void {
    if (event === "down") this.#gaps++;
    for (const line of this.#lines) {
      const owners = [line.id, ...line.cells.map((cell) => cell.id)];
      this.#input?.link({ link: `opcua:${line.id}`, event, owners, detail });
    }
  }

  /** Reads what was missed since an outage began, one request after another, beside the live stream. */
  #backfill(tags: readonly Tag[], since: number): void {
    const now = this.#deps.clock.now();
    const from = Math.max(since - OVERLAP, now - LONGEST_BACKFILL);
    this.#reads = this.#reads.then(() => this.#readBack(tags, from, now));
  }

  async #readBack(tags: readonly Tag[], from: number, to: number): Promise<void> {
    try {
      for (let i = 0; i < tags.length; i += TAGS_PER_HISTORY) {
        const session = this.#session;
        if (session === undefined) return;
        const part = tags.slice(i, i + TAGS_PER_HISTORY);
        const kept = await session.history(part, from, to, (tag, values) => this.#past(tag, values));
        if (kept === false) this.#noHistory(from, to, "the server keeps no history");
        if (kept === false) break;
      }
      if (tags.length === this.#tags().length) this.#owed = undefined;
    } catch (error) {
      this.#owed = Math.min(this.#owed ?? from, from);
      const reason = error instanceof Error ? error.message : String(error);
      this.#deps.log.warn({ from, to, reason }, "opcua: history could not be read; it is asked again with the next connection");
    }
  }

  #past(tag: Tag, values: readonly WireValue[]): void {
    if (this.#input !== undefined) this.#intake?.past(tag.id, values, this.#deps.clock.now());
  }

  #noHistory(from: number, to: number, reason: string): void {
    if (this.#input === undefined) return;
    this.#deps.counters.rejected("opcua_history");
    this.#deps.log.warn({ from, to, reason }, "opcua: the outage could not be filled from history, it stays a gap");
  }

  #missing(tags: readonly Tag[]): void {
    this.#deps.counters.rejected("unknown_node", tags.length);
    const paths = tags.slice(0, 5).map((tag) => tag.path);
    if (this.#once.first(paths.join())) this.#deps.log.warn({ count: tags.length, paths }, "opcua: tags the server does not have");
  }

  #tick(): void {
    const { counters } = this.#deps;
    for (const [line, meter] of this.#intake?.meters ?? []) {
      meter.tick();
      const link = `opcua:${line}`;
      counters.received(link, meter.total - (this.#counted.get(link) ?? 0));
      counters.linkUp(link, this.#runner?.up ?? false);
      this.#counted.set(link, meter.total);
    }
  }
}

const faultResult = z.object({ id: z.string(), ok: z.boolean(), detail: z.string() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function create(settings: Settings, deps: DriverDeps): Driver {
  return new OpcuaDriver(settings, deps);
}
