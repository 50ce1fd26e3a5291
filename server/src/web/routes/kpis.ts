/**
 * KPIs as far as they can be measured: live sums, or over a span differences of the PLC's totals. `coverage` is the share
 * of cells that contributed. What needs tap weights (specific energy, current efficiency) is null with coverage 0.
 */
import { type Cell, Fault, type Plant, Quality, readStatus, type Tag, tagOf } from "@cellhouse/shared";
import { z } from "zod";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { instant, placeOf } from "./fields.ts";

const kpiSchema = z.object({ id: z.string(), value: z.number().nullable(), unit: z.string(), coverage: z.number() });
type Kpi = z.output<typeof kpiSchema>;

const KEEP_MS = 10_000;
const KEEP_ANSWERS = 32;

const UNMEASURED: readonly Kpi[] = [
  { id: "metal", value: null, unit: "kg", coverage: 0 },
  { id: "specific-energy", value: null, unit: "kWh/kg", coverage: 0 },
  { id: "current-efficiency", value: null, unit: "%", coverage: 0 },
];

export function kpiRoutes(deps: WebDeps): Endpoint[] {
  const { plant, clock } = deps;
  const scopePath = (scope: string | undefined): string => {
    const hall = `${plant.site}.${plant.area}`;
    if (scope === undefined || scope === "hall" || scope === hall) return hall;
    const path = placeOf(plant, scope);
    if (path === undefined) throw new Fault("E_NOT_FOUND", `scope: ${scope}`);
    return path;
  };
  const known = remembered(deps);
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/kpis",
      summary: "KPIs of the hall, a line or a cell; now, or over a span",
      query: z.object({ scope: z.string().max(40).optional(), from: instant(clock).optional(), to: instant(clock).optional() }),
      answer: z.object({ kpis: z.array(kpiSchema) }),
      refusals: ["E_NOT_FOUND", "E_HISTORIAN"],
      target: ({ query }) => [scopePath(query.scope)],
      handle: async ({ query }) => {
        const cells = cellsOf(plant, scopePath(query.scope));
        if (query.from === undefined) return { kpis: [...now(deps, cells), ...UNMEASURED] };
        const to = Math.min(query.to ?? clock.now(), clock.now());
        if (query.from >= to) throw new Fault("E_QUERY", "query: from: must be earlier than to and than now");
        return { kpis: [...(await known(scopePath(query.scope), cells, { from: query.from, to })), ...UNMEASURED] };
      },
    }),
  ];
}

/** A hall asks the historian hundreds of questions: the same span (to 1 % of its length) is asked once in ten seconds, whoever wants it. */
function remembered(deps: WebDeps): (scope: string, cells: readonly Cell[], span: Span) => Promise<Kpi[]> {
  const answers = new Map<string, Promise<Kpi[]>>();
  return (scope, cells, span) => {
    const grid = Math.min(KEEP_MS, (span.to - span.from) / 100);
    const key = [scope, Math.floor(span.from / grid), Math.floor(span.to / grid), Math.floor(deps.clock.now() / KEEP_MS)].join(" ");
    const answer = answers.get(key) ?? grown(deps, cells, span);
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
    if (answers.size > KEEP_ANSWERS) answers.delete(answers.keys().next().value as string);
    return answer;
  };
}

function cellsOf(plant: Plant, path: string): Cell[] {
  return plant.cells.filter((cell) => cell.path === path || cell.path.startsWith(`${path}.`));
}

function now({ live: { model } }: WebDeps, cells: readonly Cell[]): Kpi[] {
  const sum = (kpi: string, tag: string, unit: string, factor: number): Kpi => {
    const good = cells
      .map((cell) => tagOf(cell, tag).id)
      .filter((t) => model.quality(t) <= Quality.Uncertain && Number.isFinite(model.value(t)));
    return total(
      kpi,
      unit,
      good.map((t) => model.value(t) * factor),
      cells.length,
    );
  };
  const seen = cells
    .map((cell) => tagOf(cell, "YS-901").id)
    .filter((t) => model.quality(t) <= Quality.Uncertain && Number.isFinite(model.value(t)));
  const running = seen.map((t) => (readStatus(model.value(t)).phase === "RUN" ? 1 : 0) as number);
  return [
    sum("feed", "FI-303", "kg/h", 1),
    sum("dc-power", "JI-204", "MW", 1e-3),
    sum("anode-effect-seconds-today", "XQ-209", "s", 1),
    total("cells-running", "", running, cells.length),
  ];
}

/** A span of time, epoch ms. */
interface Span {
  from: number;
  to: number;
}

/** Growth of the PLC's running totals over the span. Each cell counts as covered for the share of the span its samples reach over. */
async function grown(deps: WebDeps, cells: readonly Cell[], span: Span): Promise<Kpi[]> {
  const kpi = async (name: string, tag: string, unit: string): Promise<Kpi> => {
    let value: number | null = null;
    let covered = 0;
    for (const cell of cells) {
      const growth = await growthOf(deps, tagOf(cell, tag), span);
      if (growth === undefined) continue;
      value = (value ?? 0) + growth.value;
      covered += Math.min(1, growth.ms / (span.to - span.from));
    }
    return { id: name, value, unit, coverage: cells.length === 0 ? 0 : covered / cells.length };
  };
  return [await kpi("oxide-fed", "FQ-304", "kg"), await kpi("dc-energy", "JQ-205", "kWh"), await kpi("charge", "IQ-206", "kAh")];
}

/** From the last sample before the span (one scan back) to the last one in it; nothing for a total that went back (a PLC replaced). */
async function growthOf(deps: WebDeps, tag: Tag, { from, to }: Span): Promise<{ value: number; ms: number } | undefined> {
  const first = await deps.history.raw({ tag: tag.id, from: from - tag.definition.scanMs, to, limit: 1 });
  const last = await deps.history.at(tag.id, to);
  if (last === undefined || first.time.length === 0) return undefined;
  const value = last.value - (first.value[0] as number);
  return value >= 0 ? { value, ms: last.time - (first.time[0] as number) } : undefined;
}

function total(kpi: string, unit: string, parts: readonly number[], of: number): Kpi {
  const value = parts.length === 0 ? null : parts.reduce((sum, part) => sum + part, 0);
  return { id: kpi, value, unit, coverage: of === 0 ? 0 : parts.length / of };
}
