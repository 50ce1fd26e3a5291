/**
 * The command door: the one way back to the plant, for people and controllers alike. A command is accepted or refused at
 * once; an accepted one ends verified (the PLC reads it back), rejected, timed-out or superseded, each end with its reason.
 * The door runs on the pipe's clock and writes nothing twice: repeating is the decision of who asked.
 */
import { randomUUID } from "node:crypto";
import { type Clock, type Command, type FaultCode, type Frame, type Plant, Quality, type TagId } from "@cellhouse/shared";
import type { CommandDoor, Field, ModelView, RecordedAction } from "../contracts.ts";
import { createCommandBook } from "./command-book.ts";
import {
  type Attempt,
  findTarget,
  guardFresh,
  guardMode,
  guardRange,
  guardRole,
  guardSeen,
  isController,
  type Refusal,
  sameValue,
} from "./guards.ts";
import { allowedRange } from "./ranges.ts";

/** How long the PLC has to read a value back, ms of the pipe's clock. */
export const READ_BACK_TIME = 10_000;

export interface DoorOptions {
  plant: Plant;
  model: ModelView;
  /** The pipe's. */
  clock: Clock;
  field: Field;
  sink: { command(command: Command): void };
  /** Told of every state of every command, for the record. */
  record(action: RecordedAction): void;
}

export interface DoorStats {
  /** Refusals by code. */
  refused: Partial<Record<FaultCode, number>>;
  /** Controllers' values moved into range. */
  clamped: number;
  /** Heartbeats sent, refused by the field, and left out because the one before had not left yet. */
  pulses: number;
  pulsesRefused: number;
  pulsesSkipped: number;
}

export interface Door extends CommandDoor {
  /** Looks for read-backs in a frame the model has already taken. */
  step(frame: Frame): void;
  /** The supervisor's heartbeat: writes a tag that has no read-back. No command, no record; a bug on any tag that is not write-only. */
  pulse(tag: TagId, value: number): void;
  stats(): DoorStats;
}

interface Pending {
  command: Command;
  tag: TagId;
  person: boolean;
  /** Source time of the value that stood when it was sent: only a newer one, by the same edge's clock, is an answer. */
  standing: number;
  /** The PLC already held the value. */
  already: boolean;
  cancel: () => void;
}

export function createCommandDoor(options: DoorOptions): Door {
  const { plant, model, clock, field } = options;
  const book = createCommandBook(options);
  const pending = new Map<TagId, Pending>();
  const waiting = new Uint8Array(plant.tags.length);
  const stats: DoorStats = { refused: {}, clamped: 0, pulses: 0, pulsesRefused: 0, pulsesSkipped: 0 };
  const pulsing = new Uint8Array(plant.tags.length);

  function refused(refusal: Refusal): Refusal {
    stats.refused[refusal.code] = (stats.refused[refusal.code] ?? 0) + 1;
    return refusal;
  }

  function end(one: Pending, outcome: Pick<Command, "state"> & Partial<Pick<Command, "readBack" | "code" | "reason">>): void {
    if (pending.get(one.tag) !== one) return;
    pending.delete(one.tag);
    waiting[one.tag] = 0;
    one.cancel();
    book.put({ ...one.command, ended: clock.now(), ...outcome });
  }

  /** One writer per tag: a person takes over from a controller, and from an earlier thought of their own. */
  function lease({ tag, actor }: Attempt): Refusal | undefined {
    const holder = pending.get(tag.id);
    if (holder === undefined || holder.command.by === actor.name || (!holder.person && !isController(actor))) return undefined;
    return { ok: false, code: "E_LEASE", detail: `${holder.command.by} is writing ${holder.command.value} to ${tag.path}` };
  }

  function accept({ tag, request, actor }: Attempt, value: number): Command {
    const before = pending.get(tag.id);
    if (before !== undefined)
      end(before, { state: "superseded", code: "E_SUPERSEDED", reason: `${actor.name} sent ${value} to the same tag` });
    const { reason } = request;
    const command: Command = {
      id: randomUUID(),
      tag: tag.path,
      value,
      by: actor.name,
      at: clock.now(),
      state: "pending",
      ...(reason !== undefined && { reason }),
    };
    const one: Pending = {
      command,
      tag: tag.id,
      person: !isController(actor),
      standing: model.time(tag.id),
      already: sameValue(model.value(tag.id), value),
      cancel: clock.at(clock.now() + READ_BACK_TIME, () => timeOut(one)),
    };
    pending.set(tag.id, one);
    waiting[tag.id] = 1;
    book.put(command);
    void send(one);
    return command;
  }

  async function send(one: Pending): Promise<void> {
    const { tag, command } = one;
    try {
      const verdict = await field.write({ tag, value: command.value });
      if (!verdict.ok) end(one, { state: "rejected", code: verdict.code, reason: verdict.detail });
      else if (one.already && sameValue(model.value(tag), command.value)) end(one, { state: "verified", readBack: model.value(tag) });
    } catch (cause) {
      end(one, { state: "rejected", code: "E_INTERNAL", reason: (cause as Error).message });
    }
  }

  function timeOut(one: Pending): void {
    const value = model.value(one.tag);
    const readBack = Number.isNaN(value) ? undefined : value;
    const reason = `not read back within ${READ_BACK_TIME / 1000} s; it reads ${readBack ?? "nothing"}`;
    end(one, { state: "timed-out", code: "E_READ_BACK", reason, ...(readBack !== undefined && { readBack }) });
  }

  async function beat(tag: TagId, value: number): Promise<void> {
    pulsing[tag] = 1;
    try {
      const verdict = await field.write({ tag, value });
      if (verdict.ok) stats.pulses++;
      else stats.pulsesRefused++;
    } catch {
      stats.pulsesRefused++;
    }
    pulsing[tag] = 0;
  }

  return {
    submit(request, actor) {
      const target = findTarget(plant, request.tag);
      if ("code" in target) return refused(target);
      const { value, clamped } = intoRange({ ...target, request, actor });
      const attempt: Attempt = { ...target, request: { ...request, value }, actor };
      const refusal =
        guardRole(attempt) ??
        guardRange(attempt) ??
        guardFresh(attempt, model, clock.now()) ??
        guardMode(attempt, model) ??
        guardSeen(attempt, model) ??
        lease(attempt);
      if (refusal !== undefined) return refused(refusal);
      if (!clamped) return { ok: true, command: accept(attempt, value) };
      stats.clamped++;
      const reason = [request.reason, `clamped from ${request.value}`].filter((part) => part !== undefined).join("; ");
      return { ok: true, command: accept({ ...attempt, request: { ...request, value, reason } }, value) };
    },
    get: book.get,
    list: (filter) => book.list({ ...filter, ...(filter.tag !== undefined && { tag: plant.tag(filter.tag)?.path ?? filter.tag }) }),
    step(frame) {
      if (frame.historical || pending.size === 0) return;
      for (let i = 0; i < frame.count; i++) {
        const tag = frame.tag[i] as number;
        if (waiting[tag] === 1) answer(tag, frame, i);
      }
    },
    pulse(tag, value) {
      const { definition, path } = plant.tags[tag] as Plant["tags"][number];
      if (definition.access !== "w") throw new Error(`${path} is no heartbeat: it is written by commands`);
      if (pulsing[tag] === 1) stats.pulsesSkipped++;
      else void beat(tag, value);
    },
    stats: () => ({ ...stats, refused: { ...stats.refused } }),
  };

  function answer(tag: TagId, frame: Frame, i: number): void {
    const one = pending.get(tag);
    const value = frame.value[i] as number;
    const newer = one !== undefined && !((frame.time[i] as number) <= one.standing);
    if (newer && (frame.quality[i] as number) < Quality.Stale && sameValue(value, one.command.value))
      end(one, { state: "verified", readBack: value });
  }
}

/** A controller's value is moved into the range, a person's is left to be refused. */
function intoRange({ tag, cell, request, actor }: Attempt): { value: number; clamped: boolean } {
  if (!isController(actor)) return { value: request.value, clamped: false };
  const { low, high } = allowedRange(tag.definition, cell);
  const value = Math.min(high, Math.max(low, request.value));
  return { value, clamped: value !== request.value && !Number.isNaN(value) };
}
