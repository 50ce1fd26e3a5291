/** Signing in and out. Every attempt is audited with its outcome; a reply never holds a secret (the token travels in the cookie only). */
import { Fault } from "@cellhouse/shared";
import { z } from "zod";
import type { User } from "../../contracts.ts";
import { type SignInLimiter, signInLimiter } from "../auth/limiter.ts";
import { COOKIE, SESSION_MS, sessionOf } from "../auth/session.ts";
import type { WebDeps } from "../deps.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { sessionSchema } from "./fields.ts";

const credentials = z.strictObject({ name: z.string().min(1).max(64), password: z.string().min(1).max(256) });
const oneTimeLink = z.strictObject({ link: z.string().min(1).max(200) });
type Given = z.output<typeof credentials> | z.output<typeof oneTimeLink>;

/** `closed` is told the token of a session that ends, so that its sockets end with it. */
export function sessionRoutes(deps: WebDeps, closed: (token: string) => void): Endpoint[] {
  const limiter = signInLimiter(deps.clock);
  const cookie = { path: "/", httpOnly: true, sameSite: "strict", secure: deps.tls !== undefined } as const;
  return [
    endpoint({
      method: "POST",
      url: "/api/v1/session",
      summary: "Sign in with name and password, or with a one-time link",
      body: z.union([credentials, oneTimeLink]),
      answer: sessionSchema,
      refusals: ["E_SIGN_IN", "E_RATE"],
      async handle({ body, request, reply }) {
        const user = await signIn(deps, limiter, body, request.ip);
        const expires = deps.clock.now() + SESSION_MS;
        const token = deps.ledger.openSession(user.name, expires);
        reply.setCookie(COOKIE, token, { ...cookie, maxAge: SESSION_MS / 1000 });
        return sessionOf({ ...user, expires, token });
      },
    }),
    endpoint({
      method: "GET",
      url: "/api/v1/session",
      summary: "Who is signed in",
      answer: sessionSchema,
      handle: ({ who }) => sessionOf(who),
    }),
    endpoint({
      method: "DELETE",
      url: "/api/v1/session",
      summary: "Sign out",
      handle({ who, reply }) {
        deps.ledger.closeSession(who.token);
        closed(who.token);
        note(deps, { actor: who.name, action: "sign-out", outcome: "ok" });
        reply.clearCookie(COOKIE, cookie);
        return undefined;
      },
    }),
  ];
}

async function signIn(deps: WebDeps, limiter: SignInLimiter, given: Given, address: string): Promise<User> {
  const byLink = "link" in given;
  const name = byLink ? "(link)" : given.name;
  const action = byLink ? "sign-in by link" : "sign-in";
  try {
    const user = await limiter.attempt(name, address, async () =>
      byLink ? deps.ledger.redeem(given.link, deps.clock.now()) : deps.ledger.verify(given.name, given.password),
    );
    if (user === undefined) throw new Fault("E_SIGN_IN", byLink ? "this link" : "this name with this password");
    note(deps, { actor: user.name, action, outcome: "ok", address });
    return user;
  } catch (error) {
    const outcome = error instanceof Fault ? error.code : "E_INTERNAL";
    deps.counters.rejected(outcome);
    // What the limiter turned away was never checked: counted, but not written, or guessing could fill the disk.
    if (outcome !== "E_RATE") note(deps, { actor: name, action, outcome, address });
    throw error;
  }
}

function note(deps: WebDeps, what: { actor: string; action: string; outcome: string; address?: string }): void {
  const time = deps.clock.now();
  const { actor, action, outcome, address = "" } = what;
  deps.ledger.batch(() => {
    deps.ledger.audit({ time, actor, action, target: address, outcome });
    deps.ledger.journal({ time, kind: "session", actor, action, outcome });
  });
}
