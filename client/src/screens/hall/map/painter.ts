/** The hall's canvas: redraws only tiles whose values, alarms or selection changed. No React. */
import type { Plant, Priority } from "@cellhouse/shared";
import type { Store } from "../../../live/store.ts";
import { emptyFacts, type Place, readFacts } from "../facts.ts";
import type { Layout } from "./layout.ts";
import { type Palette, paintTile, readPalette } from "./paint.ts";
import type { Metric } from "./tone.ts";

export class HallPainter {
  #canvas: HTMLCanvasElement;
  #store: Store;
  #places: readonly Place[];
  #layout: Layout | undefined;
  #palette: Palette;
  #alarms: ReadonlyMap<string, Priority> = new Map();
  #selected = -1;
  #metric: Metric | undefined;
  #halo: "on" | "off" | "double";
  /** Tag id -> place, -1 for tags of no cell. */
  #owner: Int32Array;
  #dirty: Uint8Array;
  #facts = emptyFacts();

  constructor(canvas: HTMLCanvasElement, store: Store, plant: Plant, places: readonly Place[]) {
    this.#canvas = canvas;
    this.#store = store;
    this.#places = places;
    this.#palette = readPalette(canvas);
    this.#halo = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "double" : "on";
    this.#dirty = new Uint8Array(places.length);
    const number = new Map(places.map((p, i) => [p.cell.id, i]));
    this.#owner = Int32Array.from(plant.tags, (tag) => number.get(tag.owner) ?? -1);
  }

  /** Takes a new size; everything is drawn again. */
  resize(layout: Layout, width: number): void {
    const ratio = window.devicePixelRatio;
    this.#layout = layout;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(Math.max(1, layout.total + 2) * ratio);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${layout.total + 2}px`;
    this.all();
  }

  recolour(): void {
    this.#palette = readPalette(this.#canvas);
    this.all();
  }

  all(): void {
    this.#dirty.fill(1);
    this.paint();
  }

  /** Marks the tiles of changed tags and draws them. */
  changed(tags: readonly number[]): void {
    for (const tag of tags) {
      const place = this.#owner[tag] ?? -1;
      if (place >= 0) this.#dirty[place] = 1;
    }
    this.paint();
  }

  setAlarms(alarms: ReadonlyMap<string, Priority>): void {
    for (const [i, place] of this.#places.entries()) if (alarms.get(place.cell.id) !== this.#alarms.get(place.cell.id)) this.#dirty[i] = 1;
    this.#alarms = alarms;
    this.paint();
  }

  select(index: number): void {
    if (this.#selected >= 0) this.#dirty[this.#selected] = 1;
    if (index >= 0) this.#dirty[index] = 1;
    this.#selected = index;
    this.paint();
  }

  /** Shades the tiles by a quantity, or by none. */
  shade(metric: Metric | undefined): void {
    if (metric === this.#metric) return;
    this.#metric = metric;
    this.all();
  }

  /** The 1 Hz outline of what is unacknowledged. */
  blink(): void {
    if (this.#halo === "double") return;
    this.#halo = this.#halo === "on" ? "off" : "on";
    for (const [i, place] of this.#places.entries()) if (this.#alarms.has(place.cell.id)) this.#dirty[i] = 1;
    this.paint();
  }

  paint(): void {
    const ctx = this.#canvas.getContext("2d");
    if (ctx === null || this.#layout === undefined) return;
    const ratio = window.devicePixelRatio;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.translate(1, 1);
    for (let i = 0; i < this.#places.length; i++) if (this.#dirty[i] === 1) this.#paintOne(ctx, i, this.#layout);
  }

  #paintOne(ctx: CanvasRenderingContext2D, i: number, layout: Layout): void {
    this.#dirty[i] = 0;
    const place = this.#places[i];
    const box = layout.tiles[i];
    if (place === undefined || box === undefined) return;
    const { width, height } = layout;
    const facts = readFacts(place, this.#store, this.#facts);
    const selected = i === this.#selected;
    paintTile({
      ctx,
      palette: this.#palette,
      place,
      facts,
      box,
      width,
      height,
      alarm: this.#alarms.get(place.cell.id),
      halo: this.#halo,
      selected,
      metric: this.#metric,
    });
  }
}
