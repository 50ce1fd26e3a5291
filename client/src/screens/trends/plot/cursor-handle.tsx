/** The head of a cursor over the plot: dragged, or moved by arrow keys; Delete takes it away. */
import type { KeyboardEvent, PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { useObservable, usePlant } from "../../../live/hooks.ts";
import { dayTime } from "../../../parts/format.ts";
import type { CursorName, TrendsView } from "../use-trends.ts";

interface Props {
  name: CursorName;
  view: TrendsView;
  /** Where the plot lies in the frame, CSS pixels. */
  left: number;
  width: number;
}

export function CursorHandle({ name, view, left, width }: Props) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const { from, to } = useObservable(view.model.window);
  const time = view.cursors[name];
  if (time === undefined || time < from || time > to) return null;
  const perPixel = (to - from) / width;
  const move = (pixels: number): void => view.setCursor(name, Math.max(from, Math.min(to, time + pixels * perPixel)));
  const onKey = (event: KeyboardEvent): void => {
    const far = event.shiftKey ? 10 : 1;
    if (event.key === "ArrowLeft") move(-far);
    else if (event.key === "ArrowRight") move(far);
    else if (event.key === "Delete" || event.key === "Backspace") view.setCursor(name, undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onDrag = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const origin = event.currentTarget.parentElement?.getBoundingClientRect().left ?? 0;
    view.setCursor(name, Math.max(from, Math.min(to, from + (event.clientX - origin - left) * perPixel)));
  };
  return (
    <div
      className="cursor-handle"
      role="slider"
      tabIndex={0}
      aria-label={t("trends.cursor", { name: name.toUpperCase() })}
      aria-valuemin={Math.round(from)}
      aria-valuemax={Math.round(to)}
      aria-valuenow={Math.round(time)}
      aria-valuetext={dayTime(time, zone)}
      style={{ left: left + (time - from) / perPixel }}
      onKeyDown={onKey}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.stopPropagation();
      }}
      onPointerMove={onDrag}
    >
      {name.toUpperCase()}
    </div>
  );
}
