/** The Sparkplug host: gives every message to the edge it concerns, and counts what concerns none. */
import { type Cell, edgeAddress, type Line } from "@cellhouse/shared";
import { parseTopic, type Topic } from "@cellhouse/shared/sparkplug";
import { type DriverDeps, Once } from "../driver.ts";
import { Edge } from "./edge.ts";
import type { IntakeDeps } from "./intake.ts";

/** Where a topic leads; worked out once per topic. */
interface Destination {
  edge: Edge;
  type: Exclude<Topic["type"], "STATE">;
  device: string;
}

export interface HostDeps extends DriverDeps, IntakeDeps {
  askRebirth(line: Line): void;
}

/** Topics remembered; more than any plant has, so that strangers cannot fill the memory. */
const MAX_TOPICS = 20_000;

export class Host {
  /** By line. */
  readonly edges: ReadonlyMap<string, Edge>;
  /** By group and edge node, as topics name them. */
  readonly #byAddress: ReadonlyMap<string, Edge>;
  readonly #deps: HostDeps;
  readonly #routes = new Map<string, Destination | undefined>();
  readonly #once: Once;

  constructor(deps: HostDeps) {
    this.#deps = deps;
    this.#once = new Once(deps.clock);
    const lines = deps.plant.lines.filter((line) => line.description.protocol === "sparkplug");
    this.edges = new Map(lines.map((line) => [line.id, this.#edge(line)]));
    this.#byAddress = new Map([...this.edges.values()].map((edge) => [addressKey(edgeAddress(deps.plant, edge.line.description)), edge]));
  }

  message(topic: string, payload: Uint8Array): void {
    let to = this.#routes.get(topic);
    if (to === undefined && !this.#routes.has(topic)) {
      to = this.#route(topic);
      if (this.#routes.size >= MAX_TOPICS) this.#routes.clear();
      this.#routes.set(topic, to);
    }
    if (to === undefined) this.#deps.counters.rejected("unknown_topic");
    else to.edge.message(to.type, to.device, payload);
  }

  lost(reason: string): void {
    for (const edge of this.edges.values()) edge.lost(reason);
  }

  tick(now: number): void {
    for (const edge of this.edges.values()) edge.tick(now);
  }

  stop(): void {
    for (const edge of this.edges.values()) edge.stop();
  }

  /** The edge of a cell or line, where this host has it. */
  edgeOf(home: Cell | Line): Edge | undefined {
    return this.edges.get("line" in home ? home.line.id : home.id);
  }

  #route(text: string): Destination | undefined {
    const topic = parseTopic(text);
    const edge = topic === undefined || topic.type === "STATE" ? undefined : this.#byAddress.get(addressKey(topic));
    if (topic === undefined || topic.type === "STATE" || edge === undefined) {
      this.#report(`topic ${text.slice(0, 100)}`, { topic: text.slice(0, 100) }, "a message for no Sparkplug line of this plant");
      return undefined;
    }
    return { edge, type: topic.type, device: "device" in topic ? topic.device : "" };
  }

  #edge(line: Line): Edge {
    const { clock, counters, input, judge, text } = this.#deps;
    return new Edge(line, {
      clock,
      counters,
      input,
      judge,
      text,
      askRebirth: () => this.#deps.askRebirth(line),
      report: (key, fields, message) => this.#report(key, fields, message),
    });
  }

  #report(key: string, fields: object, message: string): void {
    if (this.#once.first(key)) this.#deps.log.warn(fields, message);
  }
}

/** Neither part can contain a slash. */
function addressKey({ group, edge }: { group: string; edge: string }): string {
  return `${group}/${edge}`;
}
