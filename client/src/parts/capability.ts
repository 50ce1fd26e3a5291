/** Why a control is disabled, in an order that names the first thing to change. Pure. */
import { type Capabilities, type Mode, Quality, type Role } from "@cellhouse/shared";

export interface Situation {
  connected: boolean;
  capabilities: Capabilities;
  /** Quality of the value on which the decision rests. */
  quality: number;
  mode: Mode | undefined;
}

export type Reason = "lost" | "replay" | "role" | "stale" | "bad" | "cascade" | "off" | "engineer";

/** Undefined: nothing stands against it. */
export function whyNoCommand({ connected, capabilities, quality }: Omit<Situation, "mode">): Reason | undefined {
  if (!connected) return "lost";
  if (capabilities.canSeek) return "replay";
  if (!capabilities.canCommand) return "role";
  if (quality === Quality.Bad) return "bad";
  return quality === Quality.Stale ? "stale" : undefined;
}

/** A setpoint is written by people in AUTO and MAN only. */
export function whyNoSetpoint(situation: Situation): Reason | undefined {
  const general = whyNoCommand(situation);
  if (general !== undefined) return general;
  if (situation.mode === "CASCADE") return "cascade";
  return situation.mode === "OFF" ? "off" : undefined;
}

export function whyNoAcknowledge(connected: boolean, capabilities: Capabilities): Reason | undefined {
  if (!connected) return "lost";
  if (capabilities.canAcknowledge) return undefined;
  return capabilities.canSeek ? "replay" : "role";
}

/** What history says of the plant is changed by engineers alone, and never from within a replay. */
export function whyNoImport(role: Role | undefined, { canSeek }: Capabilities): "replay" | "role" | undefined {
  if (canSeek) return "replay";
  return role === "engineer" ? undefined : "role";
}
