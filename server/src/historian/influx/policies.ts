/** Where each resolution is kept and for how long: retention policies, made and held to the settings where InfluxDB lets us. */
import type { Resolution } from "../../contracts.ts";
import { ROLLUPS } from "../buckets.ts";
import type { InfluxServer } from "./server.ts";
import { EMPTY, type Table } from "./tables.ts";

/** How long, days; 0 is for ever. Rows of 1 h always stay. */
export type Retention = Readonly<Record<Exclude<Resolution, "1h">, number>>;

interface Policy {
  name: string;
  /** 0: for ever. */
  days: number;
}

const DAY_MS = 86_400_000;
/** Days a part of InfluxDB's store spans, where rows stay for ever: a trend of years opens few of them. */
const SHARD_DAYS = { "10s": 28, "1m": 91, "1h": 364 } as const;

export class Policies {
  readonly #known: Partial<Record<Resolution, Policy>>;

  private constructor(known: Partial<Record<Resolution, Policy>>) {
    this.#known = known;
  }

  /** Rows have a policy of their own per resolution; where we may not make it, everything is in the database's default one. */
  static async keep(server: InfluxServer, keepDays: Retention): Promise<Policies> {
    let listed = policiesIn(await list(server));
    for (const rollup of ROLLUPS) await hold(server, listed.get(rollup), { rollup, days: rollup === "1h" ? 0 : keepDays[rollup] });
    const raw = listed.get("");
    if (raw !== undefined && keepDays.raw > 0 && raw.days !== keepDays.raw)
      await server.allowed(`ALTER RETENTION POLICY "${raw.name}" ON ${server.database} ${lasting(keepDays.raw)}`);
    listed = policiesIn(await list(server));
    const known: Partial<Record<Resolution, Policy>> = {};
    const fallback = listed.get("");
    if (fallback !== undefined) known.raw = fallback;
    for (const rollup of ROLLUPS) {
      const policy = listed.get(rollup) ?? fallback;
      if (policy !== undefined) known[rollup] = policy;
    }
    return new Policies(known);
  }

  /** A measurement kept with a resolution, as a query names it. */
  from(measurement: string, resolution: Resolution): string {
    const name = this.name(resolution);
    return `${name === undefined ? "" : `"${name}".`}"${measurement}"`;
  }

  /** The policy a write must name; undefined for the default one. */
  name(resolution: Resolution): string | undefined {
    const policy = this.#known[resolution];
    return policy === undefined || policy.name === this.#known.raw?.name ? undefined : policy.name;
  }

  /** What is older may have been given up, epoch ms. */
  keptSince(resolution: Resolution, now: number): number {
    const days = this.#known[resolution]?.days ?? 0;
    return days === 0 ? Number.NEGATIVE_INFINITY : now - days * DAY_MS;
  }
}

async function list(server: InfluxServer): Promise<Table> {
  const [table] = (await server.allowed(`SHOW RETENTION POLICIES ON ${server.database}`)) ?? [];
  return table ?? EMPTY;
}

/** By name; the default one under "" too. */
function policiesIn({ columns, values }: Table): Map<string, Policy> {
  const [name, duration, fallback] = ["name", "duration", "default"].map((column) => columns.indexOf(column)) as [number, number, number];
  const policies = new Map<string, Policy>();
  for (const row of values) {
    const policy = { name: String(row[name]), days: daysOf(String(row[duration])) };
    policies.set(policy.name, policy);
    if (String(row[fallback]) === "true") policies.set("", policy);
  }
  return policies;
}

async function hold(
  server: InfluxServer,
  known: Policy | undefined,
  { rollup, days }: { rollup: keyof typeof SHARD_DAYS; days: number },
): Promise<void> {
  if (known?.days === days) return;
  const term = days === 0 ? `DURATION INF SHARD DURATION ${SHARD_DAYS[rollup]}d` : lasting(days);
  const on = `RETENTION POLICY "${rollup}" ON ${server.database}`;
  await server.allowed(known === undefined ? `CREATE ${on} ${term.replace(" SHARD", " REPLICATION 1 SHARD")}` : `ALTER ${on} ${term}`);
}

/** InfluxDB gives up whole shards: about ten of them. */
function lasting(days: number): string {
  return `DURATION ${days}d SHARD DURATION ${Math.max(1, Math.floor(days / 10))}d`;
}

/** `168h0m0s` in days. */
function daysOf(duration: string): number {
  const [, hours = "0", minutes = "0"] = /^(?:(\d+)h)?(?:(\d+)m)?/.exec(duration) ?? [];
  return (Number(hours) + Number(minutes) / 60) / 24;
}
