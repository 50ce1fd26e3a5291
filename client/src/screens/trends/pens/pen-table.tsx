/** The pens: what each is worth now, under the pointer or at the cursors, and what became of it between them. */
import { type Tag, UNITS } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { useObservable, usePlant } from "../../../live/hooks.ts";
import { between, valueAt } from "../../../live/past/curve.ts";
import { dayTime, duration, figure, signed } from "../../../parts/format.ts";
import { Go } from "../../../parts/go.tsx";
import { homeOf, tagWords } from "../../../parts/plant-words.ts";
import { type Pen, shortPath } from "../../../parts/trend/pens/pens.ts";
import { qualityAt } from "../../../parts/trend/plot-view.tsx";
import { Value } from "../../../parts/value.tsx";
import type { TrendsView } from "../use-trends.ts";
import { Swatch } from "./swatch.tsx";
import { useAggregates } from "./use-aggregates.ts";

interface Props {
  view: TrendsView;
  hover: number | undefined;
}

export function PenTable({ view, hover }: Props) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const window = useObservable(view.model.window);
  useObservable(view.model.past);
  const { a, b } = view.cursors;
  const both = a !== undefined && b !== undefined;
  const found = useAggregates(view.pens, a, b);
  // Beside the past stand no present values: those under the pointer, or of the right edge.
  const at = hover ?? (window.following ? undefined : window.to);
  if (view.pens.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="pen-table" aria-label={t("trends.pens")} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("trends.pen")}</th>
            <th scope="col">{t("trends.what")}</th>
            <th scope="col" className="number">
              {at === undefined ? t("trends.now") : dayTime(at, zone).slice(5)}
            </th>
            {a !== undefined && <CursorHead name="A" time={a} zone={zone} />}
            {b !== undefined && <CursorHead name="B" time={b} zone={zone} />}
            {both && <DeltaHeads ms={b - a} />}
            <th scope="col">{t("trends.made")}</th>
            <th scope="col">{t("trends.acts")}</th>
          </tr>
        </thead>
        <tbody>
          {view.pens.map((pen) => (
            <Row key={pen.tag.path} view={view} pen={pen} at={at} found={found.get(pen.tag.path)} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CursorHead({ name, time, zone }: { name: string; time: number; zone: string }) {
  return (
    <th scope="col" className="number">
      {name} <span className="figure">{dayTime(time, zone).slice(5)}</span>
    </th>
  );
}

function DeltaHeads({ ms }: { ms: number }) {
  const { t } = useTranslation();
  return (
    <>
      <th scope="col" className="number">
        B − A{" "}
        <span className="figure">
          {ms < 0 ? "−" : ""}
          {duration(Math.abs(ms))}
        </span>
      </th>
      {(["slope", "min", "mean", "max"] as const).map((name) => (
        <th key={name} scope="col" className="number">
          {t(`trends.${name}`)}
        </th>
      ))}
    </>
  );
}

interface RowProps {
  view: TrendsView;
  pen: Pen;
  at: number | undefined;
  found: Found | undefined;
}

function Row({ view, pen, at, found }: RowProps) {
  const { t } = useTranslation();
  const plant = usePlant();
  const { tag } = pen;
  const line = view.model.line(tag);
  const { a, b } = view.cursors;
  const change = (next: Partial<Pen>): void => view.setPens(view.pens.map((p) => (p === pen ? { ...p, ...next } : p)));
  const name = `${tag.owner} ${tag.definition.name}`;
  return (
    <tr data-chosen={pen === view.chosen} data-hidden={pen.hidden}>
      <td>
        <button
          type="button"
          className="choose"
          aria-pressed={pen === view.chosen}
          aria-label={t("trends.choose", { name })}
          onClick={() => view.choose(pen)}
        >
          <Swatch place={pen.place} />
        </button>
      </td>
      <th scope="row">
        <Go to={homeOf(plant, tag.owner)}>{tag.owner}</Go> <strong>{tag.definition.name}</strong>{" "}
        <span className="muted words">{tagWords(t, tag.definition.name)}</span>
      </th>
      <td className="number">{at === undefined ? <Value tag={tag} /> : <At view={view} tag={tag} time={at} />}</td>
      {a !== undefined && (
        <td className="number">
          <At view={view} tag={tag} time={a} />
        </td>
      )}
      {b !== undefined && (
        <td className="number">
          <At view={view} tag={tag} time={b} />
        </td>
      )}
      {a !== undefined && b !== undefined && <Deltas view={view} tag={tag} ends={[a, b]} found={found} />}
      <td className="muted made">{line.source === undefined ? "" : <Made source={line.source} width={line.width} />}</td>
      <td className="acts">
        <button
          type="button"
          aria-pressed={pen.hidden}
          onClick={() => change({ hidden: !pen.hidden })}
          aria-label={t("trends.hideOne", { name })}
        >
          {t("trends.hide")}
        </button>
        <button type="button" aria-pressed={pen.own} onClick={() => change({ own: !pen.own })} aria-label={t("trends.ownOne", { name })}>
          {t("trends.own")}
        </button>
        <button
          type="button"
          onClick={() => view.setPens(view.pens.filter((p) => p !== pen))}
          aria-label={t("trends.removeOne", { name: shortPath(tag) })}
        >
          {t("trends.remove")}
        </button>
      </td>
    </tr>
  );
}

/** The value that held at a time, with its unit, or why there is none. */
function At({ view, tag, time }: { view: TrendsView; tag: Tag; time: number }) {
  const { t } = useTranslation();
  const line = view.model.line(tag);
  const value = valueAt(line, time);
  const quality = qualityAt(line, time);
  const words = ["", "?", t("quality.stale"), t("quality.bad"), t("quality.none"), ""];
  return (
    <span className="at-cursor">
      {value !== undefined && <span className="num">{figure(value, tag.definition.decimals)}</span>}{" "}
      {value !== undefined && <span className="unit">{UNITS[tag.definition.unit].symbol}</span>}
      {words[quality] !== "" && <span className="note"> {words[quality]}</span>}
    </span>
  );
}

interface Found {
  min: number | null;
  mean: number | null;
  max: number | null;
}

interface DeltasProps {
  view: TrendsView;
  tag: Tag;
  ends: readonly [a: number, b: number];
  found: Found | undefined;
}

function Deltas({ view, tag, ends: [a, b], found }: DeltasProps) {
  const curve = view.model.line(tag);
  const { decimals } = tag.definition;
  const [from, to] = [valueAt(curve, a), valueAt(curve, b)];
  const delta = from === undefined || to === undefined ? Number.NaN : to - from;
  const figures: Found | undefined = found ?? between(curve, Math.min(a, b), Math.max(a, b));
  return (
    <>
      <td className="number figure">{signed(delta, decimals)}</td>
      <td className="number figure">{signed(delta / ((b - a) / 60_000), decimals + 1)}</td>
      <td className="number figure">{figure(figures?.min, decimals)}</td>
      <td className="number figure">{figure(figures?.mean, decimals + 1)}</td>
      <td className="number figure">{figure(figures?.max, decimals)}</td>
    </>
  );
}

/** What the line is made of, and how wide its buckets are. */
function Made({ source, width }: { source: "raw" | "10s" | "1m" | "1h"; width: number }) {
  const { t } = useTranslation();
  const made = t(`trend.source.${source}`);
  return width === 0 ? made : t("trends.envelope", { made, width: wide(width) });
}

function wide(ms: number): string {
  if (ms < 100_000) return `${Number((ms / 1000).toFixed(ms < 10_000 ? 1 : 0))} s`;
  return ms < 7_200_000 ? `${Number((ms / 60_000).toFixed(1))} min` : `${Number((ms / 3_600_000).toFixed(1))} h`;
}
