/** Fused bath temperature: the thermocouple while it is good, else the pyrometer, else the wall, each corrected by what was learnt. Once a second. */
import { Quality } from "../quality.ts";

/** The three instruments as read, °C. */
export interface FusedInput {
  immersed: number;
  pyrometer: number;
  wall: number;
  /** Age of the immersed reading, s; 0 in the PLC that wires it. */
  age: number;
}

type Source = "immersed" | "pyrometer" | "wall";

/** State of one fused temperature; read what has no comment of its own as internal. */
export interface FusedTemperature {
  /** °C; Good from the thermocouple, Uncertain from a substitute, Bad once the wall alone has spoken for two minutes. */
  value: number;
  quality: Quality;
  /** The three after correction, °C, and whether the first two may be believed. */
  immersed: number;
  pyrometer: number;
  wall: number;
  immersedGood: boolean;
  pyrometerGood: boolean;
  /** Seconds both are not good. */
  blind: number;
  source: Source;
  biasImmersed: number;
  biasPyrometer: number;
  biasWall: number;
  last: number;
  goodFor: number;
  /** Where the thermocouple last moved from, and how long it stands there, s. */
  anchor: number;
  still: number;
  offset: number;
  blend: number;
  at: number;
  /** 90th percentile of the pyrometer's minute, and its distance to the median, K. */
  clear: number;
  spread: number;
  readonly window: Float64Array;
  readonly sorted: Float64Array;
}

const WINDOW = 60;
const PERCENTILE_90 = 53;
/** The window is sorted this often, s. */
const SORT_EVERY = 5;
const SPREAD_K = 15;
/** What the 90th percentile of a clear pyrometer reads low at first: 8 K less the 4 K it lies over the mean of 3 K rms. */
const PYROMETER_LOW_K = 4;
const BLEND_S = 60;
const BAD_AFTER_S = 120;
const LOW_C = 600;
const HIGH_C = 1300;
const JUMP_K = 20;
/** A couple that does not move so much in so long is stuck. */
const MOVES_K = 0.2;
const STILL_S = 600;
const MOST_AGE_S = 5;
const GOOD_AGAIN_S = 30;
const WALL_TAU_S = 900;

/** Starts on the thermocouple, believed at once. */
export function createFused({ immersed, pyrometer, wall }: FusedInput): FusedTemperature {
  return {
    value: immersed,
    quality: Quality.Good,
    immersed,
    pyrometer: immersed,
    wall: immersed,
    immersedGood: true,
    pyrometerGood: true,
    blind: 0,
    source: "immersed",
    biasImmersed: 0,
    biasPyrometer: PYROMETER_LOW_K,
    biasWall: immersed - wall,
    last: immersed,
    goodFor: 2 * GOOD_AGAIN_S,
    anchor: immersed,
    still: 0,
    offset: 0,
    blend: 0,
    at: 0,
    clear: pyrometer,
    spread: 0,
    window: new Float64Array(WINDOW).fill(pyrometer),
    sorted: new Float64Array(WINDOW),
  };
}

/** One second (process model, "Fused temperature"). A switch-over to another instrument is blended over a minute. */
export function stepFused(f: FusedTemperature, input: FusedInput): void {
  judgeImmersed(f, input);
  filterPyrometer(f, input.pyrometer);
  f.immersed = input.immersed + f.biasImmersed;
  f.pyrometer = f.clear + f.biasPyrometer;
  f.wall = input.wall + f.biasWall;
  if (f.immersedGood) learn(f);
  const source = f.immersedGood ? "immersed" : f.pyrometerGood ? "pyrometer" : "wall";
  const reading = f[source];
  if (source !== f.source) switchTo(f, source, reading);
  f.blend = Math.max(0, f.blend - 1 / BLEND_S);
  if (Number.isFinite(reading)) f.value = reading + f.offset * f.blend;
  f.blind = source === "wall" ? f.blind + 1 : 0;
  const bad = f.blind > BAD_AFTER_S || !Number.isFinite(reading);
  f.quality = bad ? Quality.Bad : source === "immersed" ? Quality.Good : Quality.Uncertain;
}

/** The crew's dip of `celsius` draws all three half the way to it. What is no temperature of a bath is ignored. */
export function dipFused(f: FusedTemperature, celsius: number): void {
  if (!(celsius > LOW_C && celsius < HIGH_C)) return;
  if (f.immersedGood) f.biasImmersed += 0.5 * (celsius - f.immersed);
  if (f.pyrometerGood) f.biasPyrometer += 0.5 * (celsius - f.pyrometer);
  if (Number.isFinite(f.wall)) f.biasWall += 0.5 * (celsius - f.wall);
}

/** In range, fresh, moving and no jump; after a fault good again when it has been so for 30 s, and then without the old couple's correction. */
function judgeImmersed(f: FusedTemperature, { immersed, age }: FusedInput): void {
  const jumped = Math.abs(immersed - f.last) >= JUMP_K;
  f.last = immersed;
  if (Math.abs(immersed - f.anchor) <= MOVES_K) f.still++;
  else {
    f.anchor = immersed;
    f.still = 0;
  }
  const plausible = immersed > LOW_C && immersed < HIGH_C && !jumped && f.still <= STILL_S && age < MOST_AGE_S;
  f.goodFor = plausible ? Math.min(2 * GOOD_AGAIN_S, f.goodFor + 1) : 0;
  const before = f.immersedGood;
  f.immersedGood = f.goodFor >= GOOD_AGAIN_S;
  if (f.immersedGood && !before) f.biasImmersed = 0;
}

/** 90th percentile of a minute: fume only ever lowers the reading. Good while its upper half stands close. */
function filterPyrometer(f: FusedTemperature, value: number): void {
  f.window[f.at % WINDOW] = value;
  if (f.at++ % SORT_EVERY !== 0) return;
  f.sorted.set(f.window);
  f.sorted.sort();
  f.clear = f.sorted[PERCENTILE_90] as number;
  f.spread = f.clear - (f.sorted[WINDOW / 2] as number);
  f.pyrometerGood = f.spread < SPREAD_K;
}

function learn(f: FusedTemperature): void {
  if (f.pyrometerGood) f.biasPyrometer += 0.001 * (f.immersed - f.pyrometer);
  if (Number.isFinite(f.wall)) f.biasWall += (f.immersed - f.wall) / WALL_TAU_S;
}

function switchTo(f: FusedTemperature, source: Source, reading: number): void {
  f.offset = Number.isFinite(reading) ? f.value - reading : 0;
  f.blend = 1;
  f.source = source;
}
