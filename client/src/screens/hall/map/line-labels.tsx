/** The names of the lines at the left of their rows, each the way to its line. */
import type { Plant } from "@cellhouse/shared";
import { Go } from "../../../parts/go.tsx";
import { Value } from "../../../parts/value.tsx";
import type { Layout } from "./layout.ts";

export function LineLabels({ plant, layout }: { plant: Plant; layout: Layout }) {
  return (
    <div className="line-labels">
      {plant.lines.map((line, i) => (
        <div key={line.id} style={{ top: layout.lineSpots[i]?.y, left: layout.lineSpots[i]?.x }}>
          <Go to={`/line/${line.id}`}>{line.id}</Go>
          {layout.height >= 40 && <Value tag={line.tags.get("II-001")} digits={0} write={(v) => v.toFixed(v < 100 ? 1 : 0)} />}
        </div>
      ))}
    </div>
  );
}
