/** Alarms, command door and controllers in the real pipe against the simulated PLCs, without a network between them. */
import { type Alarm, type AlarmTransition, copyFrame, createFrame, OK, pushSample, refuse, tagOf } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { type Assembly, assemble } from "../../server/src/assemble.ts";
import type { Actor, FieldWrite, LogRecord, Recorder } from "../../server/src/contracts.ts";
import type { Plc } from "../../simulator/src/contracts.ts";
import { createSimulatedPlant } from "../../simulator/src/plant.ts";
import { plantOf } from "../support/plant.ts";

const START = 1_800_000_000_000;
const STEP = 100;
const plant = plantOf("single");
const capabilities = { canCommand: true, canAcknowledge: true, canSeek: false, canInjectFaults: true };
const operator: Actor = { name: "olga", role: "operator", areas: [""] };
const FEED = "C001:FIC-303.SP";

/** The hall, its pipe, and what was recorded and journaled on the way. */
class Rig {
  readonly sim = createSimulatedPlant(plant, { seed: 1, speed: 1, start: START });
  readonly log: LogRecord[] = [];
  readonly journal: AlarmTransition[] = [];
  readonly live: Assembly;
  now = START;
  /** The server stands still; the hall does not. */
  away = false;
  readonly #sent = new Map<Plc, Float64Array>();

  constructor() {
    const plcOf = (owner: string): Plc | undefined => [...this.sim.cells, ...this.sim.lines].find((plc) => plc.home.id === owner);
    const field = {
      async write({ tag, value, order }: FieldWrite) {
        const { owner, definition, path } = plant.tags[tag] as (typeof plant.tags)[number];
        const plc = plcOf(owner);
        return plc === undefined || plc.offline ? refuse("E_LINK_DOWN", path) : plc.write(definition.name, Math.fround(value), order);
      },
    };
    const recorder = this.#recorder();
    this.live = assemble({ id: "live", plant, start: START, capabilities, recorder, field });
    listen(this.live, this.journal);
  }

  /** Lets seconds pass in the hall; every changed value reaches the pipe. */
  async run(seconds: number, until: () => boolean = () => false): Promise<this> {
    const end = this.now + seconds * 1000;
    while (this.now < end && !until()) {
      this.now += STEP;
      this.sim.advance(this.now);
      if (this.away) continue;
      for (const plc of [...this.sim.cells, ...this.sim.lines]) if (!plc.offline) this.#publish(plc);
      this.live.advance(this.now);
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
    return this;
  }

  get door() {
    const { door } = this.live.pipe;
    if (door === undefined) throw new Error("a live pipe has a door");
    return door;
  }

  alarm(type: string): Alarm {
    const alarm = this.live.pipe.alarms.get(`C001:${type}`);
    if (alarm === undefined) throw new Error(`no alarm ${type}`);
    return alarm;
  }

  order(tag: string, value: number): void {
    const reply = this.door.submit({ tag, value }, operator);
    if (!reply.ok) throw new Error(`${reply.code}: ${reply.detail}`);
  }

  #publish(plc: Plc): void {
    const sent = this.#sent.get(plc) ?? new Float64Array(plc.value.length);
    this.#sent.set(plc, sent);
    const frame = Object.assign(createFrame(64), { receivedAt: this.now });
    for (const [i, definition] of plc.definitions.entries()) {
      const time = plc.time[i] as number;
      if (time === sent[i]) continue;
      sent[i] = time;
      pushSample(frame, tagOf(plc.home, definition.name).id, time, plc.value[i] as number, plc.quality[i] as number);
    }
    if (frame.count > 0) this.live.input.frame(frame);
  }

  #recorder(): Recorder {
    const { log } = this;
    const next = () => ({ position: log.length });
    return {
      frame: (frame) => void log.push({ ...next(), kind: "frame", receivedAt: frame.receivedAt, frame: copyFrame(frame) }),
      link: (event) => void log.push({ ...next(), kind: "link", receivedAt: event.receivedAt, event }),
      action: (receivedAt, action) => void log.push({ ...next(), kind: "action", receivedAt, action }),
      note: () => undefined,
      flush: async () => undefined,
      read: async () => ({ records: [], next: 0 }),
      seek: async () => 0,
      span: () => undefined,
      links: () => [],
      stop: async () => undefined,
    };
  }
}

function listen({ hub }: Assembly, journal: AlarmTransition[]): void {
  const nothing = (): void => undefined;
  hub.listen({
    frame: nothing,
    liveness: nothing,
    alarms: nothing,
    transition: (transition) => void journal.push(transition),
    command: nothing,
    discontinuity: nothing,
  });
}

test("an operator gives the cell to the supervisor, takes it back, feeds by hand, and gives it back", async () => {
  const rig = await new Rig().run(15);
  const mode = async (code: number): Promise<void> => {
    rig.order("C001:HS-910", code);
    await rig.run(3);
    expect(rig.door.list({ tag: "C001:HS-910" })[0]).toMatchObject({ value: code, state: "verified" });
  };
  await mode(2);
  await mode(3);
  await rig.run(10);
  const [first] = rig.door.list({ tag: FEED });
  expect(first).toMatchObject({ by: "control:faraday", state: "verified" });
  expect(rig.door.submit({ tag: FEED, value: 9 }, operator)).toMatchObject({ ok: false, code: "E_MODE" });
  await mode(2);
  rig.order(FEED, 8);
  await rig.run(3);
  expect(rig.door.list({ tag: FEED })[0]).toMatchObject({ by: "olga", value: 8, state: "verified", readBack: 8 });
  await mode(3);
  await rig.run(10);
  expect(rig.door.list({ tag: FEED })[0]).toMatchObject({ by: "control:faraday", state: "verified" });
  expect(rig.live.pipe.model.value(plant.tag(FEED)?.id as number)).toBeCloseTo(first?.value as number, 1);
});

test("ten minutes in CASCADE: the PLC keeps hearing the supervisor, every command is verified, and no alarm calls", async () => {
  const rig = await new Rig().run(15);
  rig.order("C001:HS-910", 3);
  await rig.run(600);
  const commands = rig.door.list({});
  expect(commands.map((command) => command.state)).toEqual(commands.map(() => "verified"));
  expect(commands.length).toBeLessThan(20);
  expect(rig.live.pipe.model.value(plant.tag("C001:HS-910")?.id as number)).toBe(3);
  expect(rig.live.pipe.alarms.list()).toEqual([]);
});

test("hand commands end by the PLC's echo: a tap, what is locked meanwhile, and an order of another server", async () => {
  const rig = await new Rig().run(15);
  const last = (tag: string) => rig.door.list({ tag })[0];
  rig.order("C001:HS-910", 2);
  await rig.run(2);
  rig.order("C001:HS-913", 1);
  await rig.run(2);
  expect(last("C001:HS-913")).toMatchObject({ state: "verified" });
  rig.order("C001:ZIC-403.SP", 120);
  await rig.run(2);
  expect(last("C001:ZIC-403.SP")).toMatchObject({ state: "rejected", code: "E_INTERLOCK" });
  const order = { seq: 1, user: "control:other", at: rig.now, token: 1e6 };
  expect((rig.sim.cells[0] as Plc).write("HS-910", 2, order)).toEqual(OK);
  rig.order(FEED, 9);
  await rig.run(2);
  expect(last(FEED)).toMatchObject({ state: "rejected", code: "E_ORDER_TOKEN" });
});

test("a server away for half a minute: the cell feeds by itself in AUTO, and is the controller's again a minute after", async () => {
  const rig = await new Rig().run(60);
  const mode = (): number => rig.live.pipe.model.value(plant.tag("C001:HS-910")?.id as number);
  expect(mode()).toBe(3);
  rig.away = true;
  await rig.run(30);
  rig.away = false;
  await rig.run(50);
  expect(mode()).toBe(2);
  await rig.run(30);
  expect(mode()).toBe(3);
  expect(rig.door.list({ tag: FEED })[0]).toMatchObject({ by: "control:faraday", state: "verified" });
});

test("a PLC off the network: COMM.LOST ten seconds after its last beat, no write meanwhile, and back by itself", async () => {
  const rig = await new Rig().run(15);
  expect(rig.sim.startFault({ id: "f1", kind: "plc_comm_loss", cell: "C001", after: 0, seconds: 40, args: {} })).toEqual(OK);
  const lost = rig.now;
  await rig.run(30, () => rig.alarm("COMM.LOST").state === "UNACK");
  expect(rig.now - lost).toBeGreaterThan(8000);
  expect(rig.now - lost).toBeLessThan(11_500);
  expect(rig.door.submit({ tag: FEED, value: 9 }, operator)).toMatchObject({ ok: false, code: "E_LINK_DOWN" });
  const { id, occurrence } = rig.alarm("COMM.LOST");
  expect(rig.live.pipe.alarms.acknowledge(id, occurrence as string, "olga", "at the panel")).toEqual(OK);
  await rig.run(60, () => rig.alarm("COMM.LOST").state === "NORM");
  expect(rig.alarm("COMM.LOST").state).toBe("NORM");
  expect(rig.journal.map((line) => line.event)).toEqual(["raise", "ack", "return"]);
});

test("cooling water lost: INTERLOCK.ACT stands until its cause is gone and a person has reset it", async () => {
  const rig = await new Rig().run(15);
  const last = () => rig.door.list({ tag: "C001:HS-915" })[0];
  expect(rig.sim.startFault({ id: "f3", kind: "cooling_loss", cell: "C001", after: 0, seconds: 0, args: { left: 0 } })).toEqual(OK);
  await rig.run(30, () => rig.alarm("INTERLOCK.ACT").state === "UNACK");
  expect(rig.alarm("INTERLOCK.ACT")).toMatchObject({ state: "UNACK", priority: 2 });
  expect(rig.live.pipe.model.value(plant.tag("C001:YS-903")?.id as number)).toBe(2);
  rig.order("C001:HS-915", 1);
  await rig.run(2);
  expect(last()).toMatchObject({ state: "rejected", code: "E_INTERLOCK" });
  rig.sim.stopFault("f3");
  await rig.run(20);
  expect(rig.alarm("INTERLOCK.ACT").state).toBe("UNACK");
  rig.order("C001:HS-915", 1);
  await rig.run(65);
  expect(last()).toMatchObject({ state: "verified" });
  expect(rig.alarm("INTERLOCK.ACT").state).toBe("RTN_UNACK");
});

test("a server away for three minutes comes back without COMM.FALLBACK; a fallback that stays calls after two minutes", async () => {
  const rig = await new Rig().run(60);
  rig.away = true;
  await rig.run(180);
  rig.away = false;
  await rig.run(100);
  expect(rig.journal.filter((line) => line.alarm.endsWith("COMM.FALLBACK"))).toEqual([]);
  const plc = rig.sim.cells[0] as Plc;
  const deaf = plc.write.bind(plc);
  plc.write = (tag, value, order) => (tag === "YC-906" ? OK : deaf(tag, value, order));
  await rig.run(125);
  expect(rig.alarm("COMM.FALLBACK").state).toBe("NORM");
  await rig.run(15);
  expect(rig.alarm("COMM.FALLBACK")).toMatchObject({ state: "UNACK", priority: 3 });
});

test("a stuck feeder calls FEED.JAM, and the replay of all this writes the same journal, byte for byte", async () => {
  const rig = await new Rig().run(15);
  const jam = { id: "f2", kind: "feeder_jam", cell: "C001", after: 0, seconds: 0, args: {} };
  expect(rig.sim.startFault(jam)).toEqual(OK);
  await rig.run(240, () => rig.alarm("FEED.JAM").state === "UNACK");
  const { id, occurrence } = rig.alarm("FEED.JAM");
  expect(rig.live.pipe.alarms.shelve(id, 1, "fitter at the feeder", "olga")).toEqual(OK);
  await rig.run(70);
  expect(rig.alarm("FEED.JAM")).toMatchObject({ state: "UNACK", inhibit: [] });
  expect(rig.alarm("FEED.JAM").occurrence).not.toBe(occurrence);
  rig.live.pipe.alarms.acknowledge(id, rig.alarm("FEED.JAM").occurrence as string, "olga");
  rig.sim.stopFault("f2");
  await rig.run(120);

  const again = assemble({ id: "replay", plant, start: START, capabilities });
  const journal: AlarmTransition[] = [];
  listen(again, journal);
  for (const entry of rig.log) {
    if (entry.kind === "frame") again.input.frame(entry.frame);
    else if (entry.kind === "link") again.input.link(entry.event);
    else if (entry.kind === "action") again.input.action(entry.receivedAt, entry.action);
  }
  again.advance(rig.now);
  expect(rig.journal.length).toBeGreaterThan(3);
  expect(JSON.stringify(journal)).toBe(JSON.stringify(rig.journal));
});
