/** How far an edge had come when its program ended, as its buffer keeps it. */
import { z } from "zod";

const seq = z.number().int().min(0);

const schema = z.object({
  /** Of the next connection. */
  bdSeq: z.number().int().min(0).max(255).default(0),
  /** The span whose live samples were being sent again. */
  again: z.object({ from: seq, to: seq }).default({ from: 0, to: 0 }),
  /** By owner: where sending goes on, and where the first sending had come to. */
  owners: z.record(z.string(), z.tuple([seq, seq])).default({}),
});

export type Position = z.infer<typeof schema>;

/** What cannot be read is a beginning: everything kept goes out again. */
export function readPosition(text: string | undefined): Position {
  try {
    return schema.parse(JSON.parse(text ?? "{}"));
  } catch {
    return schema.parse({});
  }
}
