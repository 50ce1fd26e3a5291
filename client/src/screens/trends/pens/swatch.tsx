/** A pen's number on its ink, and a piece of its line. */
import { lookOf } from "../../../parts/trend/looks.ts";

export function Swatch({ place }: { place: number }) {
  const { ink, dash, width } = lookOf(place);
  const colour = `var(--pen${ink + 1})`;
  return (
    <svg className="swatch" width="52" height="16" viewBox="0 0 52 16" role="img" aria-label={`${place + 1}`}>
      <rect width="14" height="14" y="1" fill={colour} />
      <text x="7" y="12" textAnchor="middle" fontSize="11" fontWeight="600" fill="var(--panel)">
        {place + 1}
      </text>
      <line x1="18" y1="8" x2="52" y2="8" stroke={colour} strokeWidth={width + 0.5} strokeDasharray={dash.join(" ")} />
    </svg>
  );
}
