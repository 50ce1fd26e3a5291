/** Topic names, delivery (QoS, retain) and what every payload of a type must have (spec 3.0, chapters 4 and 6). */
import type { Payload, Topic } from "@cellhouse/shared/sparkplug";
import type { Capture, Seen } from "./capture.ts";
import type { Report } from "./report.ts";

export type Type = Exclude<Topic["type"], "STATE">;

const NODE_TYPES = ["NBIRTH", "NDATA", "NDEATH", "NCMD"];
const DEVICE_TYPES = ["DBIRTH", "DDATA", "DDEATH", "DCMD"];
/** The clocks of edge and observer may differ by as much, ms. */
const CLOCKS = 60_000;
const YEAR_2000 = Date.UTC(2000, 0, 1);
const DAY = 86_400_000;

/** The parts of a topic, or undefined when it is wrong in a way that leaves nothing to check. */
export function checkTopic(text: string, report: Report): Topic | undefined {
  const [namespace = "", group = "", type = "", edge = "", ...rest] = text.split("/");
  if (!report.must("topic-structure-namespace-a", namespace === "spBv1.0", `namespace "${namespace}"`)) return undefined;
  if (group === "STATE")
    return report.must("host-topic-phid-birth-topic", type !== "" && edge === "", text) ? { type: "STATE", host: type } : undefined;
  const isNode = NODE_TYPES.includes(type);
  const known = report.must("topic-structure", isNode || DEVICE_TYPES.includes(type), `message type "${type}"`);
  if (!known) return undefined;
  report.must("topic-structure-namespace-valid-group-id", isId(group), `group "${group}"`);
  report.must("topic-structure-namespace-valid-edge-node-id", isId(edge), `edge node "${edge}"`);
  if (isNode) {
    const alone = rest.length === 0;
    report.must("topic-structure-namespace-device-id-non-associated-message-types", alone, text);
    return alone ? ({ type, group, edge } as Topic) : undefined;
  }
  const named = report.must("topic-structure-namespace-device-id-associated-message-types", rest.length === 1 && rest[0] !== "", text);
  if (!named) return undefined;
  report.must("topic-structure-namespace-valid-device-id", isId(rest[0] as string), `device "${rest[0]}"`);
  return { type, group, edge, device: rest[0] } as Topic;
}

/** A replacement character stands where the bytes were no UTF-8. */
function isId(part: string): boolean {
  return part !== "" && !/[+#\uFFFD]/.test(part);
}

/**
 * Births, data and commands go with QoS 0, wills of edges with QoS 1; nothing of an edge or command is retained.
 * A death the edge publishes itself may go with either; a subscriber takes each for a will.
 */
export function checkDelivery(type: Type, { qos, retain }: Seen, at: Capture["at"], report: Report): void {
  if (type === "NDEATH") {
    report.must("payloads-ndeath-will-message-qos", at === "publisher" || qos === 1, `QoS ${qos}`);
    report.must("payloads-ndeath-will-message-retain", !retain, "retained");
  } else report.must(`topics-${type.toLowerCase()}-mqtt`, qos === 0 && !retain, `QoS ${qos}${retain ? ", retained" : ""}`);
}

/** Presence of number and time in the payload, and of times in the metrics. */
export function checkPayload(type: Type, { timestamp, seq, metrics }: Payload, report: Report): void {
  const name = type.toLowerCase();
  const isCommand = type === "NCMD" || type === "DCMD";
  if (type === "NDEATH") report.must("topics-ndeath-seq", seq === undefined, `seq ${seq}`);
  else if (isCommand) report.must(`payloads-${name}-seq`, seq === undefined, `seq ${seq}`);
  else {
    const present = report.must("payloads-sequence-num-always-included", seq !== undefined, "no seq");
    if (present) report.must("payloads-sequence-num-incrementing", (seq as number) <= 255, `seq ${seq}`);
  }
  if (type !== "NDEATH")
    report.must(type === "DDEATH" ? "payloads-ddeath-timestamp" : `topics-${name}-timestamp`, timestamp !== undefined, "no timestamp");
  if (timestamp !== undefined && type !== "NDEATH")
    report.must("payloads-timestamp-in-UTC", Math.abs(timestamp - report.time) < CLOCKS, `timestamp ${timestamp}`);
  if (isCommand || type === "NDEATH") return;
  const untimed = metrics.filter((m) => m.timestamp === undefined);
  report.must("payloads-name-birth-data-requirement", untimed.length === 0, `${untimed.length} metrics without timestamp`);
  const strange = metrics.find((m) => m.timestamp !== undefined && !(m.timestamp > YEAR_2000 && m.timestamp < report.time + DAY));
  report.must("payloads-metric-timestamp-in-UTC", strange === undefined, `metric timestamp ${strange?.timestamp}`);
}

/** A STATE message's delivery; `birth` or `death`. */
export function checkStateDelivery(
  kind: "birth" | "death",
  { qos, retain }: Pick<Seen, "qos" | "retain">,
  at: Capture["at"],
  report: Report,
) {
  report.must(`host-topic-phid-${kind}-qos`, qos === 1, `QoS ${qos}`);
  if (at === "publisher") report.must(`host-topic-phid-${kind}-retain`, retain, "not retained");
}
