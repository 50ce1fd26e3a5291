/** The way in: a one-time link in the address, or the session the browser still has, else the sign-in form. */
import type { Session } from "@cellhouse/shared";
import { Refusal } from "../live/api.ts";
import type { Live } from "../live/live.ts";
import type { Connection } from "../live/socket.ts";

/** `?signin=<token>` leaves the address bar before anything else happens. */
export async function startSession(live: Live, connection: Connection, address: URL): Promise<void> {
  const link = address.searchParams.get("signin");
  if (link !== null) {
    address.searchParams.delete("signin");
    window.history.replaceState(null, "", address.pathname + address.search);
  }
  try {
    const session = link === null ? await live.api.get<Session>("session") : await byLink(live, link);
    enter(live, connection, session);
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return;
    live.refusal.set(error instanceof Refusal ? error : undefined);
    live.phase.set("connecting");
    connection.open();
  }
}

/** A used link is no obstacle for a browser that is signed in already. */
async function byLink(live: Live, link: string): Promise<Session> {
  try {
    return await live.api.send<Session>("POST", "session", { link });
  } catch (error) {
    const refusal = live.refusal.get();
    try {
      return await live.api.get<Session>("session");
    } catch {
      live.refusal.set(refusal);
      throw error;
    }
  }
}

export function enter(live: Live, connection: Connection, session: Session): void {
  live.refusal.set(undefined);
  live.session.set(session);
  live.phase.set("connecting");
  connection.close();
  connection.open();
}

export async function leave(live: Live, connection: Connection): Promise<void> {
  connection.close();
  await live.api.send("DELETE", "session").catch(() => undefined);
  live.signedOut();
}
