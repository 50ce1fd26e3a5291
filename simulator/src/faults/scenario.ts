/** A course of faults from a file: those listed at their times, and others by chance. The same file and seed give the same course. */
import {
  DISTURBANCES,
  type DisturbanceArgs,
  type DisturbanceKind,
  Fault,
  type Plant,
  readDisturbance,
  type Verdict,
} from "@cellhouse/shared";
import { readYaml } from "@cellhouse/shared/plant-file";
import { between, type Rng, uniform } from "@cellhouse/shared/process";
import { z } from "zod";
import type { FaultRequest } from "../contracts.ts";
import type { FaultBook } from "./book.ts";

const HOUR_S = 3600;
const seconds = z.number().min(0).max(1e7);
const kind = z.enum(Object.keys(DISTURBANCES) as [DisturbanceKind, ...DisturbanceKind[]]);
const id = z.string().min(1).max(20);

const listed = z
  .strictObject({
    at: seconds.default(0),
    kind,
    cell: id.optional(),
    line: id.optional(),
    seconds: seconds.default(0),
    args: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
  })
  .transform(({ at, kind, cell, line, seconds, args }, ctx) => {
    const wrong = (path: string, message: string): never => {
      ctx.addIssue({ code: "custom", path: path === "" ? [] : [path], message });
      return z.NEVER;
    };
    const owner = cell ?? line;
    if (owner === undefined || (cell !== undefined && line !== undefined)) return wrong("cell", "name either a cell or a line");
    if (cell === undefined && DISTURBANCES[kind].at === "cell") return wrong("cell", `${kind} befalls a cell, not a line`);
    const read = readDisturbance(kind, args);
    return read.ok ? { kind, cell: owner, after: at, seconds, args: read.args } : wrong("", read.detail);
  });

const random = z.strictObject({
  /** Faults an hour in the whole hall, on average. */
  perHour: z.number().positive().max(3600),
  kinds: z
    .array(kind)
    .min(1)
    .default(Object.keys(DISTURBANCES) as DisturbanceKind[]),
  /** Shortest and longest, s. */
  seconds: z.tuple([seconds, seconds]).default([30, 600]),
});

const schema = z.strictObject({ faults: z.array(listed).max(500).default([]), random: random.optional() });
export type Scenario = z.output<typeof schema>;

/** Reads a scenario (YAML). Throws `E_OPTION` naming file, field and reason. */
export function readScenario(text: string, file: string): Scenario {
  const wrong = (reason: string): Fault => new Fault("E_OPTION", `--scenario ${file}: ${reason}`);
  let yaml: unknown;
  try {
    yaml = readYaml(text);
  } catch (cause) {
    throw wrong((cause as Error).message);
  }
  const checked = schema.safeParse(yaml);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  throw wrong(`${issue?.path.join(".") || "(whole)"}: ${issue?.message ?? "wrong"}`);
}

export interface ScenarioDeps {
  book: FaultBook;
  plant: Plant;
  rng: Rng;
}

/** Orders what a scenario says, as process time passes. */
export class ScenarioRunner {
  readonly #random: Scenario["random"];
  readonly #deps: ScenarioDeps;
  #wait: number;
  #count = 0;

  /** Books what is listed. Throws `E_OPTION` for a cell or line the plant does not have. */
  constructor({ faults, random }: Scenario, deps: ScenarioDeps) {
    this.#random = random;
    this.#deps = deps;
    this.#wait = this.#pause();
    for (const [i, fault] of faults.entries()) {
      const verdict = this.#order(fault);
      if (!verdict.ok) throw new Fault("E_OPTION", `--scenario: faults.${i}.${verdict.detail}`);
    }
  }

  /** Another `dt` s of process time. */
  advance(dt: number): void {
    for (this.#wait -= dt; this.#wait <= 0; this.#wait += this.#pause()) this.#strike();
  }

  #order(fault: Omit<FaultRequest, "id">): Verdict {
    return this.#deps.book.start({ id: `scenario-${++this.#count}`, ...fault });
  }

  /** Seconds to the next one by chance. */
  #pause(): number {
    if (this.#random === undefined) return Number.POSITIVE_INFINITY;
    return (-Math.log(1 - uniform(this.#deps.rng)) * HOUR_S) / this.#random.perHour;
  }

  /** One by chance, with its usual arguments; a book that is full lets it pass. */
  #strike(): void {
    const { rng, plant } = this.#deps;
    const { kinds, seconds } = this.#random as NonNullable<Scenario["random"]>;
    const kind = pick(kinds, rng);
    const { at, args } = DISTURBANCES[kind];
    const cell = pick<{ id: string }>(at === "cell" ? plant.cells : plant.lines, rng).id;
    this.#order({ kind, cell, after: 0, seconds: between(rng, ...seconds), args: chance(args, rng) });
  }
}

function pick<T>(list: readonly T[], rng: Rng): T {
  return list[Math.floor(uniform(rng) * list.length)] as T;
}

/** What is counted or chosen is drawn, what is measured is left as usual. */
function chance(args: DisturbanceArgs, rng: Rng): Record<string, number> {
  const drawn = Object.entries(args).map(([name, arg]) => {
    if ("choices" in arg) return [name, Math.floor(uniform(rng) * arg.choices.length)] as const;
    return [name, arg.whole ? Math.floor(between(rng, arg.low, arg.high + 1)) : arg.fallback] as const;
  });
  return Object.fromEntries(drawn);
}
