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

export const LABEL = 64;
const GAP = 2;
const LARGEST = 180;
/** From here on a tile may be wider than high: its figures stand beside its bars. */
const WIDE = 110;
const SMALLEST = 24;
const COMFORTABLE = 32;
/** Space between two lines. */
const BETWEEN = 6;
/** A tile is a little higher than wide; height to spare makes it higher, up to a point. */
const RATIO = 1.12;
const WIDE_RATIO = 0.8;
const HIGHEST_RATIO = 1.5;

/** The largest tiles that fit, with one to four lines side by side. */
export function layoutOf(cellsPerLine: readonly number[], width: number, height: number): Layout {
  for (let size = LARGEST; size > SMALLEST; size--)
    for (let columns = 1; columns <= 4; columns++) {
      const grid = { width, columns, size };
      const tall = tallest(cellsPerLine, grid, height);
      if (tall >= size * (size >= WIDE ? WIDE_RATIO : RATIO))
        return place(cellsPerLine, { ...grid, tall: Math.floor(Math.min(tall, size * HIGHEST_RATIO)) });
    }
  return scrolling(cellsPerLine, width);
}

/** When it must scroll anyway, tiles a hand can hit: lines folded as little as that allows. */
function scrolling(cellsPerLine: readonly number[], width: number): Layout {
  const most = Math.max(1, ...cellsPerLine);
  for (let rows = 1; rows <= most; rows++) {
    const size = Math.floor((width - LABEL) / Math.ceil(most / rows)) - GAP;
    if (size >= COMFORTABLE) return place(cellsPerLine, upright(width, Math.min(size, LARGEST)));
  }
  return place(cellsPerLine, upright(width, SMALLEST));
}

const upright = (width: number, size: number): Placed => ({ width, columns: 1, size, tall: Math.round(size * RATIO) });

interface Grid {
  width: number;
  /** Lines side by side. */
  columns: number;
  size: number;
}

interface Placed extends Grid {
  tall: number;
}

const tilesAcross = ({ width, columns, size }: Grid): number =>
  Math.max(1, Math.floor((Math.floor(width / columns) - LABEL) / (size + GAP)));

/** How high a tile may be so that all rows fit. */
function tallest(cellsPerLine: readonly number[], grid: Grid, height: number): number {
  const most = tilesAcross(grid);
  let rows = 0;
  let blocks = 0;
  for (let line = 0; line < cellsPerLine.length; line += grid.columns, blocks++)
    rows += Math.max(1, ...cellsPerLine.slice(line, line + grid.columns).map((cells) => Math.ceil(cells / most)));
  return rows === 0 ? 0 : (height - (blocks - 1) * BETWEEN) / rows - GAP;
}

function place(cellsPerLine: readonly number[], { tall, ...grid }: Placed): Layout {
  const { columns, size } = grid;
  const wide = Math.floor(grid.width / columns);
  const most = tilesAcross(grid);
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
