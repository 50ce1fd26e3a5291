/** Who is asking: the session cookie, or the same token as a bearer; and whether the request comes from our own page. */
import type { IncomingHttpHeaders } from "node:http";
import type { Clock, Session } from "@cellhouse/shared";
import type { Ledger, User } from "../../contracts.ts";

export const COOKIE = "cellhouse_session";
/** One shift and its handover. */
export const SESSION_MS = 13 * 3_600_000;

export interface Who extends User {
  /** Epoch ms. */
  expires: number;
  token: string;
}

/** A request that needs nobody. Reaches nothing. */
export const NOBODY: Who = { name: "nobody", role: "viewer", areas: [], expires: 0, token: "" };

/** The signed-in person behind headers (and a socket's `auth.token`), or undefined. */
export function identify(deps: { ledger: Ledger; clock: Clock }, headers: IncomingHttpHeaders, extra?: unknown): Who | undefined {
  const bearer = /^Bearer (\S{1,200})$/.exec(headers.authorization ?? "")?.[1];
  const given = typeof extra === "string" && extra.length <= 200 ? extra : undefined;
  const token = given ?? bearer ?? cookieOf(headers);
  if (token === undefined || token === "") return undefined;
  const found = deps.ledger.session(token, deps.clock.now());
  return found === undefined ? undefined : { ...found.user, expires: found.expires, token };
}

function cookieOf(headers: IncomingHttpHeaders): string | undefined {
  return new RegExp(`(?:^|; *)${COOKIE}=([\\w-]{1,200})(?:;|$)`).exec(headers.cookie ?? "")?.[1];
}

export function sessionOf(who: Who): Session {
  return { name: who.name, role: who.role, areas: [...who.areas], expires: who.expires };
}

/** True unless the browser says that the request comes from another site. Programs send neither header. */
export function sameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
