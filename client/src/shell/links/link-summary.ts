/** The links in four words: edge, broker, historian, server; a lost one names itself. Pure. */
import type { Link } from "@cellhouse/shared";

export interface LinkDot {
  group: "edge" | "broker" | "historian" | "server";
  state: "up" | "degraded" | "down";
  /** The links of the group that are not up, the worst first. */
  troubled: readonly { id: string; since: number; detail: string }[];
}

const GROUP: Record<Link["kind"], LinkDot["group"]> = {
  edge: "edge",
  opcua: "edge",
  broker: "broker",
  historian: "historian",
  recorder: "server",
};
const BADNESS = { up: 0, degraded: 1, down: 2 } as const;

/** `lostSince`: when this browser lost the server; then nothing is known of the others. */
export function summariseLinks(links: readonly Link[], lostSince: number | undefined): LinkDot[] {
  return (["edge", "broker", "historian", "server"] as const)
    .map((group) => dotOf(group, links, lostSince))
    .filter((dot): dot is LinkDot => dot !== undefined);
}

function dotOf(group: LinkDot["group"], links: readonly Link[], lostSince: number | undefined): LinkDot | undefined {
  const own = links.filter((l) => GROUP[l.kind] === group);
  if (group === "server" && lostSince !== undefined)
    return { group, state: "down", troubled: [{ id: "server", since: lostSince, detail: "" }] };
  if (own.length === 0 && group !== "server") return undefined;
  const troubled = own.filter((l) => l.state !== "up").sort((a, b) => BADNESS[b.state] - BADNESS[a.state] || a.since - b.since);
  return { group, state: troubled[0]?.state ?? "up", troubled };
}
