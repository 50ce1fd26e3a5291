/** One host application by its STATE messages, and commands, whoever gives them (spec 3.0, 5.10 and 6.4.22). */
import { DataType, type Metric, type Payload, type Topic } from "@cellhouse/shared/sparkplug";
import type { Told } from "./announcements.ts";
import type { Capture, Seen, Will } from "./capture.ts";
import type { EdgeSession } from "./edge-session.ts";
import type { Report } from "./report.ts";
import { checkStateDelivery } from "./topic-rules.ts";

const REBIRTH = "Node Control/Rebirth";

export class HostSession {
  readonly #report: Report;
  readonly #at: Capture["at"];
  #timestamp = Number.NEGATIVE_INFINITY;
  #willTimestamp: number | undefined;
  isOnline = false;

  constructor(report: Report, at: Capture["at"]) {
    this.#report = report;
    this.#at = at;
  }

  connect(will: Will, clean: boolean): void {
    const report = this.#report;
    report.must("message-flow-phid-sparkplug-clean-session-311", clean, "CONNECT without Clean Session");
    const { qos, retain, payload } = will;
    report.must("operational-behavior-host-application-connect-will-qos", qos === 1, `will with QoS ${qos}`);
    report.must("operational-behavior-host-application-connect-will-retained", retain, "will not retained");
    const said = stateOf(payload);
    report.must("operational-behavior-host-application-connect-will-payload", said?.online === false, "will that does not say offline");
    this.#willTimestamp = said?.timestamp;
    this.isOnline = false;
  }

  message(seen: Seen): void {
    const report = this.#report;
    const said = stateOf(seen.payload);
    if (!report.must("host-topic-phid-birth-payload", said !== undefined, "STATE without online and timestamp as JSON")) return;
    const { online, timestamp } = said as State;
    checkStateDelivery(online ? "birth" : "death", seen, this.#at, report);
    if (online)
      report.must("host-topic-phid-birth-payload-timestamp", this.#follows(timestamp), `timestamp ${timestamp} after ${this.#timestamp}`);
    this.#timestamp = Math.max(this.#timestamp, timestamp);
    this.isOnline = online;
  }

  /** A birth has the time of its connection's will; where wills are not seen, it does not go back. */
  #follows(timestamp: number): boolean {
    return this.#willTimestamp === undefined ? timestamp >= this.#timestamp : timestamp === this.#willTimestamp;
  }
}

interface State {
  online: boolean;
  timestamp: number;
}

function stateOf(payload: Uint8Array): State | undefined {
  try {
    const { online, timestamp } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)) as Partial<State>;
    return typeof online === "boolean" && Number.isInteger(timestamp) ? { online, timestamp: timestamp as number } : undefined;
  } catch {
    return undefined;
  }
}

/** A command to an edge or device, against what its births announced. */
export function checkCommand(topic: Exclude<Topic, { type: "STATE" }>, { metrics }: Payload, edge: EdgeSession, report: Report): void {
  const { type } = topic;
  const owner = "device" in topic ? topic.device : "";
  const verb = type.toLowerCase();
  report.must(`topics-${verb}-payload`, metrics.length > 0, "a command without metrics");
  for (const metric of metrics) {
    if (metric.name === REBIRTH) {
      report.must("operational-behavior-data-commands-ncmd-rebirth-verb", type === "NCMD", `${REBIRTH} by ${type}`);
      report.must("operational-behavior-data-commands-ncmd-rebirth-value", metric.value === true, `${REBIRTH} with ${metric.value}`);
      edge.askedForRebirth();
    } else if (!edge.isUnknown) checkTarget(verb, metric, edge.announced(owner, metric), report);
  }
}

function checkTarget(verb: string, metric: Metric, told: Told | undefined, report: Report): void {
  const id = `operational-behavior-data-commands-${verb}-metric`;
  if (!report.must(`${id}-name`, told !== undefined, `metric ${metric.name ?? metric.alias} was in no birth`)) return;
  const { type, alias, name } = told as Told;
  report.must("payloads-alias-data-cmd-requirement", alias === undefined || metric.name === undefined, `${name} by name, it has an alias`);
  const wanted = type === DataType.Boolean ? "boolean" : type === DataType.String || type === DataType.Text ? "string" : "number";
  report.must(`${id}-value`, typeof metric.value === wanted, `${name} with ${typeof metric.value}, its type is ${type}`);
}
