/** Certificates of the servers we connect to: seen, trusted, rejected. */
import { Fault } from "@cellhouse/shared";
import { z } from "zod";
import type { Who } from "../auth/session.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { mustHold } from "./fields.ts";

const certificateSchema = z.object({
  thumbprint: z.string().meta({ description: "SHA-1, upper-case hex" }),
  subject: z.string(),
  issuer: z.string(),
  from: z.number(),
  to: z.number(),
  state: z.enum(["own", "trusted", "rejected"]).meta({ description: "own: what we show to others" }),
  links: z.array(z.string()).meta({ description: "Links whose server showed it last" }),
});
const thumbprint = z
  .string()
  .regex(/^[0-9A-Fa-f]{40}$/, "40 hex digits")
  .transform((text) => text.toUpperCase());

export function certificateRoutes(deps: WebDeps): Endpoint[] {
  return [
    endpoint({
      method: "GET",
      url: "/api/v1/certificates",
      summary: "Certificates of the PKI folder, and the links that use them",
      answer: z.object({ certificates: z.array(certificateSchema) }),
      handle: () => ({ certificates: deps.certificates?.list() ?? [] }),
    }),
    decideRoute(deps, "trust"),
    decideRoute(deps, "reject"),
  ];
}

function decideRoute(deps: WebDeps, decision: "trust" | "reject"): Endpoint {
  return endpoint({
    method: "POST",
    url: `/api/v1/certificates/:thumbprint/${decision}`,
    summary: decision === "trust" ? "Trust a certificate; its link connects by itself" : "Reject a certificate; its link is broken",
    params: z.object({ thumbprint }),
    refusals: ["E_NOT_FOUND"],
    handle: ({ params, who }) => decide(deps, { decision, thumbprint: params.thumbprint, who }),
  });
}

/** Decides, and writes down who did. */
function decide(
  deps: WebDeps,
  { decision, thumbprint: target, who }: { decision: "trust" | "reject"; thumbprint: string; who: Who },
): undefined {
  const { certificates, ledger, clock } = deps;
  const known = certificates?.list().find((one) => one.thumbprint === target && one.state !== "own");
  if (certificates === undefined || known === undefined) throw new Fault("E_NOT_FOUND", `certificate ${target}`);
  ledger.room();
  const verdict = certificates[decision](target);
  const time = clock.now();
  const outcome = verdict.ok ? "ok" : verdict.code;
  const after = decision === "trust" ? "trusted" : "rejected";
  const action = `certificate-${decision}`;
  ledger.batch(() => {
    ledger.audit({ time, actor: who.name, action, target, before: known.state, after, reason: known.subject, outcome });
    ledger.journal({
      time,
      kind: "system",
      actor: who.name,
      action,
      thumbprint: target,
      subject: known.subject,
      links: known.links,
      outcome,
    });
  });
  mustHold(verdict);
  return undefined;
}
