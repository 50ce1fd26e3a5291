/** The Sparkplug B driver: host application of all sparkplug lines over one broker. */
import {
  type Cancel,
  deviceName,
  edgeAddress,
  every,
  type FaultCode,
  type Line,
  type Link,
  OK,
  type Plant,
  refuse,
  type Verdict,
} from "@cellhouse/shared";
import { decodePayload, type Metric, NAMESPACE } from "@cellhouse/shared/sparkplug";
import { z } from "zod";
import type { Driver, FaultOrder, FieldWrite, PipeInput } from "../../contracts.ts";
import type { DriverDeps } from "../driver.ts";
import { createJudge } from "../judge.ts";
import { Runner } from "../runner.ts";
import { readable } from "../tap.ts";
import { commandMetric, rebirthMetric, writeMetric } from "./commands.ts";
import { Host } from "./host.ts";
import { Session } from "./session.ts";

export const schema = z.strictObject({
  url: z.string().regex(/^(mqtts?|wss?|tcp|ssl):\/\//, "must look like mqtt://host:1883"),
  user: z.string().optional(),
  password: z.string().optional(),
  hostId: z
    .string()
    .regex(/^[^/+#]+$/)
    .default("cellhouse"),
});

const FAULT_ANSWER_WITHIN = 5_000;
const faultResult = z.object({ id: z.string(), ok: z.boolean(), detail: z.string() });

/** A payload as JSON, or as bytes where it is none. */
function payloadText(bytes: Uint8Array): string {
  try {
    const plain = (_key: string, value: unknown): unknown =>
      typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? readable(value) : value;
    return JSON.stringify(decodePayload(bytes), plain);
  } catch {
    return readable(bytes);
  }
}

class SparkplugDriver implements Driver {
  readonly #settings: z.infer<typeof schema>;
  readonly #deps: DriverDeps;
  readonly #session: Session;
  readonly #runner: Runner;
  readonly #waiting = new Map<string, (verdict: Verdict) => void>();
  #host: Host | undefined;
  #input: PipeInput | undefined;
  #stopTicks: Cancel = () => undefined;

  constructor(settings: z.infer<typeof schema>, deps: DriverDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const { clock, log, broker } = deps;
    const filters = filtersOf(deps.plant);
    const message = (topic: string, payload: Uint8Array): void => {
      deps.taps?.offer(topic, () => payloadText(payload));
      this.#host?.message(topic, payload);
    };
    this.#session = new Session({ ...settings, filters, clock, broker, message });
    this.#runner = new Runner({ name: "broker", connection: this.#session, clock, log, onDown: (reason) => this.#lost(reason) });
  }

  async start(input: PipeInput): Promise<void> {
    const { plant, counters, clock } = this.#deps;
    this.#input = input;
    this.#host = new Host({
      ...this.#deps,
      input,
      judge: createJudge(plant, counters),
      askRebirth: (line) => void this.#command(line, line.id, rebirthMetric(clock.now())),
      text: (metric) => this.#answer(metric),
    });
    this.#stopTicks = every(clock, 1000, () => this.#tick());
    await this.#runner.start();
  }

  async stop(): Promise<void> {
    this.#stopTicks();
    const host = this.#host;
    this.#host = undefined;
    await this.#runner.stop();
    host?.stop();
    for (const settle of this.#waiting.values()) settle(refuse("E_LINK_DOWN", "the server stops"));
  }

  links(): Link[] {
    const { up, since, detail } = this.#runner;
    const address = withoutSecret(this.#settings.url);
    const broker: Link = {
      id: "broker",
      kind: "broker",
      state: up ? "up" : "down",
      since,
      detail: up ? "" : `${address}: ${detail}; trying again`,
    };
    return [broker, ...[...(this.#host?.edges.values() ?? [])].map((edge) => edge.link())];
  }

  async write({ tag: id, value, order }: FieldWrite): Promise<Verdict> {
    const { plant, clock } = this.#deps;
    const tag = plant.tags[id];
    const line = tag && plant.line(tag.line);
    if (tag === undefined || line === undefined) return refuse("E_TAG_UNKNOWN", `tag ${id}`);
    const edge = this.#host?.edges.get(line.id);
    if (edge === undefined || !edge.isUp(tag.owner)) return this.#linkDown(tag.owner);
    const announced = edge.births.announcedTag(tag.path);
    if (announced === undefined) return refuse("E_NOT_WRITABLE", `${tag.path}: not among the metrics of its birth`);
    return this.#command(line, tag.owner, writeMetric(announced, value, clock.now(), order));
  }

  async fault(order: FaultOrder): Promise<Verdict> {
    const cell = this.#deps.plant.cell(order.cell);
    const edge = cell && this.#host?.edgeOf(cell);
    if (cell === undefined || edge === undefined) return refuse("E_FAULT_KIND", `cell: no Sparkplug cell ${order.cell}`);
    if (!edge.isUp(cell.id)) return this.#linkDown(cell.id);
    const door = edge.births.announced(cell.id, "SIM/FAULT");
    if (door === undefined) return refuse("E_FAULT_KIND", `${cell.id} offers no fault door: it is no simulated cell`);
    const answer = this.#await(order.id);
    const sent = await this.#command(cell.line, cell.id, commandMetric(door, JSON.stringify(order), this.#deps.clock.now()));
    if (!sent.ok) this.#waiting.get(order.id)?.(sent);
    return answer;
  }

  #linkDown(owner: string): Verdict {
    return refuse("E_LINK_DOWN", this.#runner.up ? `${owner} is not connected to its edge` : `the broker: ${this.#runner.detail}`);
  }

  async #command(line: Line, owner: string, metric: Metric): Promise<Verdict> {
    const { clock, plant } = this.#deps;
    const address = edgeAddress(plant, line.description);
    const place = line.cells.findIndex((cell) => cell.id === owner);
    const cell = line.cells[place];
    const topic =
      cell === undefined
        ? ({ type: "NCMD", ...address } as const)
        : ({ type: "DCMD", ...address, device: deviceName(line.description.sparkplug, cell, place + 1) } as const);
    const sent = await this.#session.publish(topic, { timestamp: clock.now(), metrics: [metric] });
    return sent ? OK : this.#linkDown(owner);
  }

  /** Settled by the edge's answer, or by time. */
  #await(id: string): Promise<Verdict> {
    const { clock } = this.#deps;
    return new Promise((resolve) => {
      const settle = (verdict: Verdict): void => {
        cancel();
        this.#waiting.delete(id);
        resolve(verdict);
      };
      const cancel = clock.at(clock.now() + FAULT_ANSWER_WITHIN, () =>
        settle(refuse("E_READ_BACK", "the cell's fault door did not answer")),
      );
      this.#waiting.set(id, settle);
    });
  }

  #answer(metric: Metric): void {
    let json: unknown;
    try {
      json = JSON.parse(String(metric.value));
    } catch {
      return;
    }
    const { success, data } = faultResult.safeParse(json);
    if (success) this.#waiting.get(data.id)?.(data.ok ? OK : refuse("E_FAULT_KIND" satisfies FaultCode, data.detail));
  }

  #lost(reason: string): void {
    const detail = `broker lost: ${reason}`;
    this.#input?.link({ link: "broker", event: "down", owners: [], detail });
    this.#host?.lost(detail);
  }

  #tick(): void {
    const { clock, counters } = this.#deps;
    this.#host?.tick(clock.now());
    for (const link of this.links()) counters.linkUp(link.id, link.state !== "down");
  }
}

export function create(settings: z.infer<typeof schema>, deps: DriverDeps): Driver {
  return new SparkplugDriver(settings, deps);
}

function withoutSecret(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** Everything of the plant's own group, so that strangers in it are noticed; of other groups the mapped edges alone. */
function filtersOf(plant: Plant): string[] {
  const own = `${plant.site}-${plant.area}`;
  const foreign = plant.lines.map((line) => edgeAddress(plant, line.description)).filter(({ group }) => group !== own);
  return [`${NAMESPACE}/${own}/#`, ...foreign.map(({ group, edge }) => `${NAMESPACE}/${group}/+/${edge}/#`)];
}
