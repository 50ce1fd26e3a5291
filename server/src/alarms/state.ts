/** An alarm's memory as a row of the ledger: JSON in, checked JSON out. */
import { ALARM_STATES } from "@cellhouse/shared";
import { z } from "zod";
import type { Entry } from "./book.ts";

const row = z.object({
  state: z.enum(ALARM_STATES),
  holds: z.number().int().min(0).max(7),
  count: z.number().int().min(0),
  occurrence: z.string(),
  raised: z.number().nullable(),
  value: z.number().nullable(),
  ackBy: z.string().optional(),
  ackAt: z.number().optional(),
  shelf: z.object({ until: z.number(), by: z.string(), reason: z.string() }).optional(),
});

export function writeEntry(entry: Entry): string {
  return JSON.stringify(entry);
}

/** Undefined where the text is not what `writeEntry` gave. */
export function readEntry(text: string): Entry | undefined {
  try {
    return row.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
