/**
 * The pipe. Called once for live and once per replay session:
 *
 *   input ─▶ clock (every timer due) ─▶ recorder ─▶ model ─▶ alarms ─▶ control ─▶ hub ─▶ journal, browsers
 *                                                                        └─▶ command door ─▶ field
 */
import { type Capabilities, type Frame, ManualClock, type Plant } from "@cellhouse/shared";
import { createAlarms } from "./alarms/engine.ts";
import type { AlarmService, Checkpoint, Field, LinkEvent, Pipe, PipeInput, RecordedAction, Recorder } from "./contracts.ts";
import { createCommandDoor } from "./control/commands.ts";
import { createControl } from "./control/loops.ts";
import { createHub, type Hub } from "./hub.ts";
import { createModel } from "./model/live.ts";

export interface AssembleOptions {
  id: string;
  plant: Plant;
  /** Where the pipe's clock begins, epoch ms. */
  start: number;
  capabilities: Capabilities;
  /** Absent in a replay: nothing is recorded twice. */
  recorder?: Recorder;
  /** Absent in a replay: there is no door to the field. */
  field?: Field;
  /** Fencing token of this run's orders. */
  token?: number;
}

export interface Assembly {
  pipe: Pipe;
  /** Applies frames, links and actions whose `receivedAt` is already set. */
  input: { frame(frame: Frame): void; link(event: LinkEvent): void; action(receivedAt: number, action: RecordedAction): void };
  clock: ManualClock;
  /** Lets time pass without data: every timer due by then runs. */
  advance(to: number): void;
  /** All that this pipe remembers now. `start`: it is the first of a run. */
  checkpoint(start: boolean): Checkpoint;
  /** Takes a checkpoint into a pipe just built, its clock standing at the checkpoint's time; announces nothing. */
  restore(checkpoint: Checkpoint): void;
  alarms: ReturnType<typeof createAlarms>;
  hub: Hub;
  stop(): void;
}

/** Builds the stages and wires them in the one order. */
export function assemble(options: AssembleOptions): Assembly {
  const { plant, recorder, field } = options;
  const clock = new ManualClock(options.start);
  const hub = createHub();
  const model = createModel(plant, clock, (changes) => {
    alarms.liveness(changes);
    hub.liveness(changes);
  });
  const alarms = createAlarms({ plant, model, clock, sink: { changed: hub.alarms, transition: hub.transition } });
  const record = (action: RecordedAction): void => recorder?.action(clock.now(), action);
  const door = field && createCommandDoor({ plant, model, clock, field, token: options.token ?? 0, sink: hub, record });
  const control = door && createControl({ plant, model, clock, door });

  const input: Assembly["input"] = {
    frame(frame) {
      clock.advanceTo(frame.receivedAt);
      recorder?.frame(frame);
      model.apply(frame);
      alarms.evaluate(frame);
      door?.step(frame);
      control?.step(frame);
      hub.frame(frame);
    },
    link(event) {
      clock.advanceTo(event.receivedAt);
      recorder?.link(event);
      model.link(event);
    },
    action(receivedAt, action) {
      clock.advanceTo(receivedAt);
      if (action.type === "command") hub.command(action.command);
      else applyAlarmAction(alarms, action);
    },
  };
  const service = recordActions(alarms, record);
  const pipe: Pipe = {
    id: options.id,
    plant,
    clock,
    model,
    alarms: service,
    capabilities: options.capabilities,
    listen: hub.listen,
    ...(door && { door }),
  };
  return {
    pipe,
    input,
    clock,
    advance: (to) => clock.advanceTo(to),
    checkpoint: (start) => ({ start, ...model.memory(), alarms: alarms.memory() }),
    restore(checkpoint) {
      model.recall(checkpoint);
      alarms.recall(checkpoint.alarms);
    },
    alarms,
    hub,
    stop: () => control?.stop(),
  };
}

/** Stamps what a source delivers with a time that never goes back. */
export function stamped(assembly: Assembly, now: () => number): PipeInput {
  const stamp = (): number => Math.max(now(), assembly.clock.now());
  return {
    frame(frame) {
      frame.receivedAt = stamp();
      assembly.input.frame(frame);
    },
    link(event) {
      assembly.input.link({ ...event, receivedAt: stamp() });
    },
  };
}

type AlarmAction = Exclude<RecordedAction, { type: "command" }>;

function applyAlarmAction(alarms: AlarmService, action: AlarmAction): void {
  if (action.type === "ack") alarms.acknowledge(action.alarm, action.occurrence, action.actor, action.comment);
  else if (action.type === "shelve") alarms.shelve(action.alarm, action.minutes, action.reason, action.actor);
  else if (action.type === "unshelve") alarms.unshelve(action.alarm, action.actor);
  else alarms.reset(action.alarm, action.actor);
}

/** What people did is recorded when it took effect, so that a replay does it too. */
function recordActions(alarms: AlarmService, record: (action: RecordedAction) => void): AlarmService {
  return {
    list: () => alarms.list(),
    get: (id) => alarms.get(id),
    acknowledge(alarm, occurrence, actor, comment) {
      const verdict = alarms.acknowledge(alarm, occurrence, actor, comment);
      if (verdict.ok) record({ type: "ack", alarm, occurrence, actor, ...(comment !== undefined && { comment }) });
      return verdict;
    },
    shelve(alarm, minutes, reason, actor) {
      const verdict = alarms.shelve(alarm, minutes, reason, actor);
      if (verdict.ok) record({ type: "shelve", alarm, minutes, reason, actor });
      return verdict;
    },
    unshelve(alarm, actor) {
      const verdict = alarms.unshelve(alarm, actor);
      if (verdict.ok) record({ type: "unshelve", alarm, actor });
      return verdict;
    },
    reset(alarm, actor) {
      const verdict = alarms.reset(alarm, actor);
      if (verdict.ok) record({ type: "reset", alarm, actor });
      return verdict;
    },
  };
}
