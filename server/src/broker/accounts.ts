/** Who may do what at the embedded broker: one account for the host, one for readers, one per edge. Pure. */
import { createHash, timingSafeEqual } from "node:crypto";
import { edgeAddress, type Plant } from "@cellhouse/shared";
import { NAMESPACE, parseTopic } from "@cellhouse/shared/sparkplug";

export interface Account {
  readonly name: string;
  mayPublish(topic: string): boolean;
  maySubscribe(filter: string): boolean;
  /** Retained messages are the host's STATE alone; from others the flag is taken off. */
  readonly mayRetain: boolean;
}

/** The accounts of a plant: `host`, `reader`, `edge-<line>` for every line. */
export function createAccounts(plant: Plant): ReadonlyMap<string, Account> {
  const edges = plant.lines.map(({ id, description }) => ({ account: `edge-${id}`, ...edgeAddress(plant, description) }));
  const groups = new Set(edges.map(({ group }) => group));
  const accounts = [host(groups), reader(), ...edges.map(edge)];
  return new Map(accounts.map((account) => [account.name, account]));
}

function host(groups: ReadonlySet<string>): Account {
  return {
    name: "host",
    mayRetain: true,
    mayPublish(text) {
      const topic = parseTopic(text);
      if (topic?.type === "STATE") return true;
      return (topic?.type === "NCMD" || topic?.type === "DCMD") && groups.has(topic.group);
    },
    maySubscribe: (filter) => filter.startsWith(`${NAMESPACE}/`),
  };
}

function reader(): Account {
  return { name: "reader", mayRetain: false, mayPublish: () => false, maySubscribe: (filter) => !filter.startsWith("$") };
}

/** An edge speaks for its own line, by the names the plant file gives it, and hears only what is said to it. */
function edge({ account, group, edge: node }: { account: string; group: string; edge: string }): Account {
  return {
    name: account,
    mayRetain: false,
    mayPublish(text) {
      const topic = parseTopic(text);
      if (topic === undefined || topic.type === "STATE" || topic.type === "NCMD" || topic.type === "DCMD") return false;
      return topic.group === group && topic.edge === node;
    },
    maySubscribe(filter) {
      const [namespace, second, , id] = filter.split("/");
      if (namespace !== NAMESPACE) return false;
      return second === "STATE" || (second === group && id === node);
    },
  };
}

/** Compares without telling by time how much was right. */
export function samePassword(given: Uint8Array | undefined, wanted: string): boolean {
  const digest = (data: Uint8Array | string): Buffer => createHash("sha256").update(data).digest();
  return timingSafeEqual(digest(given ?? ""), digest(wanted)) && given !== undefined;
}
