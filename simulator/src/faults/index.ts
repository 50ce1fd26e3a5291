/** The registry of faults and the book of those ordered. To add one: a file, and a line in `KINDS`. */
import { OK, refuse, type Verdict } from "@cellhouse/shared";
import type { FaultRequest } from "../contracts.ts";
import type { CellPlc } from "../plc/cell.ts";
import { feederJam } from "./feeder-jam.ts";
import type { FaultKind } from "./kind.ts";
import { overTemp } from "./over-temp.ts";
import { plcCommLoss } from "./plc-comm-loss.ts";

const KINDS: Readonly<Record<string, FaultKind>> = {
  over_temp: overTemp,
  feeder_jam: feederJam,
  plc_comm_loss: plcCommLoss,
};

/** Most faults waiting or active at once. */
const MOST = 1000;

export const faultKinds = Object.entries(KINDS).map(([kind, { description, args }]) => ({ kind, description, args: args.parse({}) }));

interface Ordered {
  kind: FaultKind;
  args: Record<string, number>;
  plc: CellPlc;
  /** Process seconds until it begins; then until it ends, Infinity where it must be stopped. */
  wait: number;
  left: number;
  active: boolean;
}

/** Every fault ordered, waiting or active. Two of a kind on one cell add up. */
export class FaultBook {
  readonly #cells: ReadonlyMap<string, CellPlc>;
  readonly #ordered = new Map<string, Ordered>();

  constructor(cells: ReadonlyMap<string, CellPlc>) {
    this.#cells = cells;
  }

  /** Checks the order and books it; a refusal names the field. */
  start(request: FaultRequest): Verdict {
    const wrong = (detail: string): Verdict => refuse("E_FAULT_KIND", detail);
    const kind = Object.hasOwn(KINDS, request.kind) ? KINDS[request.kind] : undefined;
    if (kind === undefined) return wrong(`kind: no fault "${request.kind}"; known: ${Object.keys(KINDS).join(", ")}`);
    const plc = this.#cells.get(request.cell);
    if (plc === undefined) return wrong(`cell: no cell "${request.cell}" in this simulator`);
    if (this.#ordered.has(request.id)) return wrong(`id: "${request.id}" is in use`);
    if (this.#ordered.size >= MOST) return wrong(`id: ${MOST} faults are waiting or active; stop one first`);
    for (const field of ["after", "seconds"] as const)
      if (!(request[field] >= 0 && Number.isFinite(request[field]))) return wrong(`${field}: must be a number of seconds, 0 or more`);
    const args = kind.args.safeParse(request.args);
    if (!args.success) return wrong(args.error.issues.map((i) => `args.${i.path.join(".") || "(keys)"}: ${i.message}`).join("; "));
    const left = request.seconds === 0 ? Number.POSITIVE_INFINITY : request.seconds;
    this.#ordered.set(request.id, { kind, args: args.data, plc, wait: request.after, left, active: false });
    return OK;
  }

  stop(id: string): Verdict {
    const fault = this.#ordered.get(id);
    if (fault === undefined) return refuse("E_NOT_FOUND", `no fault "${id}" is waiting or active`);
    this.#ordered.delete(id);
    if (fault.active) this.#apply(fault.plc);
    return OK;
  }

  /** Begins and ends what is due after another `seconds` of process time. */
  advance(seconds: number): void {
    if (this.#ordered.size === 0) return;
    for (const [id, fault] of this.#ordered) {
      if (fault.active) fault.left -= seconds;
      else fault.wait -= seconds;
      if (fault.active && fault.left <= 1e-9) this.stop(id);
      else if (!fault.active && fault.wait <= 1e-9) {
        fault.active = true;
        this.#apply(fault.plc);
      }
    }
  }

  /** Sets the cell's disturbance from all its active faults. */
  #apply(plc: CellPlc): void {
    const { disturbance } = plc.field;
    disturbance.heat = 0;
    disturbance.feederJammed = false;
    disturbance.offline = false;
    for (const fault of this.#ordered.values()) if (fault.active && fault.plc === plc) fault.kind.apply(disturbance, fault.args, plc.field);
    plc.offline = disturbance.offline;
  }
}
