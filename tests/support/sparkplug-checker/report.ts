/** What the checker found. */

export interface Violation {
  /** Of the normative statement, as the specification names it: `tck-id-...`. */
  id: string;
  time: number;
  /** Edge node, device or host concerned. */
  subject: string;
  what: string;
}

/** Gathers violations of one moment and subject. */
export class Report {
  readonly violations: Violation[] = [];
  time = 0;
  subject = "";

  /** Notes a violation unless the statement holds; gives whether it does. */
  must(id: string, holds: boolean, what: string): boolean {
    if (!holds) this.violations.push({ id: `tck-id-${id}`, time: this.time, subject: this.subject, what });
    return holds;
  }
}

/** One line per statement violated, with its first case: for a test's message. */
export function summary(violations: readonly Violation[]): string[] {
  const byId = new Map<string, Violation[]>();
  for (const violation of violations) byId.set(violation.id, [...(byId.get(violation.id) ?? []), violation]);
  return [...byId.values()].map((list) => {
    const [first] = list as [Violation, ...Violation[]];
    return `${first.id} x ${list.length}: ${first.subject} at ${new Date(first.time).toISOString()}: ${first.what}`;
  });
}
