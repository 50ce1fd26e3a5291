/** Time under the fingers: dragging pans, the wheel zooms around the pointer (with shift: pans), two fingers pinch, a tap chooses a moment. */
import { type KeyboardEvent, type RefObject, useEffect, useRef } from "react";
import { useLive } from "../../live/hooks.ts";
import type { TrendModel } from "./model.ts";
import { follow, pan, zoom } from "./window.ts";

/** Less is a tap, not a drag, px. */
const STILL = 4;

interface Gestures {
  model: TrendModel;
  /** Where the plot lies within the frame, CSS pixels. */
  area: () => { left: number; width: number };
  onTap?: (time: number, event: PointerEvent) => void;
}

export function useGestures(frame: RefObject<HTMLElement | null>, gestures: Gestures): void {
  const live = useLive();
  const latest = useRef(gestures);
  latest.current = gestures;
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    return attach(
      element,
      () => latest.current,
      () => live.now(),
    );
  }, [frame, live]);
}

function attach(element: HTMLElement, gestures: () => Gestures, now: () => number): () => void {
  const fingers = new Map<number, PointerEvent>();
  let moved = 0;
  const timeAt = (clientX: number): number => {
    const { model, area } = gestures();
    const { from, to } = model.window.get();
    const { left, width } = area();
    return from + ((clientX - element.getBoundingClientRect().left - left) / Math.max(1, width)) * (to - from);
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0 || !isPlot(event.target)) return;
    fingers.set(event.pointerId, event);
    if (fingers.size === 1) moved = 0;
  };
  const move = (event: PointerEvent): void => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    moved += Math.abs(event.clientX - before.clientX);
    if (moved < STILL) return;
    const { model } = gestures();
    const other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    if (other === undefined) model.show(pan(model.window.get(), timeAt(before.clientX) - timeAt(event.clientX), now()));
    else pinch(other.clientX, before.clientX, event.clientX);
    fingers.set(event.pointerId, event);
  };
  const pinch = (fixed: number, before: number, after: number): void => {
    const { model } = gestures();
    const factor = Math.abs(before - fixed) / Math.max(8, Math.abs(after - fixed));
    model.show(zoom(model.window.get(), factor, timeAt(fixed), now()));
  };
  const up = (event: PointerEvent): void => {
    const was = fingers.delete(event.pointerId);
    if (was && event.type === "pointerup" && moved < STILL) gestures().onTap?.(timeAt(event.clientX), event);
  };
  const wheel = (event: WheelEvent): void => {
    if (!isPlot(event.target)) return;
    event.preventDefault();
    const { model, area } = gestures();
    const window = model.window.get();
    const perPixel = (window.to - window.from) / Math.max(1, area().width);
    const next = event.shiftKey
      ? pan(window, (event.deltaY + event.deltaX) * perPixel, now())
      : zoom(window, event.deltaY > 0 ? 1.25 : 0.8, timeAt(event.clientX), now());
    model.show(next);
  };
  element.addEventListener("pointerdown", down);
  element.addEventListener("wheel", wheel, { passive: false });
  document.addEventListener("pointermove", move);
  for (const end of ["pointerup", "pointercancel"] as const) document.addEventListener(end, up);
  return () => {
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("wheel", wheel);
    document.removeEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel"] as const) document.removeEventListener(end, up);
  };
}

const isPlot = (target: EventTarget | null): boolean => target instanceof Element && target.closest(".plot") !== null;

/** Arrows move through time, plus and minus zoom, Home returns to live. */
export function useTimeKeys(model: TrendModel): (event: KeyboardEvent) => void {
  const live = useLive();
  return (event) => {
    const window = model.window.get();
    const [span, now] = [window.to - window.from, live.now()];
    const middle = (window.from + window.to) / 2;
    const steps: Record<string, () => void> = {
      ArrowLeft: () => model.show(pan(window, -span / 10, now)),
      ArrowRight: () => model.show(pan(window, span / 10, now)),
      "+": () => model.show(zoom(window, 0.7, middle, now)),
      "=": () => model.show(zoom(window, 0.7, middle, now)),
      "-": () => model.show(zoom(window, 1 / 0.7, middle, now)),
      Home: () => model.show(follow(span, now)),
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    step();
    event.preventDefault();
  };
}
