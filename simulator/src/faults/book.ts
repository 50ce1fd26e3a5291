/** The book of faults ordered, and what those at work add up to. */
import { OK, readDisturbance, refuse, type Verdict } from "@cellhouse/shared";
import type { FaultRequest } from "../contracts.ts";
import type { CellPlc } from "../plc/cell.ts";
import type { LinePlc } from "../plc/line.ts";
import { clearDisturbance, soundLine } from "./disturbance.ts";
import { FAULT_KINDS } from "./index.ts";
import type { CellFault, LineFault } from "./kind.ts";

/** Most faults waiting or active at once. */
const MOST = 1000;

/** Whom a fault befalls, and what it does there. */
type Strike = { at: "cell"; fault: CellFault; plc: CellPlc } | { at: "line"; fault: LineFault; plc: LinePlc };

interface Ordered {
  strike: Strike;
  args: Record<string, number>;
  /** Process seconds until it begins; then until it ends, Infinity where it must be stopped. */
  wait: number;
  left: number;
  active: boolean;
}

/** Every fault ordered, waiting or active. Two of a kind on one cell add up. */
export class FaultBook {
  readonly #cells: ReadonlyMap<string, CellPlc>;
  readonly #lines: ReadonlyMap<string, LinePlc>;
  readonly #ordered = new Map<string, Ordered>();

  constructor(cells: readonly CellPlc[], lines: readonly LinePlc[]) {
    this.#cells = new Map(cells.map((plc) => [plc.cell.id, plc]));
    this.#lines = new Map(lines.map((plc) => [plc.line.id, plc]));
  }

  /** Checks the order and books it; a refusal names the field. */
  start(request: FaultRequest): Verdict {
    const wrong = (detail: string): Verdict => refuse("E_FAULT_KIND", detail);
    const read = readDisturbance(request.kind, request.args);
    if (!read.ok) return wrong(read.detail);
    const strike = this.#strike(FAULT_KINDS[read.kind], request.cell);
    if (strike === undefined) return wrong(`cell: no ${FAULT_KINDS[read.kind].at} "${request.cell}" in this simulator`);
    if (this.#ordered.has(request.id)) return wrong(`id: "${request.id}" is in use`);
    if (this.#ordered.size >= MOST) return wrong(`id: ${MOST} faults are waiting or active; stop one first`);
    for (const field of ["after", "seconds"] as const)
      if (!(request[field] >= 0 && Number.isFinite(request[field]))) return wrong(`${field}: must be a number of seconds, 0 or more`);
    const left = request.seconds === 0 ? Number.POSITIVE_INFINITY : request.seconds;
    this.#ordered.set(request.id, { strike, args: read.args, wait: request.after, left, active: false });
    return OK;
  }

  stop(id: string): Verdict {
    const fault = this.#ordered.get(id);
    if (fault === undefined) return refuse("E_NOT_FOUND", `no fault "${id}" is waiting or active`);
    this.#ordered.delete(id);
    if (fault.active) this.#apply(fault.strike);
    return OK;
  }

  /** Begins and ends what is due after another `seconds` of process time. */
  advance(seconds: number): void {
    if (this.#ordered.size === 0) return;
    for (const [id, fault] of this.#ordered) {
      if (fault.active) fault.left -= seconds;
      else fault.wait -= seconds;
      if (fault.active && fault.left <= 1e-9) this.stop(id);
      else if (!fault.active && fault.wait <= 1e-9) this.#begin(fault);
    }
  }

  /** A line's fault may be ordered at any of its cells. */
  #strike(fault: CellFault | LineFault, owner: string): Strike | undefined {
    const cell = this.#cells.get(owner);
    if (fault.at === "cell") return cell && { at: "cell", fault, plc: cell };
    const line = this.#lines.get(cell?.cell.line.id ?? owner);
    return line && { at: "line", fault, plc: line };
  }

  #begin(ordered: Ordered): void {
    const { strike, args } = ordered;
    ordered.active = true;
    if (strike.at === "cell") strike.fault.begin?.(strike.plc, args);
    this.#apply(strike);
  }

  /** Sets the disturbance of a cell or line from all its active faults. */
  #apply(struck: Strike): void {
    const active = [...this.#ordered.values()].filter((fault) => fault.active && fault.strike.plc === struck.plc);
    if (struck.at === "cell") this.#applyToCell(struck.plc, active);
    else this.#applyToLine(struck.plc, active);
  }

  #applyToCell(plc: CellPlc, active: readonly Ordered[]): void {
    clearDisturbance(plc.field.disturbance);
    plc.tamper.clear();
    for (const { strike, args } of active) if (strike.at === "cell") strike.fault.apply(plc, args);
    plc.offline = plc.field.disturbance.offline;
  }

  #applyToLine(plc: LinePlc, active: readonly Ordered[]): void {
    const disturbance = soundLine();
    for (const { strike } of active) if (strike.at === "line") strike.fault.apply(disturbance);
    plc.trip(disturbance.supply);
    plc.fanTrip(disturbance.fan);
    plc.pumpTrip(disturbance.pump);
  }
}
