/** The fault door's JSON, the same over Sparkplug (`SIM/FAULT`) and OPC UA (`InjectFault`). */
import { refuse } from "@cellhouse/shared";
import { z } from "zod";
import type { SimulatedPlant } from "../contracts.ts";

const seconds = z.number().min(0).max(1e7);
const order = z.object({
  id: z.string().min(1).max(100),
  op: z.enum(["start", "stop"]),
  kind: z.string().max(100).default(""),
  cell: z.string().max(20).optional(),
  after: seconds.default(0),
  seconds: seconds.default(0),
  args: z.record(z.string(), z.number()).default({}),
});

/** What goes back to the sender, as JSON. */
export interface FaultResult {
  id: string;
  ok: boolean;
  detail: string;
}

const MAX_TEXT = 10_000;

/** Starts or stops a fault on the cell through whose door the text came. Never throws for what a sender may send. */
export function orderFault(plant: Pick<SimulatedPlant, "startFault" | "stopFault">, cell: string, text: string): FaultResult {
  const read = parse(text);
  if (typeof read === "string") return { id: "", ok: false, detail: read };
  const { id, op, kind, args, after, seconds } = read;
  const wrongCell = read.cell !== undefined && read.cell !== cell;
  const verdict = wrongCell
    ? refuse("E_FAULT_KIND", `cell: ${read.cell} was named at the door of ${cell}`)
    : op === "start"
      ? plant.startFault({ id, kind, cell, after, seconds, args })
      : plant.stopFault(id);
  return verdict.ok
    ? { id, ok: true, detail: op === "start" ? "started" : "stopped" }
    : { id, ok: false, detail: `${verdict.code}: ${verdict.detail}` };
}

function parse(text: string): z.infer<typeof order> | string {
  if (text.length > MAX_TEXT) return `the order is longer than ${MAX_TEXT} characters`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "the order is not JSON";
  }
  const checked = order.safeParse(json);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  return `${issue?.path.join(".") || "order"}: ${issue?.message ?? "wrong"}`;
}
