/** The stages of the pipe as boxes, out of the links. Pure. */
import type { Link } from "@cellhouse/shared";

export interface Stage {
  key: "field" | "ingest" | "recorder" | "historian" | "screens";
  state: Link["state"];
  /** Values per second. */
  rate: number | undefined;
  up: number;
  all: number;
  waiting: number | undefined;
}

const BADNESS = { up: 0, degraded: 1, down: 2 } as const;

export function stagesOf(links: readonly Link[], screenRate: number): Stage[] {
  const field = links.filter((l) => l.kind === "edge" || l.kind === "opcua");
  const ingest = links.filter((l) => l.kind === "broker" || l.kind === "opcua");
  return [
    stage("field", field),
    { ...stage("ingest", ingest), rate: sum(field.map((l) => l.rate)) },
    stage(
      "recorder",
      links.filter((l) => l.kind === "recorder"),
    ),
    stage(
      "historian",
      links.filter((l) => l.kind === "historian"),
    ),
    { key: "screens", state: "up", rate: screenRate, up: 1, all: 1, waiting: undefined },
  ];
}

function stage(key: Stage["key"], links: readonly Link[]): Stage {
  const state = links.reduce<Link["state"]>((worst, l) => (BADNESS[l.state] > BADNESS[worst] ? l.state : worst), "up");
  const up = links.filter((l) => l.state === "up").length;
  return { key, state, rate: sum(links.map((l) => l.rate)), up, all: links.length, waiting: sum(links.map((l) => l.backlog)) };
}

/** Undefined when nothing is known. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((v): v is number => v !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
}
