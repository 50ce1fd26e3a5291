import { type AlarmsMessage, Quality } from "@cellhouse/shared";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { alarmOf } from "../support/fake-pipe.ts";
import { heard, readValues, type WebHouse, webHouse } from "../support/web.ts";

let house: WebHouse;
beforeAll(async () => {
  house = await webHouse({ plant: "demo" });
});
afterAll(() => house.stop());

test("a socket without a session, or from another site, is refused with a code", async () => {
  const refused = async (cookie: string, headers: Record<string, string> = {}) => {
    const socket = house.connect(cookie, headers);
    return await new Promise((resolve) =>
      socket.on("connect_error", (error) => resolve((error as Error & { data?: { code: string } }).data?.code)),
    );
  };
  expect(await refused("")).toBe("E_AUTH");
  expect(await refused("cellhouse_session=made-up")).toBe("E_AUTH");
  expect(await refused(house.cookie("viewer"), { origin: "http://evil.example" })).toBe("E_ORIGIN");
});

test("greets, then sends the present values of what is wanted and each change after", async () => {
  house.pipe.push([{ tag: "C001:TI-101", value: 1049 }]);
  const socket = house.connect(house.cookie("operator"), { origin: house.url });
  const hello = await heard(socket, "hello");
  expect(hello).toMatchObject({
    protocol: 1,
    replay: null,
    capabilities: { canCommand: true, canAcknowledge: true, canSeek: false, canInjectFaults: false },
  });
  const index = heard(socket, "tags");
  const first = heard(socket, "values");
  expect(await socket.emitWithAck("subscribe", { tags: ["C001:TI-101", "C001:NOPE"] })).toEqual({ ok: true, unknown: ["C001:NOPE"] });
  expect((await index).index).toEqual(["BT.EL1.L01.C001:TI-101"]);
  expect(Array.from(readValues(await first).value)).toEqual([1049]);

  const next = heard(socket, "values");
  house.pipe.push([
    { tag: "C001:TI-101", value: 1051, time: 5000 },
    { tag: "C002:TI-101", value: 1 },
  ]);
  const change = readValues(await next);
  expect([change.count, change.tag[0], change.value[0], change.time[0], change.quality[0]]).toEqual([1, 0, 1051, 5000, Quality.Good]);
});

test("a lost cell's tags are told again with their new quality, value and source time kept", async () => {
  house.pipe.push([{ tag: "C003:TI-101", value: 1040, time: 777 }]);
  const socket = house.connect(house.cookie("viewer"));
  await heard(socket, "hello");
  const present = heard(socket, "values");
  await socket.emitWithAck("subscribe", { cells: ["C003"] });
  expect(readValues(await present).count).toBe(house.plant.cell("C003")?.tags.size);
  const lost = heard(socket, "values");
  house.pipe.liveness("C003", Quality.Stale);
  const told = readValues(await lost);
  const i = told.value.indexOf(1040);
  expect([told.count, told.quality[i], told.time[i]]).toEqual([house.plant.cell("C003")?.tags.size, Quality.Stale, 777]);
  house.pipe.liveness("C003", Quality.Good);
});

test("samples that come late are not shown as live, and nothing comes after unsubscribing", async () => {
  const socket = house.connect(house.cookie("viewer"));
  await heard(socket, "hello");
  const first = heard(socket, "values");
  await socket.emitWithAck("subscribe", { tags: ["C004:TI-101", "C004:TI-102"] });
  await first;
  const next = heard(socket, "values");
  house.pipe.push([{ tag: "C004:TI-101", value: 5 }], { historical: true });
  await socket.emitWithAck("unsubscribe", { tags: ["C004:TI-102"] });
  house.pipe.push([{ tag: "C004:TI-102", value: 1 }]);
  house.pipe.push([{ tag: "C004:TI-101", value: 6 }]);
  expect(Array.from(readValues(await next).value)).toEqual([6]);
});

test("alarms come as a snapshot, then as changes; commands and links reach whoever may see them", async () => {
  house.pipe.raise(alarmOf(house.plant, "C005"));
  const socket = house.connect(house.cookie("operator"));
  const snapshot = await heard(socket, "alarms");
  expect("snapshot" in snapshot && snapshot.snapshot.map((alarm) => alarm.id)).toEqual(["C005:TY-100.HI"]);
  const changed: string[] = [];
  socket.on("alarms", (told: AlarmsMessage) => changed.push(...("changes" in told ? told.changes.map((alarm) => alarm.cell) : [])));
  house.pipe.raise(alarmOf(house.plant, "C006"));
  house.pipe.raise(alarmOf(house.plant, "C007"));
  await vi.waitFor(() => expect(changed.slice(-2)).toEqual(["C006", "C007"]));
  const command = heard(socket, "command");
  await house.call("POST", "/api/v1/commands", { cookie: house.cookie("operator"), body: { tag: "C005:FIC-303.SP", value: 8 } });
  expect(await command).toMatchObject({ tag: "BT.EL1.L01.C005:FIC-303.SP", state: "pending" });
  const links = heard(socket, "links");
  house.links = [{ id: "edge:L01", kind: "edge", state: "down", since: 1, detail: "no birth yet" }];
  expect(await links).toMatchObject([{ id: "edge:L01", state: "down" }]);
});

test("a replay shows its own values and alarms, and gives the live ones back", async () => {
  const cookie = house.cookie("qa");
  const made = await house.call("POST", "/api/v1/replays", { cookie, body: { from: "now-1h", to: "now" } });
  const id = String(made.body.id);
  house.pipe.push([{ tag: "C001:EI-201", value: 9 }]);
  house.replays.pipes.get(id)?.push([{ tag: "C001:EI-201", value: 33 }]);
  const socket = house.connect(cookie);
  await heard(socket, "hello");
  const live = heard(socket, "values");
  await socket.emitWithAck("subscribe", { tags: ["C001:EI-201"] });
  expect(readValues(await live).value[0]).toBe(9);

  const jump = heard(socket, "discontinuity");
  const hello = heard(socket, "hello");
  const replayed = heard(socket, "values");
  expect(await socket.emitWithAck("subscribe", { replay: id })).toMatchObject({ ok: true });
  await jump;
  expect(await hello).toMatchObject({ replay: { id }, capabilities: { canCommand: false, canSeek: true } });
  expect(readValues(await replayed).value[0]).toBe(33);
  const moved = heard(socket, "discontinuity");
  const state = heard(socket, "replay");
  await house.call("PATCH", `/api/v1/replays/${id}`, { cookie, body: { at: 1000 } });
  expect(await moved).toEqual({ time: 1000 });
  expect(await state).toMatchObject({ at: 1000 });

  const back = heard(socket, "hello");
  const again = heard(socket, "values");
  await house.call("DELETE", `/api/v1/replays/${id}`, { cookie });
  expect((await back).replay).toBeNull();
  expect(readValues(await again).value[0]).toBe(9);
  const viewer = house.connect(house.cookie("viewer"));
  expect(await viewer.emitWithAck("subscribe", { replay: id })).toMatchObject({ ok: false, code: "E_ROLE" });
});

test("an ended session ends its sockets, by sign-out and by expiry", async () => {
  const cookie = house.cookie("viewer");
  const first = house.connect(cookie);
  const second = house.connect(house.cookie("viewer", Date.now() + 300));
  await Promise.all([heard(first, "hello"), heard(second, "hello")]);
  const gone = Promise.all([first, second].map((socket) => new Promise((resolve) => socket.on("disconnect", resolve))));
  await house.call("DELETE", "/api/v1/session", { cookie });
  expect(await gone).toEqual(["io server disconnect", "io server disconnect"]);
});

test("the raw tap tells one filter at a time, until it is ended or the socket goes", async () => {
  const socket = house.connect(house.cookie("engineer"));
  await heard(socket, "hello");
  expect(await socket.emitWithAck("tap", { filter: "spBv1.0/+/DDATA/L01/#" })).toEqual({ ok: true, unknown: [] });
  const first = heard(socket, "tap");
  house.taps.offer("spBv1.0/BT-EL1/DDATA/L02/C025", () => expect.unreachable());
  house.taps.offer("spBv1.0/BT-EL1/DDATA/L01/C001", () => "payload");
  expect(await first).toMatchObject({ topic: "spBv1.0/BT-EL1/DDATA/L01/C001", text: "payload", skipped: 0 });
  await socket.emitWithAck("tap", { filter: "opcua/#" });
  const second = heard(socket, "tap");
  house.taps.offer("spBv1.0/BT-EL1/DDATA/L01/C001", () => expect.unreachable());
  house.taps.offer("opcua/L02/C025/TI-101", () => "node");
  expect((await second).text).toBe("node");
  await socket.emitWithAck("tap", null);
  expect(house.taps.idle).toBe(true);
  await socket.emitWithAck("tap", { filter: "#" });
  socket.disconnect();
  await vi.waitFor(() => expect(house.taps.idle).toBe(true));
});
