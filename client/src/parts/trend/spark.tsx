/** A line without axes: how a figure has gone. Its place is kept while nothing is known; `null` leaves a hole. */
interface Props {
  values: readonly (number | null)[];
  /** Said on hover and to people who do not see it. */
  label: string;
}

const WIDTH = 120;
const HEIGHT = 28;
/** Least height of the scale as a share of the figure: noise must not look like a swing. */
const LEAST = 0.04;

export function Spark({ values, label }: Props) {
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <path d={pathOf(values)} />
    </svg>
  );
}

/** The path of a spark line in its box; empty where nothing is known. */
export function pathOf(values: readonly (number | null)[]): string {
  const known = values.filter((v) => v !== null);
  if (known.length === 0) return "";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const reach = Math.max(high - low, LEAST * Math.abs(high)) || 1;
  const bottom = (low + high - reach) / 2;
  const step = WIDTH / Math.max(1, values.length - 1);
  const y = (v: number): string => (HEIGHT - 2 - ((v - bottom) / reach) * (HEIGHT - 4)).toFixed(1);
  return values
    .map((v, i) => (v === null ? "" : `${(values[i - 1] ?? null) === null ? "M" : "L"}${(i * step).toFixed(1)} ${y(v)}h0.5`))
    .join("");
}
