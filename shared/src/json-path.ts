/** Where a value stands inside a JSON message: `bath.temp`, `u[0].v`, `["a.b"].c`, nothing for the whole, `$` in front for the message's root. Pure. */

export interface JsonPath {
  /** From the root of the message, also inside a list of elements. */
  readonly root: boolean;
  readonly steps: readonly (string | number)[];
}

const STEP = /\.?([^.[\]]+)|\[(\d{1,6})\]|\["([^"]+)"\]/y;
const MOST_STEPS = 8;

/** Undefined when the text is no path, or has more than eight steps. */
export function parsePath(text: string): JsonPath | undefined {
  const root = text === "$" || /^\$[.[]/.test(text);
  const steps: (string | number)[] = [];
  let at = root ? 1 : 0;
  while (at < text.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (match === null || (at === 0 && text.startsWith("."))) return undefined;
    steps.push(match[2] === undefined ? ((match[1] ?? match[3]) as string) : Number(match[2]));
    at = STEP.lastIndex;
  }
  return steps.length > MOST_STEPS ? undefined : { root, steps };
}

/** What stands there; undefined when nothing does. Only own properties and items count: `constructor` or `length` lead nowhere. */
export function readPath({ root, steps }: JsonPath, element: unknown, message: unknown): unknown {
  let node = root ? message : element;
  for (const step of steps) {
    if (typeof node !== "object" || node === null) return undefined;
    if (Array.isArray(node) !== (typeof step === "number") || !Object.hasOwn(node, step)) return undefined;
    node = (node as Record<string | number, unknown>)[step];
  }
  return node;
}

/** One spelling for each place: `.bath.temp`, `.u[0].v`. */
export function formatPath(steps: JsonPath["steps"]): string {
  return steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
}
