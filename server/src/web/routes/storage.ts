/** What is kept on the disk. Every role may look: it is about the system and not the plant, and names no place on the machine. */
import { z } from "zod";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";

const bytes = z.number();
const time = z.number().optional();

const storageSchema = z.object({
  time: z.number(),
  engine: z.string(),
  resolutions: z.array(z.object({ resolution: z.enum(["raw", "10s", "1m", "1h"]), rows: z.number(), bytes, oldest: time, newest: time })),
  away: z.string().optional().meta({ description: "Why the engine does not answer" }),
  recorder: z.object({
    bytes,
    oldest: time,
    newest: time,
    rate: z.number().meta({ description: "Values per second" }),
    days: z.number().meta({ description: "Retention" }),
    most: bytes.meta({ description: "Retention" }),
  }),
  readers: z.array(z.object({ name: z.string(), samples: z.number(), seconds: z.number(), toKeep: z.number() })),
  ledger: bytes,
  exchange: bytes,
  disk: z.object({
    free: bytes,
    size: bytes,
    perDay: bytes.optional().meta({ description: "Growth at the present rate" }),
    daysLeft: z.number().optional(),
  }),
  backup: z.object({ time: z.number(), files: z.number(), bytes }).optional(),
  check: z
    .object({
      time: z.number(),
      files: z.number(),
      findings: z.array(z.object({ file: z.string(), reason: z.string(), remedy: z.string() })),
    })
    .optional(),
});

export function storageRoutes(deps: WebDeps): Endpoint[] {
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/storage",
      summary: "What is kept on the disk, how far each reader is behind, and how long there is room",
      answer: storageSchema,
      handle: () => deps.storage(),
    }),
  ];
}
