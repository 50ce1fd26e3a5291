/** What the open screens want to hear: counted, so that two of them may want the same cell; resent after a reconnect. */
export interface Interest {
  hall?: boolean;
  cells?: readonly string[];
  tags?: readonly string[];
}

export class Interests {
  #counts = new Map<string, number>();

  /** Gives the part of `interest` nobody wanted before. */
  add(interest: Interest): string[] {
    return keys(interest).filter((key) => {
      const count = this.#counts.get(key) ?? 0;
      this.#counts.set(key, count + 1);
      return count === 0;
    });
  }

  /** Gives the part of `interest` nobody wants any more. */
  remove(interest: Interest): string[] {
    return keys(interest).filter((key) => {
      const count = (this.#counts.get(key) ?? 0) - 1;
      if (count > 0) this.#counts.set(key, count);
      else this.#counts.delete(key);
      return count === 0;
    });
  }

  all(): string[] {
    return [...this.#counts.keys()];
  }
}

function keys({ hall, cells = [], tags = [] }: Interest): string[] {
  return [...(hall === true ? ["hall"] : []), ...cells.map((c) => `cell ${c}`), ...tags.map((t) => `tag ${t}`)];
}

/** The wire's request for a set of keys; undefined for none. */
export function request(wanted: readonly string[]): { hall?: boolean; cells?: string[]; tags?: string[] } | undefined {
  if (wanted.length === 0) return undefined;
  const of = (kind: string): string[] => wanted.filter((k) => k.startsWith(`${kind} `)).map((k) => k.slice(kind.length + 1));
  const cells = of("cell");
  const tags = of("tag");
  return {
    ...(wanted.includes("hall") ? { hall: true } : {}),
    ...(cells.length > 0 ? { cells } : {}),
    ...(tags.length > 0 ? { tags } : {}),
  };
}
