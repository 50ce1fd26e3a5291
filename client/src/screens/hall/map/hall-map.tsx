/** The hall as one picture: arrows move, Enter opens, hover tells, a tile can be dragged to the trends; what is chosen is also said in words. */
import { type DragEvent, type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvery, useLive, useObservable, usePlant, useSize } from "../../../live/hooks.ts";
import { useGo } from "../../../parts/go.tsx";
import { carryPicture, carryTag } from "../../../parts/trend/pens/drag.ts";
import type { Place } from "../facts.ts";
import { tellCell } from "../tell.ts";
import { LABEL, layoutOf, neighbour, tileAt } from "./layout.ts";
import { LineLabels } from "./line-labels.tsx";
import { METRIC_TAGS, type Metric } from "./tone.ts";
import { usePainter } from "./use-painter.ts";

export function HallMap({ places, metric }: { places: readonly Place[]; metric: Metric | undefined }) {
  const live = useLive();
  const plant = usePlant();
  const { t } = useTranslation();
  const go = useGo();
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(frame);
  const { worst } = useObservable(live.alarms);
  const [selected, setSelected] = useState(-1);
  const [hover, setHover] = useState(-1);
  const layout = useMemo(
    () =>
      layoutOf(
        plant.lines.map((l) => l.cells.length),
        width - 2,
        height - 4,
      ),
    [plant, width, height],
  );

  usePainter(canvas, { plant, places, layout, width, alarms: worst, selected, metric });

  const open = (index: number): void => {
    const place = places[index];
    if (place !== undefined) go(`/cell/${place.cell.id}`);
  };
  const point = (event: { clientX: number; clientY: number }): number => {
    const box = canvas.current?.getBoundingClientRect();
    return box === undefined ? -1 : tileAt(layout, event.clientX - box.left - 1, event.clientY - box.top - 1);
  };
  const onDragStart = (event: DragEvent): void => {
    const index = point(event);
    const [tile, place] = [layout.tiles[index], places[index]];
    const tag = place?.cell.tags.get(METRIC_TAGS[metric ?? "temperature"]);
    if (tile === undefined || tag === undefined || canvas.current === null) event.preventDefault();
    else {
      carryTag(event.dataTransfer, tag);
      carryPicture(event.dataTransfer, canvas.current, { x: tile.x + 1, y: tile.y + 1, width: layout.width, height: layout.height });
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter") open(selected);
    else if (event.key.startsWith("Arrow")) setSelected(selected < 0 ? 0 : neighbour(layout, selected, event.key));
    else return;
    event.preventDefault();
  };
  const shown = hover >= 0 ? hover : selected;
  const box = layout.tiles[shown];
  const place = places[shown];
  return (
    <div className="hall-map" ref={frame}>
      <div
        className="hall-picture"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: one stop for the whole picture; arrows move inside, the choice is spoken below
        tabIndex={0}
        aria-label={t("hall.map", { cells: places.length })}
        aria-describedby="hall-chosen"
        onKeyDown={onKey}
        onPointerMove={(event) => setHover(point(event))}
        onPointerLeave={() => setHover(-1)}
        onClick={(event) => open(point(event))}
        draggable
        onDragStart={onDragStart}
      >
        <LineLabels plant={plant} layout={layout} />
        <canvas ref={canvas} />
        {box !== undefined && place !== undefined && (
          <CellTip
            key={place.cell.id}
            place={place}
            x={Math.min(box.x + layout.width + 4, width - 230)}
            y={Math.max(0, Math.min(box.y, layout.total - 170))}
          />
        )}
      </div>
      <p id="hall-chosen" className="visually-hidden" aria-live="polite">
        {selected >= 0 && places[selected] !== undefined ? tellCell(t, live, places[selected]).join(", ") : t("hall.keys")}
      </p>
    </div>
  );
}

/** The values of the tile under the pointer, following the plant. */
function CellTip({ place, x, y }: { place: Place; x: number; y: number }) {
  const live = useLive();
  const { t } = useTranslation();
  const [, again] = useState(0);
  useEvery(1000, () => again((n) => n + 1));
  return (
    <div className="cell-tip" aria-hidden="true" style={{ left: Math.max(LABEL, x), top: y }}>
      {tellCell(t, live, place).map((text, i) => (
        <p key={text} className={i === 0 ? "first" : ""}>
          {text}
        </p>
      ))}
    </div>
  );
}
