/** The cell's figures as analog bars: normal band, limits, setpoint, pointer, number. */
import type { Cell } from "@cellhouse/shared";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePlant } from "../../live/hooks.ts";
import { Bar, type BarProps } from "../../parts/bar.tsx";
import { figure } from "../../parts/format.ts";
import { limitsOf } from "../../parts/limits.ts";
import { tagWords } from "../../parts/plant-words.ts";
import { Value } from "../../parts/value.tsx";

interface Row extends Pick<BarProps, "range" | "band" | "aim"> {
  tag: string;
  setpoint?: string;
}

/** Ranges wide enough for the alarm limits, narrow enough that a deviation is seen. */
function rowsOf(cell: Cell): Row[] {
  const t = cell.recipe.temperature;
  const { current, voltage } = cell.cellClass;
  const feed = (current / 1000) * 1.6;
  return [
    { tag: "TY-100", range: [t - 60, t + 80], setpoint: "TIC-101.SP" },
    { tag: "EI-201", range: [voltage - 4, voltage + 4], aim: voltage },
    { tag: "II-202", range: [0, current * 1.2], band: [current * 0.95, current * 1.05], setpoint: "IIC-202.SPW" },
    { tag: "XI-207", range: [900, 1800], band: [1150, 1500] },
    { tag: "XI-208", range: [-2, 6], band: [-1, 2] },
    { tag: "XI-209", range: [0, 1] },
    { tag: "AY-301", range: [0.5, 3.5], band: [1.3, 2.6], setpoint: "XIC-207.OXT" },
    { tag: "FI-303", range: [0, feed * 2], band: [feed * 0.7, feed * 1.35], setpoint: "FIC-303.SPW" },
    { tag: "WI-302", range: [0, 60] },
    { tag: "FI-501", range: [0, 60] },
    { tag: "TI-503", range: [0, 90] },
  ];
}

/** All numbers end in the same column. */
const digitsOf = (decimals: number): number => 7 - (decimals > 0 ? decimals + 1 : 0);

export function Indicators({ cell }: { cell: Cell }) {
  const plant = usePlant();
  const { t } = useTranslation();
  const rows = useMemo(
    () => rowsOf(cell).map((row) => ({ ...row, limits: limitsOf(plant.description.alarms, cell, row.tag) })),
    [cell, plant],
  );
  return (
    <section className="panel indicators" aria-labelledby="indicators-title">
      <h2 id="indicators-title">{t("cell.indicators")}</h2>
      {rows.map(({ tag, setpoint, ...bar }) => (
        <div key={tag} className="indicator" title={bar.limits.map((l) => `${l.id} ${figure(l.value, 1)}`).join(", ")}>
          <span className="name">
            {tag} <span className="words">{tagWords(t, tag)}</span>
          </span>
          <Bar tag={cell.tags.get(tag)} {...bar} {...(setpoint === undefined ? {} : { setpoint: cell.tags.get(setpoint) })} />
          <Value stop tag={cell.tags.get(tag)} digits={digitsOf(cell.tags.get(tag)?.definition.decimals ?? 0)} />
        </div>
      ))}
    </section>
  );
}
