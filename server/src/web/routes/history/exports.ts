/** Files out of history: ordered, watched, fetched and taken away by the one who ordered them. */
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Fault } from "@cellhouse/shared";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { ExportJob, ExportService } from "../../../contracts.ts";
import type { Who } from "../../auth/session.ts";
import type { WebDeps } from "../../deps.ts";
import { type Endpoint, endpoint, SENT } from "../../endpoint.ts";
import { faultCode, id, instant, tagsOf } from "../fields.ts";
import { mustBeKept } from "./kept.ts";

const MOST_TAGS = 1000;
export const FORMATS = ["csv", "json", "parquet"] as const;
const MEDIA = {
  csv: "text/csv; charset=utf-8",
  json: "application/json; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
} as const satisfies Record<ExportJob["format"], string>;

const jobSchema = z.object({
  id: z.string(),
  state: z.enum(["waiting", "running", "done", "failed"]),
  format: z.enum(FORMATS),
  resolution: z.enum(["raw", "10s", "1m", "1h"]),
  tags: z.array(z.string()),
  from: z.number(),
  to: z.number(),
  created: z.number(),
  rows: z.number(),
  progress: z.number().meta({ description: "Share of the work that is done, 0 to 1" }),
  bytes: z.number().optional(),
  sha256: z.string().optional(),
  fault: z.object({ code: faultCode, detail: z.string() }).optional(),
});

export function exportRoutes(deps: WebDeps): Endpoint[] {
  return [orderRoute(deps), listRoute(deps), ...jobRoutes(deps)];
}

function orderRoute({ plant, clock, history, exports, ledger }: WebDeps): Endpoint {
  const body = z
    .strictObject({
      tags: z.array(z.string().max(80)).min(1).max(MOST_TAGS),
      from: instant(clock),
      to: instant(clock),
      format: z.enum(FORMATS),
      resolution: z.enum(["raw", "10s", "1m", "1h"]).default("raw"),
      received: z.boolean().default(true),
    })
    .refine((span) => span.from < span.to, { path: ["to"], message: "must be later than from" });
  return endpoint({
    method: "POST",
    url: "/api/v1/exports",
    summary: "Order a file: csv (wide, one row per time), json or parquet (one row per sample); fetched when it is done",
    body,
    answer: jobSchema,
    status: 201,
    refusals: ["E_TAG_UNKNOWN", "E_TOO_LARGE", "E_RATE", "E_HISTORIAN"],
    target: (input) => tagsOf(plant, input.body.tags).map((tag) => tag.path),
    handle: async ({ body: order, who }) => {
      const tags = tagsOf(plant, order.tags);
      if (tags.length > MOST_TAGS) throw new Fault("E_TOO_LARGE", `${tags.length} tags; at most ${MOST_TAGS} in one file`);
      await mustBeKept(history, order.resolution, order.from);
      const job = exports.create({ ...order, tags, by: who.name });
      const { from, to, format, resolution } = order;
      ledger.audit({
        time: clock.now(),
        actor: who.name,
        action: "export",
        target: job.id,
        after: { tags: order.tags, from, to, format, resolution },
        outcome: "ok",
      });
      return describe(job);
    },
  });
}

function listRoute({ exports }: WebDeps): Endpoint {
  return endpoint({
    method: "GET",
    url: "/api/v1/exports",
    summary: "One's own exports",
    answer: z.object({ exports: z.array(jobSchema) }),
    handle: ({ who }) => ({ exports: exports.list(who.name).map(describe) }),
  });
}

function jobRoutes({ exports }: WebDeps): Endpoint[] {
  const params = z.object({ id });
  const target = (input: { params: { id: string }; who: Who }): string[] => own(exports, input).tags.map((tag) => tag.path);
  const refusals = ["E_NOT_FOUND"] as const;
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/exports/:id",
      summary: "How far an export is; with rows, bytes and checksum when it is done",
      params,
      answer: jobSchema,
      refusals,
      target,
      handle: (input) => describe(own(exports, input)),
    }),
    endpoint({
      method: "GET",
      url: "/api/v1/exports/:id/file",
      summary: "The file of a finished export; its SHA-256 stands in x-checksum-sha256",
      params,
      refusals,
      target,
      handle: (input) => {
        const job = own(exports, input);
        if (job.state !== "done") throw new Fault("E_NOT_FOUND", `export ${job.id}: ${job.state}, there is no file`);
        return sendFile(input.reply, { job, file: exports.file(job.id) });
      },
    }),
    endpoint({
      method: "DELETE",
      url: "/api/v1/exports/:id",
      summary: "End an export, or take its file away",
      params,
      refusals,
      target,
      handle: async (input) => void (await exports.remove(own(exports, input).id)),
    }),
  ];
}

/** What others ordered is not there. */
function own(exports: ExportService, { params, who }: { params: { id: string }; who: Who }): ExportJob {
  const job = exports.get(params.id);
  if (job === undefined || job.by !== who.name) throw new Fault("E_NOT_FOUND", `export ${params.id}`);
  return job;
}

/** Streams a finished file under a name that tells its span. */
export function sendFile(reply: FastifyReply, { job, file }: { job: ExportJob; file: string }): typeof SENT {
  const stamp = (time: number): string => new Date(time).toISOString().slice(0, 16).replace(/[-:]/g, "");
  const name = `history-${stamp(job.from)}-${stamp(job.to)}${basename(file).slice(job.id.length)}`;
  reply
    .headers({
      "content-type": MEDIA[job.format],
      "content-length": String(job.bytes),
      "content-disposition": `attachment; filename="${name}"`,
      "x-checksum-sha256": String(job.sha256),
    })
    .send(createReadStream(file));
  return SENT;
}

function describe({ by: _, tags, ...job }: ExportJob): z.input<typeof jobSchema> {
  const { received: __, ...told } = job;
  return { ...told, tags: tags.map((tag) => tag.path) };
}
