/** Fields that many requests share: times, tags, ids. */
import { type Clock, FAULTS, Fault, type FaultCode, type Plant, ROLES, resolveTags, type Tag, type Verdict } from "@cellhouse/shared";
import { z } from "zod";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;
/** The largest time a JavaScript date can hold, ms. */
const END_OF_TIME = 8.64e15;

/** Epoch ms of `1700000000000`, ISO 8601 with Z or offset, or `now-15m`; undefined for anything else. A `+` that became a space is forgiven. */
export function parseTime(text: string, now: number): number | undefined {
  if (/^\d{1,16}$/.test(text)) return inRange(Number(text));
  const relative = /^now(?:-(\d{1,9})([smhd]))?$/.exec(text);
  if (relative !== null) return inRange(now - Number(relative[1] ?? 0) * (UNIT_MS[relative[2] ?? "s"] ?? 0));
  const iso = text.replace(/ (\d\d:?\d\d)$/, "+$1");
  return ISO.test(iso) ? inRange(Date.parse(iso)) : undefined;
}

function inRange(time: number): number | undefined {
  return time >= 0 && time <= END_OF_TIME ? time : undefined;
}

/** A time in a query or a body, as epoch ms. */
export function instant(clock: Clock) {
  return z
    .union([z.string().max(40), z.number()])
    .transform((given, ctx) => {
      const time = parseTime(String(given), clock.now());
      if (time === undefined) ctx.addIssue({ code: "custom", message: "a time is epoch ms, ISO 8601 with Z or offset, or now-1h" });
      return time ?? 0;
    })
    .meta({ description: "Epoch ms, ISO 8601 with Z or offset, or `now-1h` (s, m, h, d)", examples: ["now-1h"] });
}

/** `?tags=a,b` or repeated. */
export const tagList = z
  .union([z.string(), z.array(z.string())])
  .transform((given) =>
    [given]
      .flat()
      .flatMap((part) => part.split(","))
      .filter((part) => part !== ""),
  )
  .pipe(z.array(z.string().max(80)).min(1).max(5000))
  .meta({ description: "Paths, comma separated or repeated; `C001:*` for all of a cell", examples: ["C001:TI-101,C001:FIC-303.SP"] });

export const id = z.string().min(1).max(80);
export const reason = z.string().trim().min(1).max(500);
export const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);

export const sessionSchema = z.object({ name: z.string(), role: z.enum(ROLES), areas: z.array(z.string()), expires: z.number() });

/** The tags named, or E_TAG_UNKNOWN naming those that do not exist. */
export function tagsOf(plant: Plant, paths: readonly string[]): Tag[] {
  const { tags, unknown } = resolveTags(plant, paths);
  if (unknown.length > 0) throw new Fault("E_TAG_UNKNOWN", unknown.slice(0, 5).join(", "));
  return tags;
}

/** Where an owner (`C042`, `L03`, `SYS`, or a full path) stands; undefined when there is none. */
export function placeOf(plant: Plant, owner: string): string | undefined {
  const last = owner.split(".").pop() ?? "";
  const home = plant.home(last);
  return home !== undefined && (owner === last || home.path === owner) ? home.path : undefined;
}

/** Throws the fault of a refusal. */
export function mustHold(verdict: Verdict): void {
  if (!verdict.ok) throw new Fault(verdict.code, verdict.detail);
}

/** A number for JSON: NaN and infinities are null. */
export function number(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export const faultCode = z.enum(Object.keys(FAULTS) as [FaultCode, ...FaultCode[]]);
