/** One plot with its name, its present value and the value under the cursor. */
import { type Tag, UNITS } from "@cellhouse/shared";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { usePlant } from "../../live/hooks.ts";
import { figure } from "../format.ts";
import { Value } from "../value.tsx";
import { valueAt } from "./columns.ts";
import type { TrendModel } from "./model.ts";
import { plotOptions, readInk } from "./plot.ts";

export interface RowSpec {
  leastSpan: number;
  band: { low: number | undefined; high: number | undefined };
}

interface Props {
  model: TrendModel;
  row: RowSpec & { tags: readonly Tag[] };
  width: number;
  last: boolean;
  cursor: number | undefined;
  onCursor: (time: number | undefined) => void;
}

const HEIGHT = 70;
const AXIS = 34;

export function Row({ model, row, width, last, cursor, onCursor }: Props) {
  const zone = usePlant().description.timezone;
  const host = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const report = useRef(onCursor);
  report.current = onCursor;
  const first = row.tags[0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: a theme is read from the document, not passed
  useEffect(() => {
    const element = host.current;
    if (element === null || first === undefined) return;
    const options = plotOptions({
      width,
      height: HEIGHT + (last ? AXIS : 0),
      series: row.tags.length,
      decimals: first.definition.decimals,
      leastSpan: row.leastSpan,
      band: row.band,
      last,
      sync: `trend-${first.owner}`,
      zone,
      ink: readInk(element),
      window: () => model.state.get().window,
      marks: () => model.marks.get(),
      onCursor: (time) => report.current(time),
    });
    const columns = (): uPlot.AlignedData => {
      const tables = row.tags.map((tag) => model.points(tag)).map(({ t, v }) => [t, v] as uPlot.AlignedData);
      return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
    };
    const plot = new uPlot(options, columns(), element);
    const off = model.onDraw(() => plot.setData(columns()));
    return () => {
      off();
      plot.destroy();
    };
  }, [model, row, first, width, last, zone, theme]);
  return (
    <div className="trend-row">
      <div className="trend-name">
        {row.tags.map((tag, i) => (
          <div key={tag.path} className={i === 0 ? "" : "reference"}>
            <span className="name">{tag.definition.name}</span>
            {cursor === undefined ? <Value tag={tag} /> : <AtCursor model={model} tag={tag} time={cursor} />}
          </div>
        ))}
      </div>
      <div ref={host} className="plot" />
    </div>
  );
}

function AtCursor({ model, tag, time }: { model: TrendModel; tag: Tag; time: number }) {
  const { decimals, unit } = tag.definition;
  return (
    <span className="value at-cursor">
      <span className="num">{figure(valueAt(model.points(tag), time), decimals)}</span> <span className="unit">{UNITS[unit].symbol}</span>
    </span>
  );
}

/** Changes when the document's theme does, so that plots take the new ink. */
function useTheme(): string {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "");
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(document.documentElement.dataset.theme ?? ""));
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => observer.disconnect();
  }, []);
  return theme;
}
