/** An import as the server tells of it, and the trend of what came in by it. Pure. */
import type { FaultCode, Plant } from "@cellhouse/shared";
import { firstPen, MOST_PENS, writePens } from "../../parts/trend/pens/pens.ts";
import { LONGEST } from "../../parts/trend/window.ts";
import type { FileKind } from "./head.ts";

export interface ImportJob {
  id: string;
  state: "open" | "checking" | "checked" | "entering" | "done" | "failed";
  format: FileKind;
  created: number;
  /** Of the file so far. */
  bytes: number;
  rows: number;
  samples: number;
  entered: number;
  /** Source times of the samples, inclusive. */
  from?: number;
  to?: number;
  /** The first tags the samples are of. */
  paths: readonly string[];
  rejected: Readonly<Record<string, number>>;
  rejects: readonly { row: number; column: string; reason: string; text: string }[];
  fault?: { code: FaultCode; detail: string };
}

/** Least and most that is shown beside the samples, ms. */
const MARGIN = { share: 0.05, least: 10_000 };

/** Trends with as many of its tags as there are pens, over the span of its samples; undefined where there is none. */
export function trendsOf({ from, to, paths }: Pick<ImportJob, "from" | "to" | "paths">, plant: Pick<Plant, "tag">): string | undefined {
  const tags = paths.flatMap((path) => plant.tag(path) ?? []).slice(0, MOST_PENS);
  if (from === undefined || to === undefined || tags.length === 0) return undefined;
  const margin = Math.max(MARGIN.least, (to - from) * MARGIN.share);
  const span = Math.min(LONGEST, to - from + 2 * margin);
  const pens = writePens(tags.map((tag, place) => ({ ...firstPen(tag), place })));
  return `/trends?${new URLSearchParams({ pens, span: String(Math.round(span)), end: String(Math.round(to + margin)) })}`;
}

export const isMoving = ({ state }: ImportJob): boolean => state === "checking" || state === "entering";
