/** The hall's painter for as long as its canvas is there, told of values, alarms, sizes, themes and the choice. */
import type { Plant, Priority } from "@cellhouse/shared";
import { type RefObject, useEffect, useRef } from "react";
import { useEvery, useLive } from "../../../live/hooks.ts";
import type { Place } from "../facts.ts";
import type { Layout } from "./layout.ts";
import { HallPainter } from "./painter.ts";
import type { Metric } from "./tone.ts";

interface Picture {
  plant: Plant;
  places: readonly Place[];
  layout: Layout;
  width: number;
  alarms: ReadonlyMap<string, Priority>;
  selected: number;
  metric: Metric | undefined;
}

export function usePainter(canvas: RefObject<HTMLCanvasElement | null>, picture: Picture): void {
  const { plant, places, layout, width, alarms, selected, metric } = picture;
  const { store } = useLive();
  const painter = useRef<HallPainter>(null);
  useEffect(() => {
    if (canvas.current === null) return;
    const own = new HallPainter(canvas.current, store, plant, places);
    painter.current = own;
    const off = store.onFlush((changed) => own.changed(changed));
    const themes = new MutationObserver(() => own.recolour());
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-lost"] });
    void document.fonts.ready.then(() => own.all());
    return () => {
      off();
      themes.disconnect();
    };
  }, [canvas, store, plant, places]);
  useEffect(() => painter.current?.resize(layout, width), [layout, width]);
  useEffect(() => painter.current?.setAlarms(alarms), [alarms]);
  useEffect(() => painter.current?.select(selected), [selected]);
  useEffect(() => painter.current?.shade(metric), [metric]);
  useEvery(500, () => painter.current?.blink());
}
