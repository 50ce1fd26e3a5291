/**
 * KPIs as far as they can be measured: live sums, or over a span differences of the PLC's totals. `coverage` is the share
 * of cells that contributed. What needs tap weights (specific energy, current efficiency) is null with coverage 0.
 */
import { type Cell, Fault, type Plant, Quality, readStatus, tagOf } from "@cellhouse/shared";
import { z } from "zod";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { instant, placeOf } from "./fields.ts";

const kpiSchema = z.object({ id: z.string(), value: z.number().nullable(), unit: z.string(), coverage: z.number() });
type Kpi = z.output<typeof kpiSchema>;

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
        return { kpis: [...(await span(deps, cells, { from: query.from, to })), ...UNMEASURED] };
      },
    }),
  ];
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

/** Differences of running totals; a total that went back (a PLC replaced) does not contribute. */
async function span(deps: WebDeps, cells: readonly Cell[], range: { from: number; to: number }): Promise<Kpi[]> {
  const difference = async (kpi: string, tag: string, unit: string): Promise<Kpi> => {
    const found: number[] = [];
    for (const cell of cells) {
      const bucket = await deps.history.buckets({ tag: tagOf(cell, tag).id, ...range, count: 1 });
      const grown = (bucket.last[0] ?? Number.NaN) - (bucket.first[0] ?? Number.NaN);
      if (grown >= 0) found.push(grown);
    }
    return total(kpi, unit, found, cells.length);
  };
  return [
    await difference("oxide-fed", "FQ-304", "kg"),
    await difference("dc-energy", "JQ-205", "kWh"),
    await difference("charge", "IQ-206", "kAh"),
  ];
}

function total(kpi: string, unit: string, parts: readonly number[], of: number): Kpi {
  const value = parts.length === 0 ? null : parts.reduce((sum, part) => sum + part, 0);
  return { id: kpi, value, unit, coverage: of === 0 ? 0 : parts.length / of };
}
