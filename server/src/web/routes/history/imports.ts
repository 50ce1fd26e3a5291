/** Samples from files: the file is sent, checked row by row, and enters when its owner has seen the report. */
import { Fault, QUALITY_NAMES } from "@cellhouse/shared";
import { z } from "zod";
import type { ImportJob, ImportService } from "../../../contracts.ts";
import { reaches } from "../../auth/areas.ts";
import type { Who } from "../../auth/session.ts";
import type { WebDeps } from "../../deps.ts";
import { type Endpoint, endpoint } from "../../endpoint.ts";
import { faultCode, id } from "../fields.ts";

const name = z.string().min(1).max(200);
const entry = z.strictObject({
  tag: name,
  scale: z.number().optional(),
  offset: z.number().optional(),
  quality: name.optional().meta({ description: "Column of its quality, where each tag has a column" }),
});
const mappingSchema = z.strictObject({
  time: z.strictObject({
    column: name,
    format: z.string().min(1).max(40).meta({ description: "iso, epoch-ms, epoch-s, or a pattern of yyyy MM dd HH mm ss SSS" }),
    zone: z.string().max(60).optional().meta({ description: "IANA; where the text has no offset. Else UTC" }),
  }),
  long: z
    .strictObject({ tag: name, value: name, quality: name.optional() })
    .optional()
    .meta({ description: "Columns of a file with one sample a row; absent: one row per time, a column per tag" }),
  tags: z
    .record(name, entry)
    .default({})
    .meta({ description: "By column, or by the name in the tag column; value = number x scale + offset" }),
  words: z.record(z.string().max(40), z.enum(QUALITY_NAMES)).optional(),
  delimiter: z.enum([",", ";", "\t", "|"]).optional(),
  decimal: z.enum([".", ","]).optional(),
});

const jobSchema = z.object({
  id: z.string(),
  state: z.enum(["open", "checking", "checked", "entering", "done", "failed"]),
  format: z.enum(["csv", "parquet"]),
  created: z.number(),
  bytes: z.number(),
  rows: z.number(),
  samples: z.number(),
  entered: z.number(),
  from: z.number().optional(),
  to: z.number().optional(),
  paths: z.array(z.string()).meta({ description: "The first hundred tags the samples are of" }),
  rejected: z.record(z.string(), z.number()),
  rejects: z.array(z.object({ row: z.number(), column: z.string(), reason: z.string(), text: z.string() })),
  fault: z.object({ code: faultCode, detail: z.string() }).optional(),
});
const params = z.object({ id });

export function importRoutes(deps: WebDeps): Endpoint[] {
  return [openRoute(deps), listRoute(deps), fileRoute(deps), checkRoute(deps), commitRoute(deps), ...jobRoutes(deps)];
}

function openRoute({ plant, imports }: WebDeps): Endpoint {
  return endpoint({
    method: "POST",
    url: "/api/v1/imports",
    summary: "Open an import: send its file, have it checked, look at the report, commit. Without mapping: a file that an export made",
    body: z.strictObject({ format: z.enum(["csv", "parquet"]), mapping: mappingSchema.optional() }),
    answer: jobSchema,
    status: 201,
    refusals: ["E_RATE"],
    handle: ({ body, who }) => {
      const tags = plant.tags.filter((tag) => reaches(who.areas, tag.path));
      return describe(imports.create({ ...body, tags, by: who.name }));
    },
  });
}

function listRoute({ imports }: WebDeps): Endpoint {
  return endpoint({
    method: "GET",
    url: "/api/v1/imports",
    summary: "One's own imports",
    answer: z.object({ imports: z.array(jobSchema) }),
    handle: ({ who }) => ({ imports: imports.list(who.name).map(describe) }),
  });
}

function fileRoute({ imports }: WebDeps): Endpoint {
  return endpoint({
    method: "POST",
    url: "/api/v1/imports/:id/file",
    summary: "Send the file, or its next part: at is how many bytes are there already",
    params,
    query: z.object({ at: z.coerce.number().int().min(0).default(0) }),
    upload: true,
    answer: jobSchema,
    refusals: ["E_NOT_FOUND", "E_TOO_LARGE", "E_DISK_FULL"],
    handle: async (input) => {
      const job = own(imports, input);
      const { body } = input.request;
      if (!isStream(body)) throw new Fault("E_QUERY", "body: the bytes of the file, as text/csv or application/octet-stream");
      await imports.append(job.id, input.query.at, body);
      return describe(job);
    },
  });
}

function checkRoute({ imports }: WebDeps): Endpoint {
  return endpoint({
    method: "POST",
    url: "/api/v1/imports/:id/check",
    summary: "Read the file and report on every row; nothing enters",
    params,
    answer: jobSchema,
    status: 202,
    refusals: ["E_NOT_FOUND"],
    handle: (input) => {
      const job = own(imports, input);
      imports.check(job.id);
      return describe(job);
    },
  });
}

function commitRoute({ imports, ledger, clock }: WebDeps): Endpoint {
  return endpoint({
    method: "POST",
    url: "/api/v1/imports/:id/commit",
    summary: "Let the accepted samples enter: recorded, stored at their own time, never live and never an alarm",
    params,
    answer: jobSchema,
    status: 202,
    refusals: ["E_NOT_FOUND"],
    handle: (input) => {
      const job = own(imports, input);
      ledger.room();
      imports.commit(job.id);
      const { bytes, rows, samples, from, to, rejected, paths } = job;
      ledger.audit({
        time: clock.now(),
        actor: input.who.name,
        action: "import",
        target: job.id,
        after: { bytes, rows, samples, from, to, rejected, tags: paths },
        outcome: "ok",
      });
      return describe(job);
    },
  });
}

function jobRoutes({ imports }: WebDeps): Endpoint[] {
  const refusals = ["E_NOT_FOUND"] as const;
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/imports/:id",
      summary: "How far an import is, and what its check has found",
      params,
      answer: jobSchema,
      refusals,
      handle: (input) => describe(own(imports, input)),
    }),
    endpoint({
      method: "DELETE",
      url: "/api/v1/imports/:id",
      summary: "Give an import up, or take its file away; what has entered stays",
      params,
      refusals,
      handle: async (input) => {
        await imports.remove(own(imports, input).id);
        return undefined;
      },
    }),
  ];
}

/** What others opened is not there. */
function own(imports: ImportService, { params: { id: wanted }, who }: { params: { id: string }; who: Who }): ImportJob {
  const job = imports.get(wanted);
  if (job === undefined || job.by !== who.name) throw new Fault("E_NOT_FOUND", `import ${wanted}`);
  return job;
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function describe({ by: _, tags: __, mapping: ___, ...job }: ImportJob): z.input<typeof jobSchema> {
  return { ...job, paths: [...job.paths], rejects: [...job.rejects] };
}
