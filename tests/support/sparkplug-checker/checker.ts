/**
 * An independent grader of Sparkplug B 3.0: reads what was seen of a system and names each normative statement violated.
 * Knows nothing of Cellhouse but the payload codec (which `sparkplug-payload` is held against elsewhere).
 */
import { DecodeError, decodePayload, type Payload, parseTopic, type Topic } from "@cellhouse/shared/sparkplug";
import type { Capture, Entry, Seen, Will } from "./capture.ts";
import { EdgeSession } from "./edge-session.ts";
import { checkCommand, HostSession } from "./host-session.ts";
import { Report, type Violation } from "./report.ts";
import { checkDelivery, checkPayload, checkTopic } from "./topic-rules.ts";

/** Statements violated, in the order of the capture. */
export function check(capture: Capture): Violation[] {
  const checker = new Checker(capture.at);
  for (const entry of capture.entries) checker.take(entry);
  return checker.finish();
}

class Checker {
  readonly #report = new Report();
  readonly #at: Capture["at"];
  readonly #edges = new Map<string, EdgeSession>();
  readonly #hosts = new Map<string, HostSession>();
  /** What a client turned out to be, by its will. */
  readonly #clients = new Map<string, { edge: EdgeSession; ncmd: string } | undefined>();
  /** Clients that connected without a will. */
  readonly #willless = new Set<string>();
  #wasBlind = false;

  constructor(at: Capture["at"]) {
    this.#at = at;
  }

  take(entry: Entry): void {
    this.#report.time = entry.time;
    if (entry.kind === "message") this.#message(entry);
    else if (entry.kind === "connect") this.#connect(entry.client, entry.clean, entry.will);
    else if (entry.kind === "blind") {
      this.#wasBlind = true;
      for (const edge of this.#edges.values()) edge.blind();
    } else {
      const client = this.#clients.get(entry.client);
      this.#report.subject = entry.client;
      if (entry.kind === "subscribe") client?.edge.subscribe(entry.filters, client.ncmd);
      else if (entry.kind === "disconnect") client?.edge.disconnect();
    }
  }

  finish(): Violation[] {
    for (const [subject, edge] of this.#edges) {
      this.#report.subject = subject;
      edge.end();
    }
    return this.#report.violations;
  }

  #connect(client: string, clean: boolean, will: Will | undefined): void {
    const report = this.#report;
    report.subject = client;
    this.#willless.delete(client);
    if (will === undefined) {
      this.#willless.add(client);
      return;
    }
    const topic = parseTopic(will.topic);
    if (topic?.type === "STATE") this.#host(topic.host).connect(will, clean);
    else if (topic?.type === "NDEATH") {
      report.subject = `${topic.group}/${topic.edge}`;
      const edge = this.#edge(topic);
      this.#clients.set(client, { edge, ncmd: `spBv1.0/${topic.group}/NCMD/${topic.edge}` });
      edge.connect(will, clean);
    } else report.must("message-flow-edge-node-birth-publish-will-message-topic", false, `will to ${will.topic}`);
  }

  #message(seen: Seen): void {
    const report = this.#report;
    report.subject = seen.topic;
    const topic = checkTopic(seen.topic, report);
    if (topic === undefined) return;
    const willless = seen.client !== undefined && this.#willless.has(seen.client);
    if (topic.type === "NBIRTH") report.must("message-flow-edge-node-birth-publish-will-message", !willless, "CONNECT without a will");
    if (topic.type === "STATE") report.must("operational-behavior-host-application-connect-will", !willless, "CONNECT without a will");
    if (topic.type === "STATE") this.#host(topic.host).message(seen);
    else this.#edgeMessage(topic, seen);
  }

  #edgeMessage(topic: Exclude<Topic, { type: "STATE" }>, seen: Seen): void {
    const report = this.#report;
    checkDelivery(topic.type, seen, this.#at, report);
    const payload = this.#decode(topic, seen.payload);
    if (payload === undefined) return;
    checkPayload(topic.type, payload, report);
    const edge = this.#edge(topic);
    if (topic.type === "NCMD" || topic.type === "DCMD") {
      const online = [...this.#hosts.values()].some((host) => host.isOnline);
      report.must("host-topic-phid-birth-message", online, `${topic.type} while no host has said that it is online`);
      checkCommand(topic, payload, edge, report);
    } else edge.message(topic.type, "device" in topic ? topic.device : "", payload);
  }

  #decode(topic: Exclude<Topic, { type: "STATE" }>, bytes: Uint8Array): Payload | undefined {
    try {
      return decodePayload(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const ids: Partial<Record<Topic["type"], string>> = {
        NBIRTH: "message-flow-edge-node-birth-publish-nbirth-payload",
        DBIRTH: "message-flow-device-birth-publish-dbirth-payload",
      };
      this.#report.must(ids[topic.type] ?? `topics-${topic.type.toLowerCase()}-payload`, false, error.message);
      return undefined;
    }
  }

  #edge({ group, edge }: { group: string; edge: string }): EdgeSession {
    const name = `${group}/${edge}`;
    let session = this.#edges.get(name);
    if (session === undefined) {
      session = new EdgeSession(this.#report);
      if (this.#wasBlind) session.blind();
      this.#edges.set(name, session);
    }
    return session;
  }

  #host(name: string): HostSession {
    let session = this.#hosts.get(name);
    if (session === undefined) {
      session = new HostSession(this.#report, this.#at);
      this.#hosts.set(name, session);
    }
    return session;
  }
}
