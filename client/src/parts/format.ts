/** How numbers, times and ages are written. Figures keep their width: fixed decimals, a true minus, tabular numerals. */
const MINUS = "−";
const NO_NUMBER = "–";

/** `1049.8`; a dash where there is no number. */
export function figure(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_NUMBER;
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** With its sign always shown: `+12.0`. */
export function signed(value: number, decimals: number): string {
  const text = figure(value, decimals);
  return Number.isFinite(value) && !text.startsWith(MINUS) && Number(text) !== 0 ? `+${text}` : text;
}

/** A count with its thousands apart: `12 345 678`. */
export function count(n: number): string {
  return figure(n, 0).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Bytes in the largest unit of a thousand that leaves a whole number: `940 B`, `38.2 GB`; kept on one line. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"] as const;
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${figure(bytes / 1000 ** power, power === 0 ? 0 : 1)}\u00a0${units[power]}`;
}

/** Reads what a person typed: comma or point, true minus. NaN when it is no number. */
export function readNumber(text: string): number {
  const plain = text.trim().replace(MINUS, "-").replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : Number.NaN;
}

/** How long ago, in the largest unit that still tells: `4 s`, `12 min`, `3 h`, `2 d`. */
export function age(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 100) return `${s} s`;
  if (s < 100 * 60) return `${Math.round(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} d`;
}

/** `1:05:09` or `5:09`. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  return hours > 0 ? `${hours}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function part(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat("sv-SE", { timeZone: zone, hour12: false, ...options });
  formats.set(key, known);
  return known;
}

const HMS = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
const DAY = { year: "numeric", month: "2-digit", day: "2-digit" } as const;

/** `12:33:41` in the plant's zone. */
export const clockTime = (time: number, zone: string): string => part(zone, HMS).format(time);
/** `2026-11-21`. */
export const day = (time: number, zone: string): string => part(zone, DAY).format(time);
/** `2026-11-21 12:33:41`. */
export const dayTime = (time: number, zone: string): string => `${day(time, zone)} ${clockTime(time, zone)}`;

/** Time alone within 20 h of now, else with its day. */
export function near(time: number, now: number, zone: string): string {
  return Math.abs(now - time) < 20 * 3_600_000 ? clockTime(time, zone) : dayTime(time, zone).slice(5);
}

/** The zone's distance from UTC at a time, in minutes. */
function offsetMinutes(time: number, zone: string): number {
  const wall = Date.parse(`${dayTime(time, zone).replace(" ", "T")}Z`);
  return Math.round((wall - time) / 60_000);
}

/** `+08` or `+05:30`. */
export function zoneOffset(time: number, zone: string): string {
  const minutes = offsetMinutes(time, zone);
  const two = (n: number): string => String(n).padStart(2, "0");
  const rest = Math.abs(minutes) % 60;
  return `${minutes < 0 ? MINUS : "+"}${two(Math.floor(Math.abs(minutes) / 60))}${rest === 0 ? "" : `:${two(rest)}`}`;
}

/** The value of a `datetime-local` field for a time in the plant's zone. */
export const toField = (time: number, zone: string): string => dayTime(time, zone).replace(" ", "T");

/** The time a `datetime-local` field means in the plant's zone; NaN for none. */
export function fromField(text: string, zone: string): number {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return Number.NaN;
  const guess = wall - offsetMinutes(wall, zone) * 60_000;
  return wall - offsetMinutes(guess, zone) * 60_000;
}
