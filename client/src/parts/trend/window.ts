/** The stretch of time a trend shows: following the present, or standing in the past. Pure. */
export interface Span {
  from: number;
  to: number;
  /** True while the right edge is now. */
  following: boolean;
}

const SHORTEST = 10_000;
export const LONGEST = 400 * 86_400_000;

export function follow(span: number, now: number): Span {
  return { from: now - span, to: now, following: true };
}

/** Moves by `ms` (negative: into the past); the present cannot be passed, reaching it follows it again. */
export function pan(window: Span, ms: number, now: number): Span {
  const width = window.to - window.from;
  const to = window.to + ms;
  return to >= now ? follow(width, now) : { from: to - width, to, following: false };
}

/** Scales around a time; a following window stays at the present. */
export function zoom(window: Span, factor: number, around: number, now: number): Span {
  const width = Math.max(SHORTEST, Math.min(LONGEST, (window.to - window.from) * factor));
  if (window.following) return follow(width, now);
  const share = (around - window.from) / (window.to - window.from);
  const from = around - share * width;
  return from + width >= now ? follow(width, now) : { from, to: from + width, following: false };
}

/** A stretch by its ends; one that reaches the present follows it. Undefined when they are no times in this order. */
export function between(from: number, to: number, now: number): Span | undefined {
  const width = Math.min(to, now) - from;
  if (!(width >= SHORTEST) || width > LONGEST) return undefined;
  return to >= now ? follow(width, now) : { from, to, following: false };
}

/** Out of an address: `span` and `end` in ms, or `at`, a moment to put in the middle. */
export function readSpan(params: URLSearchParams, now: number, usual: number): Span {
  const number = (name: string): number | undefined => {
    const value = Number(params.get(name) ?? Number.NaN);
    return Number.isFinite(value) && value > 0 ? value : undefined;
  };
  const width = Math.max(SHORTEST, Math.min(LONGEST, number("span") ?? usual));
  const at = number("at");
  const end = number("end") ?? (at === undefined ? undefined : at + width / 2);
  return end === undefined || end >= now ? follow(width, now) : { from: end - width, to: end, following: false };
}

/** Back into the address. */
export function writeSpan(window: Span, params: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete("at");
  next.set("span", String(Math.round(window.to - window.from)));
  if (window.following) next.delete("end");
  else next.set("end", String(Math.round(window.to)));
  return next;
}
