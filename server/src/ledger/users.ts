/** People, their sessions and one-time links. Of passwords and tokens only hashes are kept. */
import { createHash, randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { ROLES, type Role } from "@cellhouse/shared";
import { hash, verify } from "@node-rs/argon2";
import type { Ledger, User } from "../contracts.ts";

type Users = Pick<Ledger, "bootstrap" | "verify" | "user">;
type Tokens = Pick<Ledger, "openSession" | "session" | "closeSession" | "createLink" | "redeem">;

const tokenHash = (token: string): string => createHash("sha256").update(token).digest("hex");
const newToken = (): string => randomBytes(32).toString("base64url");

export function users(db: DatabaseSync): Users {
  const byName = db.prepare("SELECT name, hash, role, areas FROM users WHERE name = ?");
  const count = db.prepare("SELECT count(*) AS n FROM users");
  const insertUser = db.prepare("INSERT INTO users (name, hash, role, areas) VALUES (?, ?, ?, ?)");
  /** Verified against when the name is unknown, so that the time taken does not tell. */
  let decoy: Promise<string> | undefined;

  const user = (name: string): User | undefined => {
    const row = byName.get(name);
    return row === undefined
      ? undefined
      : { name: String(row.name), role: row.role as Role, areas: JSON.parse(String(row.areas)) as string[] };
  };

  return {
    user,
    async bootstrap(password, tell) {
      if (Number(count.get()?.n) > 0) return;
      const made = ROLES.map((name) => ({ name, password: password ?? randomBytes(15).toString("base64url") }));
      const hashed = await Promise.all(made.map(async (one) => ({ name: one.name, hash: await hash(one.password) })));
      // Told first: a crash in between leaves passwords without accounts, which the next start makes anew, not the reverse.
      if (password === undefined) tell?.(made);
      db.exec("BEGIN IMMEDIATE");
      for (const one of hashed) insertUser.run(one.name, one.hash, one.name, '[""]');
      db.exec("COMMIT");
    },
    async verify(name, password) {
      const row = byName.get(name);
      decoy ??= hash(newToken());
      const right = await verify(row === undefined ? await decoy : String(row.hash), password);
      return right && row !== undefined ? user(name) : undefined;
    },
  };
}

/** Sessions and links of the people `user` knows; `now` sweeps what has expired whenever something is added. */
export function tokens(db: DatabaseSync, user: Users["user"], now: () => number): Tokens {
  const insertSession = db.prepare("INSERT INTO sessions (hash, name, expires) VALUES (?, ?, ?)");
  const sweepSessions = db.prepare("DELETE FROM sessions WHERE expires <= ?");
  const findSession = db.prepare("SELECT name, expires FROM sessions WHERE hash = ? AND expires > ?");
  const dropSession = db.prepare("DELETE FROM sessions WHERE hash = ?");
  const insertLink = db.prepare("INSERT INTO links (hash, name, expires) VALUES (?, ?, ?)");
  const sweepLinks = db.prepare("DELETE FROM links WHERE expires <= ?");
  const takeLink = db.prepare("DELETE FROM links WHERE hash = ? RETURNING name, expires");
  return {
    openSession(name, expires) {
      const token = newToken();
      sweepSessions.run(now());
      insertSession.run(tokenHash(token), name, expires);
      return token;
    },
    session(token, at) {
      const row = findSession.get(tokenHash(token), at);
      const who = row === undefined ? undefined : user(String(row.name));
      return who === undefined ? undefined : { user: who, expires: Number(row?.expires) };
    },
    closeSession(token) {
      dropSession.run(tokenHash(token));
    },
    createLink(name, expires) {
      const token = newToken();
      sweepLinks.run(now());
      insertLink.run(tokenHash(token), name, expires);
      return token;
    },
    redeem(token, at) {
      const row = takeLink.get(tokenHash(token));
      return row === undefined || Number(row.expires) <= at ? undefined : user(String(row.name));
    },
  };
}
