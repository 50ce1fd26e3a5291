/** Where the tiles stand: a row per line (folded where that makes them larger), as large as fills the window. Pure. */
export interface TileBox {
  x: number;
  y: number;
  line: number;
}

export interface Layout {
  /** Width and height of a tile without its gap. */
  width: number;
  height: number;
  /** Tiles in the order of the cells. */
  tiles: TileBox[];
  /** Where each line's label stands. */
  lineSpots: { x: number; y: number }[];
  /** Height of it all: more than the window's when even the smallest tiles do not fit. */
  total: number;
}

export const LABEL = 56;
const GAP = 2;
const LARGEST = 112;
const SMALLEST = 24;
const COMFORTABLE = 32;
/** Space between two lines. */
const BETWEEN = 6;
/** A tile is a little higher than wide. */
const RATIO = 1.12;

/** The largest tiles that fit, with one to four lines side by side; height left over makes the tiles higher. */
export function layoutOf(cellsPerLine: readonly number[], width: number, height: number): Layout {
  for (let size = LARGEST; size > SMALLEST; size--)
    for (let columns = 1; columns <= 4; columns++) {
      const ratio = [1.5, 1.35, 1.2, RATIO].find((r) => place(cellsPerLine, { width, columns, size, ratio: r }).total <= height);
      if (ratio !== undefined) return place(cellsPerLine, { width, columns, size, ratio });
    }
  return scrolling(cellsPerLine, width);
}

/** When it must scroll anyway, tiles a hand can hit: lines folded as little as that allows. */
function scrolling(cellsPerLine: readonly number[], width: number): Layout {
  const most = Math.max(1, ...cellsPerLine);
  for (let rows = 1; rows <= most; rows++) {
    const size = Math.floor((width - LABEL) / Math.ceil(most / rows)) - GAP;
    if (size >= COMFORTABLE) return place(cellsPerLine, { width, columns: 1, size: Math.min(size, LARGEST), ratio: RATIO });
  }
  return place(cellsPerLine, { width, columns: 1, size: SMALLEST, ratio: RATIO });
}

interface Grid {
  width: number;
  /** Lines side by side. */
  columns: number;
  size: number;
  ratio: number;
}

function place(cellsPerLine: readonly number[], { width, columns, size, ratio }: Grid): Layout {
  const tall = Math.round(size * ratio);
  const wide = Math.floor(width / columns);
  const most = Math.max(1, Math.floor((wide - LABEL) / (size + GAP)));
  const tiles: TileBox[] = [];
  const lineSpots: { x: number; y: number }[] = [];
  let y = 0;
  let rowsHere = 0;
  for (const [line, cells] of cellsPerLine.entries()) {
    const left = (line % columns) * wide;
    const rows = Math.max(1, Math.ceil(cells / most));
    const perRow = Math.ceil(cells / rows);
    lineSpots.push({ x: left, y });
    for (let i = 0; i < cells; i++)
      tiles.push({ x: left + LABEL + (i % perRow) * (size + GAP), y: y + Math.floor(i / perRow) * (tall + GAP), line });
    rowsHere = Math.max(rowsHere, rows);
    if (line % columns < columns - 1 && line < cellsPerLine.length - 1) continue;
    y += rowsHere * (tall + GAP) + BETWEEN;
    rowsHere = 0;
  }
  return { width: size, height: tall, tiles, lineSpots, total: Math.max(0, y - BETWEEN) };
}

/** The tile under a point, or -1. */
export function tileAt(layout: Layout, x: number, y: number): number {
  return layout.tiles.findIndex((t) => x >= t.x && x < t.x + layout.width && y >= t.y && y < t.y + layout.height);
}

/** Where an arrow leads: the next tile in the row, or the nearest of the row above or below. */
export function neighbour(layout: Layout, from: number, key: string): number {
  const here = layout.tiles[from];
  if (here === undefined) return 0;
  if (key === "ArrowLeft") return Math.max(0, from - 1);
  if (key === "ArrowRight") return Math.min(layout.tiles.length - 1, from + 1);
  const down = key === "ArrowDown";
  const rows = layout.tiles.map((t) => t.y).filter((y) => (down ? y > here.y : y < here.y));
  if (rows.length === 0) return from;
  const row = down ? Math.min(...rows) : Math.max(...rows);
  let best = from;
  let distance = Number.POSITIVE_INFINITY;
  for (const [i, t] of layout.tiles.entries()) {
    if (t.y !== row || Math.abs(t.x - here.x) >= distance) continue;
    best = i;
    distance = Math.abs(t.x - here.x);
  }
  return best;
}
