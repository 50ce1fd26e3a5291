/** Who may do what at the embedded broker: one account for the host, one for readers, one per edge and gateway. Pure. */
import { createHash, timingSafeEqual } from "node:crypto";
import { covers, edgeAddress, jsonTopics, type Line, type Plant } from "@cellhouse/shared";
import { NAMESPACE, parseTopic } from "@cellhouse/shared/sparkplug";

export interface Account {
  readonly name: string;
  mayPublish(topic: string): boolean;
  maySubscribe(filter: string): boolean;
  /** Retained are the host's STATE and what gateways keep; from others the flag is taken off. */
  readonly mayRetain: boolean;
}

/** What passes between the gateways and us; nobody else may use these topics. */
interface Traffic {
  readonly published: ReadonlyMap<string, Line>;
  readonly ordered: ReadonlyMap<string, Line>;
}

const MOST_ANSWERS = 1000;
const STATE = `${NAMESPACE}/STATE/`;

/** The accounts of a plant: `host`, `reader`, `gateway-<line>` where a line speaks JSON, `edge-<line>` for every other. */
export function createAccounts(plant: Plant): ReadonlyMap<string, Account> {
  const traffic = trafficOf(plant.lines);
  const own = plant.lines.map((line) => (line.description.json === undefined ? edge(plant, line) : gateway(line, traffic)));
  return new Map([host(plant, traffic), reader(), ...own].map((account) => [account.name, account]));
}

function trafficOf(lines: readonly Line[]): Traffic {
  const published = new Map<string, Line>();
  const ordered = new Map<string, Line>();
  for (const line of lines) {
    const topics = jsonTopics(line);
    for (const topic of topics.published) published.set(topic, line);
    for (const topic of topics.ordered) ordered.set(topic, line);
  }
  return { published, ordered };
}

function host(plant: Plant, traffic: Traffic): Account {
  const groups = new Set(plant.lines.map((line) => edgeAddress(plant, line.description).group));
  return {
    name: "host",
    mayRetain: true,
    mayPublish(text) {
      const topic = parseTopic(text);
      if (topic?.type === "STATE" || traffic.ordered.has(text)) return true;
      return (topic?.type === "NCMD" || topic?.type === "DCMD") && groups.has(topic.group);
    },
    maySubscribe: (filter) =>
      isSystem(filter) || filter.startsWith(`${NAMESPACE}/`) || [...traffic.published.keys()].some((topic) => covers(filter, topic)),
  };
}

function reader(): Account {
  return {
    name: "reader",
    mayRetain: false,
    mayPublish: () => false,
    maySubscribe: (filter) => !filter.startsWith("$") || isSystem(filter),
  };
}

/** An edge speaks for its own line and hears only what is said to it. */
function edge(plant: Plant, line: Line): Account {
  const { group, edge: node } = edgeAddress(plant, line.description);
  return {
    name: `edge-${line.id}`,
    mayRetain: false,
    mayPublish: remembered((text) => {
      const topic = parseTopic(text);
      if (topic === undefined || topic.type === "STATE" || topic.type === "NCMD" || topic.type === "DCMD") return false;
      return topic.group === group && topic.edge === node;
    }),
    maySubscribe(filter) {
      const [namespace, second, type, id] = filter.split("/");
      if (filter.startsWith(STATE)) return true;
      return namespace === NAMESPACE && second === group && (type === "NCMD" || type === "DCMD") && id === node;
    },
  };
}

/** A gateway writes the topics the plant file gives its line, and hears the writes meant for it. */
function gateway(line: Line, { published, ordered }: Traffic): Account {
  return {
    name: `gateway-${line.id}`,
    mayRetain: true,
    mayPublish: (topic) => published.get(topic) === line,
    maySubscribe(filter) {
      if (filter.startsWith(STATE)) return true;
      const heard = [...published, ...ordered].filter(([topic]) => covers(filter, topic));
      // A wildcard at the front would hear Sparkplug as well.
      return !/^[+#]/.test(filter) && heard.length > 0 && heard.every(([topic]) => ordered.get(topic) === line);
    },
  };
}

/** An edge publishes on few topics, each of them many times a second: the answers are kept, as many as no line has devices. */
function remembered(judge: (topic: string) => boolean): (topic: string) => boolean {
  const answers = new Map<string, boolean>();
  return (topic) => {
    let answer = answers.get(topic);
    if (answer === undefined) {
      answer = judge(topic);
      if (answers.size >= MOST_ANSWERS) answers.clear();
      answers.set(topic, answer);
    }
    return answer;
  };
}

function isSystem(filter: string): boolean {
  return filter.startsWith("$SYS/");
}

/** Compares without telling by time how much was right. */
export function samePassword(given: Uint8Array | undefined, wanted: string): boolean {
  const digest = (data: Uint8Array | string): Buffer => createHash("sha256").update(data).digest();
  return timingSafeEqual(digest(given ?? ""), digest(wanted)) && given !== undefined;
}
