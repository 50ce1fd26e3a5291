/** A live value with its quality: written past React, never changing width, never pretending to be live; it can be dragged to where trends are. */
import { Quality, type Tag, UNITS } from "@cellhouse/shared";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useTagWriter } from "../live/hooks.ts";
import { age, figure } from "./format.ts";
import { carryTag } from "./trend/pens/drag.ts";

interface Props {
  tag: Tag | undefined;
  /** Digits before the point the place keeps free. */
  digits?: number;
  big?: boolean;
  unit?: boolean;
  /** Can be reached by keyboard, for the keys that act on a value. */
  stop?: boolean;
  /** Overrides how the number is written. */
  write?: (value: number) => string;
}

export function Value({ tag, digits = 4, big = false, unit = true, stop = false, write }: Props) {
  const live = useLive();
  const { t } = useTranslation();
  const box = useRef<HTMLSpanElement>(null);
  const number = useRef<HTMLSpanElement>(null);
  const note = useRef<HTMLSpanElement>(null);
  const decimals = tag?.definition.decimals ?? 0;
  useTagWriter(tag, (value, quality, time) => {
    if (box.current === null || number.current === null || note.current === null) return;
    const name = qualityClass(value, quality);
    if (box.current.dataset.quality !== name) box.current.dataset.quality = name;
    const text = name === "bad" ? t("quality.bad") : name === "none" ? "–" : (write?.(value) ?? figure(value, decimals));
    if (number.current.textContent !== text) number.current.textContent = text;
    const remark = name === "stale" ? age(live.now() - time) : name === "uncertain" ? "?" : "";
    if (note.current.textContent !== remark) note.current.textContent = remark;
  });
  const width = digits + (decimals > 0 ? decimals + 1 : 0);
  return (
    <span
      className={big ? "value big" : "value"}
      data-quality="none"
      ref={box}
      {...(tag !== undefined && { draggable: true, "data-tag": tag.path, onDragStart: (event) => carryTag(event.dataTransfer, tag) })}
      {...(stop && { tabIndex: 0, "aria-keyshortcuts": "t p" })}
    >
      <span className="num" style={{ minWidth: `${width}ch` }} ref={number}>
        –
      </span>
      {unit && tag !== undefined && UNITS[tag.definition.unit].symbol !== "" && (
        <span className="unit">{UNITS[tag.definition.unit].symbol}</span>
      )}
      <span className="note" ref={note} />
    </span>
  );
}

/** `none` before the first sample. */
export function qualityClass(value: number, quality: number): "good" | "uncertain" | "stale" | "bad" | "none" {
  if (quality === Quality.Bad) return "bad";
  if (Number.isNaN(value)) return quality === Quality.Stale ? "none" : "bad";
  return quality === Quality.Good ? "good" : quality === Quality.Uncertain ? "uncertain" : "stale";
}
