/** One plot of a stack with its name, its present value and the value under the cursor. */
import { type Tag, UNITS } from "@cellhouse/shared";
import { useMemo } from "react";
import { valueAt } from "../../live/past/curve.ts";
import { figure } from "../format.ts";
import { Value } from "../value.tsx";
import { lookOf, REFERENCE } from "./looks.ts";
import type { TrendModel } from "./model.ts";
import { type Scale, TIME_AXIS } from "./plot.ts";
import { type PlotLevels, type PlotPen, PlotView } from "./plot-view.tsx";

export interface RowSpec {
  /** Least height of the y axis, in the tag's unit. */
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
const KEY = "y";

export function Row({ model, row, width, last, cursor, onCursor }: Props) {
  const first = row.tags[0];
  const decimals = first?.definition.decimals ?? 0;
  const pens = useMemo(
    () =>
      row.tags.map(
        (tag, i): PlotPen => ({ tag, scale: KEY, look: i === 0 ? lookOf(0) : REFERENCE, behind: 0, ...(i === 0 && { number: "" }) }),
      ),
    [row],
  );
  const scales = useMemo(
    (): Scale[] => [{ key: KEY, title: "", decimals, leastSpan: row.leastSpan, side: "left", shown: true }],
    [row, decimals],
  );
  const levels = useMemo(
    (): PlotLevels => ({
      scale: KEY,
      levels: [row.band.low, row.band.high].map((value) => ({ text: "", steps: [{ time: Number.NEGATIVE_INFINITY, value }] })),
    }),
    [row],
  );
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
      <PlotView
        model={model}
        pens={pens}
        scales={scales}
        levels={levels}
        width={width}
        height={HEIGHT + (last ? TIME_AXIS : 0)}
        times={last}
        sync={`trend-${first?.owner ?? ""}`}
        onCursor={onCursor}
      />
    </div>
  );
}

function AtCursor({ model, tag, time }: { model: TrendModel; tag: Tag; time: number }) {
  const { decimals, unit } = tag.definition;
  return (
    <span className="value at-cursor">
      <span className="num">{figure(valueAt(model.line(tag), time), decimals)}</span> <span className="unit">{UNITS[unit].symbol}</span>
    </span>
  );
}
