/** A small pipe of plain columns behind the agreed contracts: what the web side is tested against without ingest, recorder or simulator. */

import type {
  AlarmService,
  CommandDoor,
  Historian,
  HistoryService,
  ModelView,
  Outlet,
  Pipe,
  Replay,
  ReplayService,
} from "@cellhouse/server/src/contracts.ts";
import { createHistorian, createHistory } from "@cellhouse/server/src/historian/index.ts";
import { createHub } from "@cellhouse/server/src/hub.ts";
import {
  type Alarm,
  type Capabilities,
  type Clock,
  type Command,
  createFrame,
  type Frame,
  OK,
  type Plant,
  pushSample,
  Quality,
  type ReplayState,
  refuse,
  worse,
} from "@cellhouse/shared";

export interface FakePipe extends Pipe {
  readonly outlet: Outlet;
  readonly commands: Command[];
  /** Applies samples, as one frame, at the pipe's time. */
  push(samples: readonly { tag: string; value: number; time?: number; quality?: Quality }[], options?: { historical?: boolean }): void;
  /** Applies a frame prepared before. */
  frame(frame: Frame): void;
  liveness(owner: string, quality: Quality): void;
  raise(alarm: Alarm): void;
}

const LIVE: Capabilities = { canCommand: true, canAcknowledge: true, canSeek: false, canInjectFaults: true };

export function fakePipe(plant: Plant, clock: Clock, options: { id?: string; capabilities?: Capabilities; door?: boolean } = {}): FakePipe {
  const n = plant.tags.length;
  const columns = {
    value: new Float64Array(n).fill(Number.NaN),
    time: new Float64Array(n).fill(Number.NaN),
    received: new Float64Array(n).fill(Number.NaN),
  };
  const quality = new Uint8Array(n).fill(Quality.Stale);
  const owners = new Map<string, Quality>();
  const hub = createHub();
  const alarms = new Map<string, Alarm>();
  const commands: Command[] = [];
  const model: ModelView = {
    value: (tag) => columns.value[tag] as number,
    time: (tag) => columns.time[tag] as number,
    received: (tag) => columns.received[tag] as number,
    quality: (tag) => worse(quality[tag] as Quality, owners.get(plant.tags[tag]?.owner ?? "") ?? Quality.Good),
    liveness: (owner) => owners.get(owner) ?? Quality.Good,
  };
  const frame = (given: Frame): void => {
    given.receivedAt = clock.now();
    for (let i = 0; i < given.count && !given.historical; i++) {
      const tag = given.tag[i] as number;
      columns.value[tag] = given.value[i] as number;
      columns.time[tag] = given.time[i] as number;
      columns.received[tag] = given.receivedAt;
      quality[tag] = given.quality[i] as number;
    }
    hub.frame(given);
  };
  return {
    id: options.id ?? "live",
    clock,
    model,
    alarms: alarmService(alarms, hub.alarms),
    ...(options.door === false ? {} : { door: commandDoor(plant, clock, commands, hub.command) }),
    capabilities: options.capabilities ?? LIVE,
    listen: hub.listen,
    outlet: hub,
    commands,
    frame,
    push(samples, { historical = false } = {}) {
      const made = createFrame(samples.length);
      made.historical = historical;
      for (const s of samples) pushSample(made, plant.tag(s.tag)?.id ?? 0, s.time ?? clock.now(), s.value, s.quality ?? Quality.Good);
      frame(made);
    },
    liveness(owner, to) {
      owners.set(owner, to);
      hub.liveness([{ owner, quality: to, time: clock.now(), reason: "link" }]);
    },
    raise(alarm) {
      alarms.set(alarm.id, alarm);
      hub.alarms([alarm]);
    },
  };
}

function alarmService(alarms: Map<string, Alarm>, changed: (alarms: Alarm[]) => void): AlarmService {
  const act = (id: string, change: (alarm: Alarm) => Alarm) => {
    const alarm = alarms.get(id);
    if (alarm === undefined) return refuse("E_NOT_FOUND", id);
    const next = change(alarm);
    alarms.set(id, next);
    changed([next]);
    return OK;
  };
  return {
    list: () => [...alarms.values()],
    get: (id) => alarms.get(id),
    acknowledge(id, occurrence, actor) {
      if (alarms.get(id)?.occurrence !== occurrence) return refuse("E_OCCURRENCE", id);
      return act(id, (alarm) => ({ ...alarm, state: "ACKED", ackBy: actor }));
    },
    shelve: (id) => act(id, (alarm) => ({ ...alarm, inhibit: ["SHELVED"] })),
    unshelve: (id) => act(id, (alarm) => ({ ...alarm, inhibit: [] })),
    reset: (id) => act(id, (alarm) => ({ ...alarm, state: "NORM" })),
  };
}

function commandDoor(plant: Plant, clock: Clock, commands: Command[], told: (command: Command) => void): CommandDoor {
  return {
    submit(request, actor) {
      const { range, access } = plant.tag(request.tag)?.definition ?? { range: [0, 0], access: "r" };
      if (access !== "rw") return { ok: false, code: "E_NOT_WRITABLE", detail: request.tag };
      if (request.value < range[0] || request.value > range[1])
        return { ok: false, code: "E_SETPOINT_RANGE", detail: `${request.value}: allowed ${range[0]} to ${range[1]}` };
      const command: Command = {
        id: `c${commands.length}`,
        tag: request.tag,
        value: request.value,
        by: actor.name,
        at: clock.now(),
        state: "pending",
      };
      commands.push(command);
      told(command);
      return { ok: true, command };
    },
    get: (id) => commands.find((command) => command.id === id),
    list: ({ tag }) => commands.filter((command) => tag === undefined || command.tag === tag),
  };
}

export function alarmOf(plant: Plant, cell: string, extra: Partial<Alarm> = {}): Alarm {
  return {
    id: `${cell}:TY-100.HI`,
    occurrence: `${cell}-1`,
    cell,
    tag: plant.tag(`${cell}:TY-100`)?.path ?? "",
    type: "TY-100.HI",
    priority: 3,
    state: "UNACK",
    inhibit: [],
    value: 1071.5,
    limit: 1070,
    raised: 1000,
    cause: "Current high, ACD wide, lean bath",
    consequence: "CE falls about 2 points, fluoride loss",
    response: "Check the trim, cut 100 A, look at the resistance",
    timeToRespond: 20,
    ...extra,
  };
}

/** History in memory; what is kept may be asked for at once. */
export function fakeHistory(plant: Plant, clock: Clock): HistoryService & { keep(frame: Frame): void; source: Historian } {
  const historian = createHistorian("memory", {}, { plant, clock });
  const forwarder = { settle: async () => true, links: () => [] };
  return { ...createHistory({ historian, forwarder }), keep: (frame) => void historian.write([frame]), source: historian };
}

/** Replays that go where they are told and play nothing. */
export function fakeReplays(plant: Plant, clock: Clock): ReplayService & { pipes: Map<string, FakePipe> } {
  const replays = new Map<string, Replay>();
  const pipes = new Map<string, FakePipe>();
  return {
    pipes,
    async create({ from, to, speed = 1 }) {
      const id = `r${pipes.size + 1}`;
      const pipe = fakePipe(plant, clock, {
        id,
        door: false,
        capabilities: { canCommand: false, canAcknowledge: false, canSeek: true, canInjectFaults: false },
      });
      let state: ReplayState = { id, from, to, at: from, speed, playing: false };
      const listeners = new Set<(state: ReplayState) => void>();
      const replay: Replay = {
        ...pipe,
        state: () => state,
        async control(order) {
          state = { ...state, ...order };
          for (const listener of listeners) listener(state);
          if (order.at !== undefined) pipe.outlet.discontinuity(order.at);
        },
        onState(listener) {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
        stop: async () => undefined,
      };
      pipes.set(id, pipe);
      replays.set(id, replay);
      return replay;
    },
    get: (id) => replays.get(id),
    remove: async (id) => void replays.delete(id),
  };
}
