/** The raw tap: what a driver hears, as text for an engineer's eyes. Costs nothing while nobody listens. */
import type { Clock, TapMessage } from "@cellhouse/shared";

/** Messages a second one listener is told; the others are counted. */
const PER_SECOND = 20;
const MOST_CHARACTERS = 10_000;

interface Listener {
  readonly matches: (topic: string) => boolean;
  readonly hear: (message: TapMessage) => void;
  second: number;
  told: number;
  skipped: number;
}

export class Taps {
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Listens to the topics of a filter (MQTT's `+` and `#`); the returned call ends it. */
  add(filter: string, hear: (message: TapMessage) => void): () => void {
    const listener: Listener = { matches: matcher(filter), hear, second: 0, told: 0, skipped: 0 };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get idle(): boolean {
    return this.#listeners.size === 0;
  }

  /** `render` is asked only when someone is to be told. */
  offer(topic: string, render: () => string): void {
    if (this.#listeners.size === 0) return;
    const time = this.#clock.now();
    for (const listener of this.#listeners) if (listener.matches(topic)) tell(listener, { time, topic, render });
  }
}

function tell(listener: Listener, { time, topic, render }: { time: number; topic: string; render: () => string }): void {
  const second = Math.floor(time / 1000);
  if (second !== listener.second) {
    listener.second = second;
    listener.told = 0;
  }
  if (listener.told >= PER_SECOND) {
    listener.skipped++;
    return;
  }
  listener.told++;
  const text = render();
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  listener.hear({ time, topic, text: cut, skipped: listener.skipped });
  listener.skipped = 0;
}

/** True for topics of the filter; as MQTT 3.1.1, 4.7 says (a filter beginning with a wildcard does not meet `$` topics). */
export function matcher(filter: string): (topic: string) => boolean {
  const wanted = filter.split("/");
  return (topic) => {
    if (topic.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
    const given = topic.split("/");
    for (const [i, level] of wanted.entries()) {
      if (level === "#") return true;
      if (i >= given.length || (level !== "+" && level !== given[i])) return false;
    }
    return wanted.length === given.length;
  };
}

/** Bytes as a person can read them: JSON and text as they are, else hexadecimal. */
export function readable(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, 4 * MOST_CHARACTERS));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what tells text from bytes
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return text;
  } catch {
    // not UTF-8
  }
  return Buffer.from(bytes.subarray(0, MOST_CHARACTERS / 2)).toString("hex");
}
