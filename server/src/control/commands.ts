/**
 * The command door: the one way back to the plant, for people and controllers alike. A command is accepted or refused at
 * once; an accepted one ends verified (the PLC reads it back), rejected, timed-out or superseded, each end with its reason.
 * The door runs on the pipe's clock and writes nothing twice: repeating is the decision of who asked.
 */
import { randomUUID } from "node:crypto";
import { type Clock, type Command, FAULTS, type FaultCode, type Frame, type Plant, Quality, type TagId } from "@cellhouse/shared";
import type { Actor, CommandDoor, CommandReply, CommandRequest, Field, ModelView, RecordedAction } from "../contracts.ts";
import { CommandBook } from "./command-book.ts";
import { type Attempt, findTarget, guard, isController, isWriteOnly, type Refusal, sameValue } from "./guards.ts";
import { Orders } from "./orders.ts";
import { Pulse, type PulseStats } from "./pulse.ts";
import { allowedRange } from "./ranges.ts";

/** How long the PLC has to read a value back, ms of the pipe's clock. */
const READ_BACK_TIME = 10_000;

export interface DoorOptions {
  plant: Plant;
  model: ModelView;
  /** The pipe's. */
  clock: Clock;
  field: Field;
  /** Fencing token of all orders of this door. */
  token: number;
  sink: { command(command: Command): void };
  /** Told of every state of every command, for the record. */
  record(action: RecordedAction): void;
}

interface DoorStats {
  /** Refusals by code. */
  refused: Partial<Record<FaultCode, number>>;
  /** Controllers' values moved into range. */
  clamped: number;
  pulses: PulseStats;
}

export interface Door extends CommandDoor {
  /** Looks for read-backs in a frame the model has already taken. */
  step(frame: Frame): void;
  /** Writes a heartbeat, which has no read-back: no command, no record. A bug on any tag that is not write-only. */
  pulse(tag: TagId, value: number): void;
  stats(): DoorStats;
}

interface Pending {
  readonly command: Command;
  readonly tag: TagId;
  readonly person: boolean;
  /** Source time of the value that stood when it was sent: only a newer one, by the same edge's clock, is an answer. */
  readonly standing: number;
  /** The PLC already held the value. */
  readonly already: boolean;
  /** There is nothing to read back: the PLC's echo of the order verifies it. */
  readonly byEcho: boolean;
  cancel(): void;
}

type Outcome = Pick<Command, "state"> & Partial<Pick<Command, "readBack" | "code" | "reason">>;

export function createCommandDoor(options: DoorOptions): Door {
  return new PlantDoor(options);
}

class PlantDoor implements Door {
  readonly #options: DoorOptions;
  readonly #book: CommandBook;
  readonly #pulse: Pulse;
  readonly #orders: Orders<Pending>;
  readonly #pending = new Map<TagId, Pending>();
  /** 1 where a command waits for this tag. */
  readonly #waiting: Uint8Array;
  readonly #refused: Partial<Record<FaultCode, number>> = {};
  #clamped = 0;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#book = new CommandBook(options);
    this.#pulse = new Pulse(options.plant, options.field);
    this.#orders = new Orders(options);
    this.#waiting = new Uint8Array(options.plant.tags.length);
  }

  submit(request: CommandRequest, actor: Actor): CommandReply {
    const { plant, model, clock } = this.#options;
    const target = findTarget(plant, request.tag);
    if ("code" in target) return this.#refuse(target);
    const asked: Attempt = { ...target, request, actor };
    const attempt = isController(actor) ? clamp(asked) : asked;
    const refusal = guard(attempt, model, clock.now()) ?? this.#lease(attempt);
    if (refusal !== undefined) return this.#refuse(refusal);
    if (attempt !== asked) this.#clamped++;
    return { ok: true, command: this.#accept(attempt) };
  }

  get(id: string): Command | undefined {
    return this.#book.get(id);
  }

  list(filter: Parameters<CommandDoor["list"]>[0]): Command[] {
    const { tag } = filter;
    return this.#book.list(tag === undefined ? filter : { ...filter, tag: this.#options.plant.tag(tag)?.path ?? tag });
  }

  step(frame: Frame): void {
    if (frame.historical || this.#pending.size === 0) return;
    this.#orders.step(frame, (one, code) => this.#echo(one, code));
    for (let i = 0; i < frame.count; i++) if (this.#waiting[frame.tag[i] as number] === 1) this.#answer(frame, i);
  }

  pulse(tag: TagId, value: number): void {
    this.#pulse.send(tag, value);
  }

  stats(): DoorStats {
    return { refused: { ...this.#refused }, clamped: this.#clamped, pulses: this.#pulse.stats() };
  }

  #refuse(refusal: Refusal): Refusal {
    this.#refused[refusal.code] = (this.#refused[refusal.code] ?? 0) + 1;
    return refusal;
  }

  /** One writer per tag: a person takes over from a controller, and from an earlier thought of their own. */
  #lease({ tag, actor }: Attempt): Refusal | undefined {
    const holder = this.#pending.get(tag.id);
    if (holder === undefined || holder.command.by === actor.name || (!holder.person && !isController(actor))) return undefined;
    return { ok: false, code: "E_LEASE", detail: `${holder.command.by} is writing ${holder.command.value} to ${tag.path}` };
  }

  #accept({ tag, request, actor }: Attempt): Command {
    const { model, clock } = this.#options;
    const { value, reason } = request;
    this.#supersede(tag.id, `${actor.name} sent ${value} to the same tag`);
    const [by, at] = [actor.name, clock.now()];
    const why = reason === undefined ? {} : { reason };
    const command: Command = { id: randomUUID(), tag: tag.path, value, by, at, state: "pending", ...why };
    const one: Pending = {
      command,
      tag: tag.id,
      person: !isController(actor),
      standing: model.time(tag.id),
      already: !isWriteOnly(tag) && sameValue(model.value(tag.id), value),
      byEcho: isWriteOnly(tag),
      cancel: clock.at(at + READ_BACK_TIME, () => this.#timeOut(one)),
    };
    this.#pending.set(tag.id, one);
    this.#waiting[tag.id] = 1;
    this.#book.put(command);
    void this.#send(one);
    return command;
  }

  async #send(one: Pending): Promise<void> {
    const { model, field } = this.#options;
    const { tag, command } = one;
    try {
      const order = this.#orders.give(tag, one, command);
      const verdict = await field.write({ tag, value: command.value, order });
      if (!verdict.ok) this.#end(one, { state: "rejected", code: verdict.code, reason: verdict.detail });
      else if (one.already && sameValue(model.value(tag), command.value)) this.#end(one, { state: "verified", readBack: model.value(tag) });
    } catch (cause) {
      this.#end(one, { state: "rejected", code: "E_INTERNAL", reason: (cause as Error).message });
    }
  }

  #answer(frame: Frame, i: number): void {
    const one = this.#pending.get(frame.tag[i] as number);
    if (one === undefined || one.byEcho || (frame.time[i] as number) <= one.standing || (frame.quality[i] as number) >= Quality.Stale)
      return;
    const readBack = frame.value[i] as number;
    if (sameValue(readBack, one.command.value)) this.#end(one, { state: "verified", readBack });
  }

  /** The PLC says what became of the order; for a value that can be read back, carrying it out is still to be seen. */
  #echo(one: Pending, code: FaultCode | undefined): void {
    if (code !== undefined) this.#end(one, { state: "rejected", code, reason: `the PLC says: ${FAULTS[code].message}` });
    else if (one.byEcho) this.#end(one, { state: "verified" });
  }

  #timeOut(one: Pending): void {
    const value = this.#options.model.value(one.tag);
    const read = Number.isNaN(value) ? {} : { readBack: value };
    const seen = one.byEcho ? "the PLC has not answered the order" : `the tag reads ${read.readBack ?? "nothing"}`;
    const reason = `not confirmed within ${READ_BACK_TIME / 1000} s; ${seen}`;
    this.#end(one, { state: "timed-out", code: "E_READ_BACK", reason, ...read });
  }

  #supersede(tag: TagId, reason: string): void {
    const before = this.#pending.get(tag);
    if (before !== undefined) this.#end(before, { state: "superseded", code: "E_SUPERSEDED", reason });
  }

  /** A command ends once; what comes later about it is past. */
  #end(one: Pending, outcome: Outcome): void {
    if (this.#pending.get(one.tag) !== one) return;
    this.#pending.delete(one.tag);
    this.#orders.forget(one.tag, one);
    this.#waiting[one.tag] = 0;
    one.cancel();
    const why = joined(one.command.reason, outcome.reason);
    this.#book.put({ ...one.command, ...outcome, ended: this.#options.clock.now(), ...(why !== undefined && { reason: why }) });
  }
}

/** A controller's value is moved into the range, and the command says so; the same attempt where nothing had to be moved. */
function clamp(attempt: Attempt): Attempt {
  const { tag, cell, request } = attempt;
  const { low, high } = allowedRange(tag.definition, cell);
  const value = Math.min(high, Math.max(low, request.value));
  if (value === request.value || Number.isNaN(value)) return attempt;
  return { ...attempt, request: { ...request, value, reason: `${joined(request.reason, `clamped from ${request.value}`)}` } };
}

/** Why it was asked and why it ended so, in one text. */
function joined(...reasons: (string | undefined)[]): string | undefined {
  const known = reasons.filter((reason) => reason !== undefined);
  return known.length === 0 ? undefined : known.join("; ");
}
