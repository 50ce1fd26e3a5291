/** The one catalogue of what a simulated hall can be told to do wrong: server, simulator and screens read it here. */
import { z } from "zod";

/** A number an order may carry, within its range. */
interface NumberArg {
  readonly low: number;
  readonly high: number;
  readonly fallback: number;
  /** Symbol, empty for a plain number. */
  readonly unit: string;
  readonly whole: boolean;
}

/** One of some names; it travels as its place in the list. */
interface ChoiceArg {
  readonly choices: readonly string[];
  readonly fallback: number;
}

export type DisturbanceArgs = Readonly<Record<string, NumberArg | ChoiceArg>>;

export interface DisturbanceEntry {
  /** Whom it befalls. One of a line is ordered by the line's id, or at any cell of it. */
  readonly at: "cell" | "line";
  readonly name: string;
  /** What must be seen. */
  readonly seen: string;
  /** A usual duration, s. */
  readonly seconds: number;
  readonly args: DisturbanceArgs;
}

type Rest = Partial<Pick<DisturbanceEntry, "seconds" | "args">>;

const cell = (name: string, seen: string, { seconds = 300, args = {} }: Rest = {}): DisturbanceEntry => ({
  at: "cell",
  name,
  seen,
  seconds,
  args,
});
const line = (name: string, seen: string, seconds: number): DisturbanceEntry => ({ at: "line", name, seen, seconds, args: {} });
const number = (low: number, high: number, fallback: number, unit = ""): NumberArg => ({ low, high, fallback, unit, whole: false });

/** The measurements a fault of the data may strike, and the word for all of them. */
export const STRUCK_TAGS: readonly string[] = [
  "TI-101",
  "TI-102",
  "TI-103",
  "TI-104A",
  "EI-201",
  "II-202",
  "XI-207",
  "WI-302",
  "FI-303",
  "LI-401",
  "FI-501",
  "TI-503",
  "PI-601",
];
export const ALL_TAGS = "*";
const oneTag: ChoiceArg = { choices: STRUCK_TAGS, fallback: 0 };
const anyTag: ChoiceArg = { choices: [ALL_TAGS, ...STRUCK_TAGS], fallback: 0 };

export const DISTURBANCES = {
  feeder_jam: cell("Feeder jam", "II-306 at 2.5 times, two reversals, FEED.JAM within 3 min, FI-303 to 0, then XI-208 rises", {
    seconds: 600,
  }),
  hopper_empty: cell("Hopper empty", "WI-302 falls to what is left and on to 0, FI-303 follows, WI-302.LO and LOLO", {
    seconds: 600,
    args: { left: number(0, 10, 0.5, "kg") },
  }),
  hopper_bridge: cell("Oxide bridges", "The screw turns as ever, WI-302 stands still, FI-303 falls, YS-902 tells a bridge", {
    seconds: 600,
  }),
  feeder_drift: cell("Feeder out of calibration", "FI-303 off by the factor; in an hour the weighed shots have put it right", {
    seconds: 7200,
    args: { gain: number(0.8, 1.2, 0.9) },
  }),
  tc_break: cell("Thermocouple broken", "TI-101 Bad at burnout, TY-100 goes on Uncertain by the pyrometer"),
  tc_drift: cell("Thermocouple sheath leaks", "TI-101 runs away from TI-103 and the true temperature", {
    seconds: 3600,
    args: { rate: number(-100, 100, -20, "K/h") },
  }),
  pyro_dirty: cell("Pyrometer dirty", "TI-103 low by the size; TY-100 does not follow", {
    seconds: 600,
    args: { size: number(5, 200, 40, "K") },
  }),
  ae_forced: cell("Anode effect", "EI-201 jumps, XS-209, the quench; while it lasts the film is held", { seconds: 5 }),
  over_temp: cell("Bath overheats", "TI-101, TI-103, TY-100 rise to their limits", { args: { size: number(0.1, 120, 5, "K/min") } }),
  cooling_loss: cell(
    "Cooling water lost",
    "FI-501 falls to what is left; below 8 l/min interlock I-2 within seconds, above it TI-503 rises",
    {
      args: { left: number(0, 90, 0, "%") },
    },
  ),
  rectifier_trip: cell("Rectifier trip", "II-202 at 0, the bath at 1029 °C after 5 min and 1000 °C after 13"),
  bath_freeze: cell(
    "Bath freezes",
    "No current; 50 K down, after 13 min, a crust: on return half as much resistance again, which the PLC takes for an anode effect",
    {
      seconds: 840,
    },
  ),
  metal_runout: cell("Run-out", "LI-401 and WY-402 fall, TI-104A rises by 20 K/min, interlock I-3", {
    seconds: 60,
    args: { rate: number(0.05, 5, 2, "kg/s") },
  }),
  anode_break: cell("Anode broken", "II-203 of that anode at 0, of the others up a third, noise EI-201N at three times", {
    args: { anode: { ...number(1, 4, 1), whole: true } },
  }),
  cathode_short: cell("Short to the cathode", "EI-201 below 6 V at full current; below 5 V interlock I-4", {
    args: { left: number(5, 90, 40, "%") },
  }),
  plc_comm_loss: cell("PLC off the network", "Heartbeat stale, COMM.LOST; afterwards the kept samples", { seconds: 60 }),
  plc_freeze: cell("PLC program stops", "The network lives, YC-905 stands: the cell is stale, its control holds", { seconds: 60 }),
  stuck_value: cell("Value stuck", "The tag stands still while it is scanned as ever: VAL.STUCK", { seconds: 900, args: { tag: oneTag } }),
  spike: cell("Spikes", "Single samples far off, by a part of the tag's range", {
    args: { tag: oneTag, size: number(-100, 100, 20, "%"), every: number(1, 600, 30, "s") },
  }),
  bad_quality: cell("Bad quality", "The values go on, their quality is Bad", { seconds: 60, args: { tag: anyTag } }),
  clock_skew: cell("PLC clock wrong", "Source times and KI-907 off by the offset, running away by the drift: CLK.SKEW", {
    seconds: 600,
    args: { offset: number(-3600, 3600, 5, "s"), drift: number(-1000, 1000, 0, "ppm") },
  }),
  duplicate: cell("Samples twice", "The historian keeps one of each", { args: { share: number(1, 100, 100, "%") } }),
  late: cell("Samples late", "Everything arrives by the delay later, with its own times", { args: { delay: number(1, 600, 5, "s") } }),
  out_of_order: cell("Samples out of order", "Some arrive after younger ones", {
    args: { share: number(1, 100, 30, "%"), delay: number(1, 60, 3, "s") },
  }),
  duct_fan_trip: line("Duct fan trip", "PI-601 of every cell of the line towards 0, PI-601.LOSS", 120),
  pump_trip: line("Cooling pump trip", "FI-501 of every cell of the line to 0, interlock I-2 in all of them", 120),
  line_trip: line("Line trip", "II-001 and every II-202 of the line at 0, LINE.TRIP before all that follows from it", 120),
} as const satisfies Record<string, DisturbanceEntry>;

export type DisturbanceKind = keyof typeof DISTURBANCES;

/** What an order says, checked: numbers by name, each with its default; or the field that is wrong and why. */
export type DisturbanceRead = { ok: true; kind: DisturbanceKind; args: Record<string, number> } | { ok: false; detail: string };

/** Checks an order's kind and arguments against the catalogue. A choice may be given by name or by place. */
export function readDisturbance(kind: string, given: Readonly<Record<string, unknown>>): DisturbanceRead {
  if (!isDisturbance(kind))
    return { ok: false, detail: `kind: no fault "${kind.slice(0, 60)}"; known: ${Object.keys(DISTURBANCES).join(", ")}` };
  const checked = schemaOf(DISTURBANCES[kind].args).safeParse(given);
  if (checked.success) return { ok: true, kind, args: checked.data };
  return { ok: false, detail: checked.error.issues.map((i) => `args.${i.path.join(".") || "(keys)"}: ${i.message}`).join("; ") };
}

function isDisturbance(kind: string): kind is DisturbanceKind {
  return Object.hasOwn(DISTURBANCES, kind);
}

function schemaOf(args: DisturbanceArgs): z.ZodType<Record<string, number>> {
  return z.strictObject(Object.fromEntries(Object.entries(args).map(([name, arg]) => [name, argSchema(arg).default(arg.fallback)])));
}

function argSchema(arg: NumberArg | ChoiceArg): z.ZodType<number> {
  if ("choices" in arg) {
    const place = z
      .int()
      .min(0)
      .max(arg.choices.length - 1);
    const name = z.enum(arg.choices as [string, ...string[]]).transform((choice) => arg.choices.indexOf(choice));
    return z.union([place, name], { error: `one of ${arg.choices.join(", ")}` });
  }
  const ranged = z.number().min(arg.low).max(arg.high);
  return arg.whole ? ranged.int() : ranged;
}
