/** Every reason for which a write does not leave the house. Each guard gives a refusal or nothing; pure reads of the live model. */
import { type Cell, MODES, type Plant, Quality, qualityName, refuse, type Tag, tagOf, type Verdict } from "@cellhouse/shared";
import type { Actor, CommandRequest, ModelView } from "../contracts.ts";
import { allowedRange, rangeText } from "./ranges.ts";

export type Refusal = Extract<Verdict, { ok: false }>;
type Guarded = Refusal | undefined;

/** Names of controllers begin so; people write by their own name. */
const CONTROLLER = "control:";
const HEARTBEAT = "YC-905";
/** Written by the supervisor itself, each second. */
const SUPERVISOR = "YC-906";
const HEARTBEAT_AGE = 5000;
const MODE = "HS-910";
/** Overrides the PLC's protection for a while: not an operator's to give. */
const BYPASS = "HS-916";

/** What a guard looks at. */
export interface Attempt {
  readonly tag: Tag;
  readonly cell: Cell;
  readonly request: CommandRequest;
  readonly actor: Actor;
}

const no = (code: Refusal["code"], detail: string): Refusal => refuse(code, detail) as Refusal;

export function isController(actor: Actor): boolean {
  return actor.name.startsWith(CONTROLLER);
}

/** Equal as the PLC holds it (f32). */
export function sameValue(a: number, b: number): boolean {
  return Math.fround(a) === Math.fround(b) || Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a));
}

/** The tag and its cell, if anything at all may be written there. */
export function findTarget(plant: Plant, path: string): { tag: Tag; cell: Cell } | Refusal {
  const tag = plant.tag(path);
  if (tag === undefined) return no("E_TAG_UNKNOWN", path);
  const cell = plant.cell(tag.owner);
  if (cell === undefined || tag.definition.access === "r" || tag.definition.name === SUPERVISOR) return no("E_NOT_WRITABLE", tag.path);
  return { tag, cell };
}

/** The first reason against the attempt; what can never be allowed is named before what may pass. `now` is the pipe's. */
export function guard(attempt: Attempt, model: ModelView, now: number): Refusal | undefined {
  return (
    guardRole(attempt) ?? guardRange(attempt) ?? guardFresh(attempt, model, now) ?? guardMode(attempt, model) ?? guardSeen(attempt, model)
  );
}

/** Operators write setpoints and the mode, engineers parameters as well; controllers setpoints only. */
function guardRole({ tag, actor }: Attempt): Guarded {
  const setpoint = isSetpoint(tag);
  const commands = actor.role === "operator" || actor.role === "engineer";
  if (!commands) return no("E_ROLE", `${actor.name} is ${actor.role}; operators and engineers write to the plant`);
  if (isController(actor) && !setpoint) return no("E_ROLE", `${actor.name} writes setpoints only; ${tag.definition.name} is for people`);
  if (actor.role === "operator" && !setpoint && !isHand(tag)) return no("E_ROLE", `${tag.definition.name} is for engineers`);
  if (!actor.areas.some((area) => covers(area, tag.path)))
    return no("E_ROLE", `${tag.path} lies outside ${actor.name}'s areas: ${actor.areas.join(", ") || "none"}`);
  return undefined;
}

function isSetpoint(tag: Tag): boolean {
  return tag.definition.name.endsWith(".SP");
}

/** Mode, feeder, quench, tap, anode change and interlock reset are the operator's by hand. */
function isHand(tag: Tag): boolean {
  return tag.definition.name.startsWith("HS-") && tag.definition.name !== BYPASS;
}

/** A tag that is only written reads nothing back: the PLC's echo of the order answers for it. */
export function isWriteOnly(tag: Tag): boolean {
  return tag.definition.access === "w";
}

/** An area is a path prefix that ends where a name ends: `BT.EL1.L01` does not cover `BT.EL1.L011`. */
function covers(area: string, path: string): boolean {
  if (!path.startsWith(area)) return false;
  return area === "" || /[.:]/.test(path.charAt(area.length)) || /[.:]$/.test(area) || area === path;
}

/** A person's value must lie in range; words and codes are whole numbers. */
function guardRange({ tag, cell, request }: Attempt): Guarded {
  const { value } = request;
  const range = allowedRange(tag.definition, cell);
  const words = tag.definition.type === "u32";
  const inside = Number.isFinite(value) && value >= range.low && value <= range.high;
  if (inside && (!words || Number.isInteger(value))) return undefined;
  const kind = words ? "whole numbers " : "";
  return no("E_SETPOINT_RANGE", `${tag.path} = ${value}: allowed is ${kind}${rangeText(range, tag.definition)}`);
}

/** What the decision rests on must be live: the cell's heartbeat, the tag, and for a setpoint the mode. */
function guardFresh({ tag, cell }: Attempt, model: ModelView, now: number): Guarded {
  const beat = tagOf(cell, HEARTBEAT);
  const alive = model.liveness(cell.id);
  if (alive === Quality.Bad) return no("E_LINK_DOWN", `${beat.path} is bad: no word from the cell`);
  if (alive !== Quality.Good) return no("E_NOT_FRESH", `${beat.path} is ${qualityName(alive)}: the cell is not live`);
  const age = now - model.received(beat.id);
  if (!(age < HEARTBEAT_AGE)) return no("E_NOT_FRESH", `${beat.path} is ${Math.round(age / 100) / 10} s old; at most 5 s are allowed`);
  const mode = isSetpoint(tag) ? [tagOf(cell, MODE)] : [];
  for (const needed of [...(isWriteOnly(tag) ? [] : [tag]), ...mode]) {
    const quality = model.quality(needed.id);
    if (quality !== Quality.Good) return no("E_NOT_FRESH", `${needed.path} is ${qualityName(quality)}`);
  }
  return undefined;
}

/** Setpoints: people write in MAN and AUTO, controllers in CASCADE. The mode and the parameters are free of this. */
function guardMode({ tag, cell, actor }: Attempt, model: ModelView): Guarded {
  if (!isSetpoint(tag)) return undefined;
  const mode = MODES[model.value(tagOf(cell, MODE).id)] ?? "OFF";
  const allowed = isController(actor) ? mode === "CASCADE" : mode === "MAN" || mode === "AUTO";
  return allowed
    ? undefined
    : no("E_MODE", `${cell.id} is in ${mode} (${MODE}); ${tag.definition.name} is not written there by ${actor.name}`);
}

/** Who decides on an old picture is refused and told what has changed. */
function guardSeen({ tag, request }: Attempt, model: ModelView): Guarded {
  const now = model.value(tag.id);
  if (request.seen === undefined || sameValue(now, request.seen.value)) return undefined;
  return no("E_NOT_FRESH", `${tag.path} was ${request.seen.value} when you looked and is ${now} now`);
}
