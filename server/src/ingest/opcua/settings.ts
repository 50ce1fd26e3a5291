/** What the driver is given; what differs from line to line stands in the plant file. */
import { z } from "zod";

export const schema = z.strictObject({
  /** Server of the lines that name none. */
  url: z.string().regex(/^opc\.tcp:\/\//, "must look like opc.tcp://host:4840/cellhouse"),
  user: z.string().default("cellhouse"),
  password: z.string(),
  /** Folder for our own certificate and those we trust. */
  pkiFolder: z.string().min(1),
  /** Believe the certificate of the very first server met; without it only servers on loopback are believed unseen. */
  trustFirst: z.boolean().default(false),
  /** When our record ends, epoch ms: what came after it is asked of the server's history at the first connection. */
  since: z.number().optional(),
  /** File for what is owed of a server's history, so that it is asked for also after a crash. */
  owedFile: z.string().optional(),
  publishingInterval: z.number().min(50).max(1000).default(250),
  /** How long the keys of a channel last, ms; they are renewed at three quarters of it. */
  keyLifetime: z.number().min(1000).default(3_600_000),
});

export type Settings = z.infer<typeof schema>;
