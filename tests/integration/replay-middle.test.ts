/** A replay that begins in the middle of the record shows the screens as they were: values told long before, alarms that stood already. */
import { type Alarm, type AlarmsMessage, Quality } from "@cellhouse/shared";
import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { node, until } from "../support/processes.ts";
import { heard, readValues, type TestSocket } from "../support/web.ts";

/** Longer than what a replay without a checkpoint plays before its beginning. */
const LONG_BEFORE_MS = 65_000;
const TAGS = ["C001:HS-910", "C001:FIC-303.SP", "C001:YS-901"];

let house: Started;
let qa: Api;
let socket: TestSocket;
let index: readonly string[] = [];
beforeAll(async () => {
  house = await startCellhouse();
  qa = await house.api("qa");
  socket = io(house.url, { extraHeaders: { cookie: qa.cookie, origin: house.url }, transports: ["websocket"] });
  socket.on("tags", (message) => {
    index = message.index;
  });
  await heard(socket, "hello");
});
afterAll(async () => {
  socket.close();
  await house.stop();
});

interface Values {
  values: { tag: string; value: number | null; quality: string; time: number }[];
}

interface Line {
  alarm: string;
  occurrence: string;
  event: string;
  from: string;
  to: string;
  time: number;
}

const key = ({ alarm, occurrence, event, from, to, time }: Line): string => [alarm, occurrence, event, from, to, time].join(" ");

const values = async (): Promise<Values["values"]> => (await qa.get<Values>(`values?tags=${TAGS.join(",")}`)).values;
const standing = async (): Promise<Alarm | undefined> =>
  (await qa.get<{ alarms: Alarm[] }>("alarms")).alarms.find((alarm) => alarm.id === "C002:COMM.LOST" && alarm.state === "UNACK");

/** What history holds of them as the last that had arrived by `at`. */
async function stored(at: number): Promise<unknown[]> {
  const { series } = await qa.get<{ series: { v: number[]; received: number[] }[] }>(
    `history?tags=${TAGS.join(",")}&from=now-1h&to=${at + 1}&raw=1`,
  );
  return series.map(({ v, received }) => v[received.findLastIndex((arrived) => arrived <= at)]);
}

/** What the socket shows after `act` has made the replay jump, in the order of `TAGS`. */
async function shown(act: () => Promise<unknown>): Promise<{ value: unknown[]; quality: unknown[]; alarms: Alarm[] }> {
  const told = heard(socket, "values");
  const alarms = new Promise<Alarm[]>((resolve) => {
    const listen = (message: AlarmsMessage): void => {
      if (!("snapshot" in message)) return void socket.once("alarms", listen);
      resolve(message.snapshot);
    };
    socket.once("alarms", listen);
  });
  await act();
  const { tag, value, quality } = readValues(await told);
  const rows = TAGS.map((name) => tag.findIndex((at) => index[at]?.endsWith(name) === true));
  return { value: rows.map((row) => value[row]), quality: rows.map((row) => quality[row]), alarms: await alarms };
}

test("mode, setpoint, status and a standing alarm are there at the first moment and after every seek", async () => {
  const engineer = await house.api("engineer");
  await until("values of C001", async () => (await values()).every((v) => v.quality === "good"));
  await engineer.send("POST", "faults", { kind: "plc_comm_loss", cell: "C002", seconds: 600 });
  const alarm = await until("the alarm", standing, 60_000);
  const told = Date.now();
  await until("its being old", () => Date.now() > told + LONG_BEFORE_MS, LONG_BEFORE_MS + 10_000, 1000);
  const from = Date.now();
  await until("something after it", () => Date.now() > from + 6000);

  const { body } = await qa.send<{ id: string }>("POST", "replays", { from, to: from + 3000 });
  const right = async (at: number, act: () => Promise<unknown>): Promise<void> => {
    const { value, quality, alarms } = await shown(act);
    expect(quality).toEqual([Quality.Good, Quality.Good, Quality.Good]);
    expect(value).toEqual(await stored(at));
    expect(alarms.find((one) => one.id === alarm.id)).toEqual(alarm);
  };
  await right(from, () => socket.emitWithAck("subscribe", { replay: body.id, tags: TAGS }));
  const seek = (at: number): Promise<unknown> => qa.send("PATCH", `replays/${body.id}`, { at });
  for (const after of [2000, 500]) await right(Math.floor((from + after) / 100) * 100, () => seek(from + after));
});

test("the record of both runs of a restarted server tells the journal of both", async () => {
  await house.restartServer();
  const engineer = await house.api("engineer");
  const journal = async (): Promise<Line[]> =>
    (await engineer.get<{ events: Line[] }>("journal?kind=alarm&from=0&to=4102444800000")).events;
  await until("C003 speaking again", async () => (await engineer.get<Values>("values?tags=C003:TI-101")).values[0]?.quality === "good");
  await engineer.send("POST", "faults", { kind: "plc_comm_loss", cell: "C003", seconds: 600 });
  await until("its alarm", async () => (await journal()).some((line) => line.alarm === "C003:COMM.LOST"), 60_000);
  const to = Date.now();
  const program = node("server/src/replay/main.ts", ["--data", house.data, "--to", String(to)]);
  expect(await program.ended()).toBe(0);
  const lines = program.output().split("\n");
  const told = lines.filter((line) => line.startsWith("{")).map((line) => key(JSON.parse(line) as Line));
  expect(told).toEqual((await journal()).filter((line) => line.time <= to).map(key));
});
