/** The cells of a line as rows of analog indicators. Sorted when asked, never by itself under the operator's eyes. */
import { type AlarmDefinition, type Cell, type Line, MODES, Quality, UNITS } from "@cellhouse/shared";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useObservable, usePlant, useTagQuality, useTagValue } from "../../live/hooks.ts";
import { Badge } from "../../parts/badge.tsx";
import { Bar } from "../../parts/bar.tsx";
import { Go } from "../../parts/go.tsx";
import { type Limit, limitsOf } from "../../parts/limits.ts";
import { Value } from "../../parts/value.tsx";
import { bandOf, COLUMN_TAG, COLUMNS, type Column, offBy, type Sort, sorted } from "./order.ts";

export function CellTable({ line }: { line: Line }) {
  const { t } = useTranslation();
  const live = useLive();
  const plant = usePlant();
  const [{ sort, cells }, setOrder] = useState<{ sort: Sort; cells: readonly Cell[] }>({ sort: { by: "cell" }, cells: line.cells });
  const choose = (by: Sort["by"]): void => {
    const next: Sort = { by: sort.by === by ? "cell" : by };
    const { worst } = live.alarms.get();
    const { store } = live;
    const rank = (cell: Cell): number => {
      if (next.by === "alarm" || next.by === "cell") return 5 - (worst.get(cell.id) ?? 5);
      const read = (name: string): number => {
        const id = cell.tags.get(name)?.id ?? -1;
        return (store.quality[id] ?? Quality.Bad) < Quality.Stale ? (store.value[id] as number) : Number.NaN;
      };
      return offBy(next.by, cell, read, plant.description.alarms);
    };
    setOrder({ sort: next, cells: sorted(line.cells, next, rank) });
  };
  const head = (by: Sort["by"], text: string, unit?: string) => (
    <th key={by} scope="col" className="head" aria-sort={sort.by !== by ? "none" : by === "cell" ? "ascending" : "descending"}>
      <button type="button" onClick={() => choose(by)} title={sort.by === by ? t("line.sorted") : undefined}>
        {text}
        {unit !== undefined && <span className="muted"> {unit}</span>}
        {sort.by === by ? (by === "cell" ? " ▴" : " ▾") : ""}
      </button>
    </th>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="cell-table panel" tabIndex={0} aria-label={t("line.cells")}>
      <table>
        <thead>
          <tr>
            {head("cell", t("line.cell"))}
            {head("alarm", t("line.alarm"))}
            <th scope="col" className="head">
              {t("line.mode")}
            </th>
            {COLUMNS.map((c) => head(c, t(`line.${c}`), unitOf(line, c)))}
          </tr>
        </thead>
        <tbody>
          {cells.map((cell) => (
            <Row key={cell.id} cell={cell} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ cell }: { cell: Cell }) {
  const plant = usePlant();
  const { t } = useTranslation();
  const alarm = useObservable(useLive().alarms).worst.get(cell.id);
  const told = MODES[useTagValue(cell.tags.get("HS-910"))] ?? "–";
  // The last known mode of a silent cell is not its mode.
  const mode = useTagQuality(cell.tags.get("HS-910")) >= Quality.Stale ? "?" : told;
  const bars = useMemo(() => COLUMNS.map((column) => barOf(column, cell, plant.description.alarms)), [cell, plant]);
  return (
    <tr>
      <th scope="row">
        <Go to={`/cell/${cell.id}`}>{cell.id}</Go>
      </th>
      <td>
        {alarm !== undefined && (
          <>
            <Badge priority={alarm} unacknowledged size={18} />
            <span className="visually-hidden">{t("hall.tip.alarm", { priority: alarm })}</span>
          </>
        )}
      </td>
      <td className={mode === "MAN" || mode === "OFF" ? "by-hand" : "muted"}>{mode}</td>
      {bars.map(({ column, setpoint, ...bar }) => (
        <td key={column}>
          <span className="indicator">
            <Bar
              tag={cell.tags.get(COLUMN_TAG[column])}
              {...bar}
              {...(setpoint === undefined ? {} : { setpoint: cell.tags.get(setpoint) })}
            />
            <Value tag={cell.tags.get(COLUMN_TAG[column])} unit={false} />
          </span>
        </td>
      ))}
    </tr>
  );
}

/** The column's unit, said once in its head: the cells have no room for it. */
function unitOf(line: Line, column: Column): string | undefined {
  const tag = line.cells[0]?.tags.get(COLUMN_TAG[column]);
  return tag === undefined ? undefined : UNITS[tag.definition.unit].symbol;
}

interface BarLook {
  column: Column;
  range: readonly [number, number];
  band: readonly [number, number];
  limits: readonly Limit[];
  aim?: number;
  setpoint?: string;
}

/** The aim of the feed is its nominal rate here; its live command is the mark on the bar. */
function barOf(column: Column, cell: Cell, alarms: readonly AlarmDefinition[]): BarLook {
  const { current, voltage } = cell.cellClass;
  const feed = (current / 1000) * 1.6;
  const t = cell.recipe.temperature;
  const ranges: Record<Column, readonly [number, number]> = {
    temperature: [t - 60, t + 80],
    cellVoltage: [voltage - 4, voltage + 4],
    cellCurrent: [0, current * 1.2],
    oxide: [0.5, 3.5],
    feed: [0, feed * 2],
    slope: [-2, 6],
  };
  const aims: Record<Column, number> = { temperature: t, cellVoltage: voltage, cellCurrent: current, oxide: 1.95, feed, slope: 0 };
  const { low, high } = bandOf(column, cell, aims[column], alarms);
  const setpoint = column === "feed" ? "FIC-303.SPW" : undefined;
  return {
    column,
    range: ranges[column],
    band: [low, high] as const,
    limits: limitsOf(alarms, cell, COLUMN_TAG[column]),
    ...(setpoint === undefined ? { aim: aims[column] } : { setpoint }),
  };
}
