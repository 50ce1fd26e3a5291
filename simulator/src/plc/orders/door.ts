/** What a write means to the program of a cell: heartbeat, mode, hand commands, setpoints. Judges value, mode and interlocks. */
import { CELL_TAGS, MODES, OK, refuse, type TagDefinition, type Verdict, type WriteOrder } from "@cellhouse/shared";
import { acting, feedStopped, handsOff, interlockWords, resetInterlocks } from "@cellhouse/shared/blocks";
import type { CellProgram } from "../program.ts";

const DEFINITIONS = new Map(CELL_TAGS.map((definition) => [definition.name, definition]));
const HEARTBEAT = "YC-906";
const MODE = "HS-910";
/** Orders of a controller are signed so. */
const CONTROLLER = "control:";

type Hand = (plc: CellProgram, value: number, order: WriteOrder | undefined) => Verdict;

/** The hand commands (process model, "Hand commands"). */
const HANDS: Readonly<Record<string, Hand>> = {
  "HS-911": startFeeder,
  "HS-912": beginQuench,
  "HS-913": (plc, value) => (value === 1 ? plc.crew.beginTap() : plc.crew.endTap()),
  "HS-914": (plc, value) => (value === 0 ? plc.crew.endChange() : plc.crew.beginChange(value)),
  "HS-915": reset,
  "HS-916": bypass,
};

/** The tag's row of the catalogue, or undefined where the PLC has no such tag. */
export function cellDefinition(tag: string): TagDefinition | undefined {
  return DEFINITIONS.get(tag);
}

/** Obeys one write, or says why not. */
export function obey(plc: CellProgram, definition: TagDefinition, value: number, order: WriteOrder | undefined): Verdict {
  const { name, access } = definition;
  if (name === HEARTBEAT) return plc.supervision.hear(value);
  if (name === MODE) return requestMode(plc, value);
  if (access === "r") return refuse("E_NOT_WRITABLE", `${plc.cell.id}: ${name} cannot be written`);
  const hand = HANDS[name];
  if (hand !== undefined) return inRange(definition, value) ?? hand(plc, value, order);
  return writeSetpoint(plc, definition, value, order);
}

/** Words are whole numbers of their range. */
function inRange({ name, range: [low, high] }: TagDefinition, value: number): Verdict | undefined {
  if (Number.isInteger(value) && value >= low && value <= high) return undefined;
  return refuse("E_SETPOINT_RANGE", `${name}: ${value} is no whole number from ${low} to ${high}`);
}

function requestMode(plc: CellProgram, value: number): Verdict {
  const mode = MODES[value];
  if (mode === undefined) return refuse("E_FIELD_REFUSED", `${MODE}: ${value} is no mode; 0 OFF, 1 MAN, 2 AUTO, 3 CASCADE`);
  return plc.changeMode(mode);
}

function writeSetpoint(plc: CellProgram, { name }: TagDefinition, value: number, order: WriteOrder | undefined): Verdict {
  const controller = order?.user.startsWith(CONTROLLER) ?? false;
  const mode = name.endsWith(".SP") && order !== undefined ? modeAgainst(plc, name, controller) : undefined;
  if (mode !== undefined) return mode;
  if (name === "ZIC-403.SP" && handsOff(plc.protection.interlocks)) return interlocked(name, 9);
  const verdict = plc.setpoints.write(name, value);
  if (verdict.ok && name === "FIC-303.SP" && !controller) plc.supervision.takeOver();
  return verdict;
}

/** Controllers write in CASCADE, and while the cell waits to return to it; people in MAN and AUTO. */
function modeAgainst({ cell, supervision: { mode, fallback } }: CellProgram, name: string, controller: boolean): Verdict | undefined {
  const allowed = controller ? mode === "CASCADE" || fallback : mode === "MAN" || mode === "AUTO";
  return allowed
    ? undefined
    : refuse("E_MODE", `${cell.id} is in ${mode}; ${name} is not written there by ${controller ? "a controller" : "people"}`);
}

function startFeeder(plc: CellProgram, value: number): Verdict {
  const { interlocks } = plc.protection;
  if (value === 1 && feedStopped(interlocks)) return interlocked("HS-911", acting(interlocks) & (1 << 1) ? 1 : 6);
  plc.feeder.stopped = value === 0;
  return OK;
}

function beginQuench(plc: CellProgram, value: number): Verdict {
  if (value !== 1) return refuse("E_SETPOINT_RANGE", "HS-912: 1 begins a quench; it ends by itself");
  if (handsOff(plc.protection.interlocks)) return interlocked("HS-912", 9);
  if (!plc.powered) return refuse("E_FIELD_REFUSED", "HS-912: the cell has no current to cut");
  plc.anodeEffect.ask();
  return OK;
}

function reset(plc: CellProgram, value: number): Verdict {
  if (value !== 1) return refuse("E_SETPOINT_RANGE", "HS-915: 1 resets");
  const left = resetInterlocks(plc.protection.interlocks);
  return left === 0 ? OK : interlocked("HS-915", left);
}

/** A bypass needs a person to answer for it: a controller's, or one without a name, is refused. */
function bypass(plc: CellProgram, value: number, order: WriteOrder | undefined): Verdict {
  const user = order?.user ?? "";
  if (value > 0 && (user === "" || user.startsWith(CONTROLLER)))
    return refuse("E_INTERLOCK", "HS-916: a bypass needs a person's name with it");
  plc.protection.interlocks.bypass = value * 60;
  return OK;
}

function interlocked(name: string, number: number): Verdict {
  return refuse("E_INTERLOCK", `${name}: interlock ${number}, ${interlockWords(number)}`);
}
