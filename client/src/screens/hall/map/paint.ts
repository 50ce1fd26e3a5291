/** Draws one tile of the hall: number, alarm shape, two centre-zero bars, oxide in its window, feed, mode letter. */
import { type Priority, Quality } from "@cellhouse/shared";
import { NUMERAL_Y, SHAPES } from "../../../parts/badge.tsx";
import { inLimits } from "../../../parts/limits.ts";
import { type Facts, OXIDE_WINDOW, type Place } from "../facts.ts";
import type { TileBox } from "./layout.ts";
import { type Metric, mix, TONE_INK, type Tone, toneOf } from "./tone.ts";

/** The tokens as the canvas needs them, read again when the theme changes. */
export interface Palette {
  ground: string;
  raised: string;
  text: string;
  muted: string;
  line: string;
  faint: string;
  fill: string;
  band: string;
  act: string;
  outline: string;
  /** Paper of the five tones, and the ink that is read on each. */
  tones: readonly { paper: string; ink: string }[];
  priority: Record<Priority, { fill: string; ink: string }>;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const priority = (p: Priority): { fill: string; ink: string } => ({ fill: token(`p${p}`), ink: token(`p${p}-ink`) });
  return {
    ground: token("ground"),
    raised: token("raised"),
    text: token("text"),
    muted: token("muted"),
    line: token("line"),
    faint: token("faint"),
    fill: token("fill"),
    band: token("band"),
    act: token("act"),
    outline: token("outline"),
    tones: TONE_INK.map((share) => ({
      paper: mix(token("raised"), token("text"), share),
      ink: token(share > 0.5 ? "raised" : "text"),
    })),
    priority: { 1: priority(1), 2: priority(2), 3: priority(3), 4: priority(4) },
  };
}

export interface TileLook {
  ctx: CanvasRenderingContext2D;
  palette: Palette;
  place: Place;
  facts: Facts;
  box: TileBox;
  width: number;
  height: number;
  /** Highest unacknowledged priority. */
  alarm: Priority | undefined;
  /** How the outline of an unacknowledged alarm stands now: blinking on, off, or double for people who want no motion. */
  halo: "on" | "off" | "double";
  selected: boolean;
  /** The quantity the tiles are shaded by, if any. */
  metric: Metric | undefined;
}

const shapes = new Map<Priority, Path2D>();
/** Below this width a tile is a mark: number and alarm, nothing else fits legibly. */
const SMALL = 29;
/** Below this the alarm has no room beside the number and stands under it. */
const NARROW = 46;
/** From here on temperature and voltage stand beside their bars as numbers. */
const ROOMY = 80;
/** From here on the figures have their units and oxide is one of them. */
const WIDE = 130;
const OXIDE = { low: 1, high: 3, from: OXIDE_WINDOW.low, to: OXIDE_WINDOW.high };

export function paintTile(look: TileLook): void {
  const { ctx, box, width, height } = look;
  ctx.save();
  ctx.translate(box.x, box.y);
  ctx.clearRect(-1.5, -1.5, width + 3, height + 3);
  const tone = shadeOf(look);
  paintGround(look, tone);
  if (look.facts.quality === Quality.Bad) paintHatch(ctx, look.palette.line, 1, 1, width - 2, height - 2);
  paintNumber(look, tone);
  if (tone !== undefined) paintTone(look, tone);
  else if (width >= SMALL && look.facts.quality < Quality.Bad && look.facts.running) {
    paintBars(look);
    paintOxide(look);
  } else if (width < SMALL) paintMark(look);
  if (look.alarm !== undefined) paintAlarm(look, look.alarm);
  ctx.restore();
}

/** Only what is known now of a running cell is shaded. */
function shadeOf({ metric, place, facts }: TileLook): Tone | undefined {
  return metric === undefined || !facts.running || facts.quality >= Quality.Stale ? undefined : toneOf(metric, place, facts);
}

/** The figure itself, heavy beyond a limit; a tile too small for it says it by its shade alone. */
function paintTone({ ctx, palette, width, height }: TileLook, { step, text, unit }: Tone): void {
  if (width < SMALL) return;
  const size = Math.max(12, Math.min(22, Math.round(width * (width >= ROOMY ? 0.2 : 0.27))));
  ctx.font = `${step === 0 || step === 4 ? 700 : 400} ${size}px "Inter Variable", sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = palette.tones[step]?.ink ?? palette.text;
  ctx.fillText(width >= ROOMY ? `${text} ${unit}` : text, width / 2, height * 0.62, width - 4);
}

/** Running is filled, stopped is outline; stale is dotted. */
function paintGround({ ctx, palette, facts, width, height, selected }: TileLook, tone: Tone | undefined): void {
  if (facts.running && facts.quality < Quality.Bad) {
    ctx.fillStyle = palette.tones[tone?.step ?? 0]?.paper ?? palette.raised;
    ctx.fillRect(0, 0, width, height);
  }
  ctx.lineWidth = selected ? 2 : 1;
  ctx.strokeStyle = selected ? palette.act : facts.running && facts.quality === Quality.Good ? palette.faint : palette.line;
  ctx.setLineDash(facts.quality === Quality.Stale && !selected ? [2, 3] : []);
  const inset = selected ? 1 : 0.5;
  ctx.strokeRect(inset, inset, width - 2 * inset, height - 2 * inset);
  ctx.setLineDash([]);
}

function paintNumber({ ctx, palette, place, facts, width, height }: TileLook, tone: Tone | undefined): void {
  const size = Math.max(11, Math.min(16, Math.round(width * 0.28)));
  ctx.font = `500 ${size}px "Inter Variable", sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  const ink = tone === undefined ? palette.text : (palette.tones[tone.step]?.ink ?? palette.text);
  ctx.fillStyle = facts.running ? ink : palette.muted;
  ctx.fillText(String(place.cell.number).padStart(3, "0"), width < SMALL ? 2 : 4, width < SMALL ? 2 : 4);
  if (facts.letter === "" && facts.temperatureQuality !== Quality.Uncertain) return;
  ctx.textAlign = "right";
  ctx.font = `700 ${size}px "Inter Variable", sans-serif`;
  ctx.textBaseline = "bottom";
  ctx.fillText(facts.letter || "?", width - 4, height - (width < SMALL ? 1 : 12));
}

function paintBars(look: TileLook): void {
  const { width, height, facts, place } = look;
  const top = Math.max(18, Math.round(height * 0.26));
  const bottom = height - 12;
  const t = inLimits(facts.temperature, place.cell.recipe.temperature, place.temperature);
  const v = inLimits(facts.voltage, place.cell.cellClass.voltage, place.voltage);
  const thick = Math.max(4, Math.min(16, Math.round(width * 0.13)));
  paintBar(look, { x: Math.round(width * 0.12), top, bottom, thick, deviation: t, quality: facts.temperatureQuality });
  if (width >= ROOMY) paintFigures(look, (top + bottom) / 2);
  paintBar(look, { x: Math.round(width * (width >= ROOMY ? 0.3 : 0.38)), top, bottom, thick, deviation: v, quality: facts.voltageQuality });
}

function paintFigures({ ctx, palette, facts, width }: TileLook, middle: number): void {
  const wide = width >= WIDE;
  const lines: [number, number, string][] = [
    [facts.temperature, 0, "°C"],
    [facts.voltage, 2, "V"],
  ];
  if (wide) lines.push([facts.oxide, 2, "%"]);
  const unitRoom = wide ? 22 : 0;
  ctx.textBaseline = "middle";
  for (const [i, [value, decimals, unit]] of lines.entries()) {
    if (Number.isNaN(value)) continue;
    const y = middle + (i - (lines.length - 1) / 2) * 20;
    ctx.font = `400 ${wide ? 15 : 13}px "Inter Variable", sans-serif`;
    ctx.textAlign = "right";
    ctx.fillStyle = palette.text;
    ctx.fillText(value.toFixed(decimals), width - 5 - unitRoom, y);
    if (!wide) continue;
    ctx.font = `400 12px "Inter Variable", sans-serif`;
    ctx.textAlign = "left";
    ctx.fillStyle = palette.muted;
    ctx.fillText(unit, width - 2 - unitRoom, y);
  }
}

interface BarSpot {
  x: number;
  top: number;
  bottom: number;
  thick: number;
  deviation: number;
  quality: number;
}

/** Zero in the middle, a tick at each limit; what is beyond a limit is ink instead of grey. */
function paintBar({ ctx, palette }: TileLook, { x, top, bottom, thick, deviation, quality }: BarSpot): void {
  const middle = (top + bottom) / 2;
  const unit = (bottom - top) / 3;
  if (quality === Quality.Bad) {
    paintHatch(ctx, palette.line, x, top, thick, bottom - top);
    return;
  }
  ctx.fillStyle = palette.band;
  ctx.fillRect(x, middle - unit, thick, 2 * unit);
  ctx.fillStyle = Math.abs(deviation) >= 1 ? palette.text : palette.fill;
  const length = deviation * unit;
  ctx.fillRect(x, Math.min(middle, middle - length), thick, Math.max(1, Math.abs(length)));
  ctx.fillStyle = palette.line;
  for (const tick of [middle - unit, middle, middle + unit]) ctx.fillRect(x - 2, Math.round(tick), thick + 4, 1);
}

function paintOxide({ ctx, palette, facts, width, height }: TileLook): void {
  const left = 4;
  const wide = width - 8;
  const y = height - 9;
  const at = (w: number): number => left + wide * Math.max(0, Math.min(1, (w - OXIDE.low) / (OXIDE.high - OXIDE.low)));
  ctx.fillStyle = palette.band;
  ctx.fillRect(at(OXIDE.from), y, at(OXIDE.to) - at(OXIDE.from), 4);
  ctx.fillStyle = palette.faint;
  ctx.fillRect(left, y + 1.5, wide, 1);
  if (!Number.isNaN(facts.oxide)) {
    ctx.fillStyle = facts.oxide < OXIDE.from || facts.oxide > OXIDE.to ? palette.text : palette.fill;
    ctx.fillRect(at(facts.oxide) - 1.5, y - 1, 3, 6);
  }
  const share = facts.feed / facts.command;
  if (!(share >= 0)) return;
  ctx.fillStyle = Math.abs(share - 1) > 0.15 ? palette.text : palette.fill;
  ctx.fillRect(left, height - 4, Math.min(1, share / 1.5) * wide, 2);
  ctx.fillStyle = palette.line;
  ctx.fillRect(left + wide / 1.5, height - 5, 1, 4);
}

/** A small tile: one bar for the worse of both deviations. */
function paintMark({ ctx, palette, facts, place, width, height }: TileLook): void {
  if (!facts.running || facts.quality === Quality.Bad) return;
  const t = inLimits(facts.temperature, place.cell.recipe.temperature, place.temperature);
  const v = inLimits(facts.voltage, place.cell.cellClass.voltage, place.voltage);
  const worst = Math.abs(t) > Math.abs(v) ? t : v;
  ctx.fillStyle = palette.band;
  ctx.fillRect(2, height - 7, width - 4, 4);
  ctx.fillStyle = Math.abs(worst) >= 1 ? palette.text : palette.fill;
  const half = (width - 4) / 2;
  const length = (worst / 1.5) * half;
  ctx.fillRect(2 + half + Math.min(0, length), height - 7, Math.max(1, Math.abs(length)), 4);
}

function paintHatch(ctx: CanvasRenderingContext2D, ink: string, x: number, y: number, width: number, height: number): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, width, height);
  ctx.clip();
  ctx.strokeStyle = ink;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let i = -height; i < width; i += 5) {
    ctx.moveTo(x + i, y + height);
    ctx.lineTo(x + i + height, y);
  }
  ctx.stroke();
  ctx.restore();
}

function paintAlarm({ ctx, palette, width, height, halo }: TileLook, p: Priority): void {
  const size = width < SMALL ? 13 : Math.max(14, Math.min(20, width * 0.34));
  const scale = size / 16;
  const shape = shapes.get(p) ?? new Path2D(SHAPES[p]);
  shapes.set(p, shape);
  ctx.save();
  ctx.translate(width - size - 2, width < SMALL ? height - size - 1 : width < NARROW ? Math.round(height * 0.34) : 2);
  ctx.scale(scale, scale);
  ctx.fillStyle = palette.priority[p].fill;
  ctx.fill(shape);
  ctx.strokeStyle = palette.outline;
  ctx.lineWidth = halo === "off" ? 0.8 : 2.2;
  ctx.stroke(shape);
  if (halo === "double") {
    ctx.strokeStyle = palette.raised;
    ctx.lineWidth = 0.8;
    ctx.stroke(shape);
  }
  ctx.fillStyle = palette.priority[p].ink;
  ctx.font = `700 11px "Inter Variable", sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  ctx.fillText(String(p), 8, NUMERAL_Y[p]);
  ctx.restore();
}
