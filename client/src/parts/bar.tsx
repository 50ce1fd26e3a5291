/** An analog indicator: range, normal band, limits, setpoint mark and the pointer of the present value. */
import type { Tag } from "@cellhouse/shared";
import { useRef } from "react";
import { useTagWriter } from "../live/hooks.ts";
import { type Limit, normalBand } from "./limits.ts";
import { qualityClass } from "./value.tsx";

export interface BarProps {
  tag: Tag | undefined;
  range: readonly [number, number];
  limits?: readonly Limit[];
  /** Overrides the band between the innermost limits. */
  band?: readonly [number, number];
  /** A live setpoint mark, or a fixed aim. */
  setpoint?: Tag | undefined;
  aim?: number | undefined;
}

export function Bar({ tag, range, limits = [], band, setpoint, aim }: BarProps) {
  const box = useRef<HTMLDivElement>(null);
  const pointer = useRef<HTMLDivElement>(null);
  const mark = useRef<HTMLDivElement>(null);
  const place = (value: number): string => `${share(value, range) * 100}%`;
  const normal = normalBand(limits);
  const [low, high] = band ?? [normal.low ?? range[0], normal.high ?? range[1]];
  useTagWriter(tag, (value, quality) => {
    if (box.current === null || pointer.current === null) return;
    const name = qualityClass(value, quality);
    box.current.dataset.quality = name;
    box.current.dataset.out = String(value < low || value > high);
    pointer.current.style.left = Number.isNaN(value) ? "0%" : place(value);
  });
  useTagWriter(setpoint, (value) => {
    if (mark.current === null) return;
    mark.current.hidden = Number.isNaN(value);
    mark.current.style.left = place(value);
  });
  return (
    <div className="bar" ref={box} data-quality="none" aria-hidden="true">
      <div className="band" style={{ left: place(low), width: `${(share(high, range) - share(low, range)) * 100}%` }} />
      {limits.map((l) => (
        <div key={l.id} className="limit" data-p={l.priority} style={{ left: place(l.value) }} />
      ))}
      {setpoint !== undefined && <div className="sp" ref={mark} />}
      {aim !== undefined && <div className="sp" style={{ left: place(aim) }} />}
      <div className="pointer" ref={pointer} />
    </div>
  );
}

/** Where a value stands in a range, 0..1, clipped. */
function share(value: number, [low, high]: readonly [number, number]): number {
  return high === low ? 0 : Math.max(0, Math.min(1, (value - low) / (high - low)));
}
