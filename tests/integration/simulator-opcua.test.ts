/** The simulator's publishing over OPC UA, value by value. Long because one server serves all its stories. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addHash, Quality, sampleHash, systemClock } from "@cellhouse/shared";
import { PublishedCounters } from "@cellhouse/simulator/src/counters.ts";
import { FakePlant, onePlant } from "@cellhouse/simulator/src/publish/fake-plant.ts";
import { createOpcUaPublisher, type OpcUaPublisher } from "@cellhouse/simulator/src/publish/opcua/publisher.ts";
import {
  AttributeIds,
  type ClientSession,
  ClientSubscription,
  DataChangeFilter,
  DataChangeTrigger,
  DataType,
  type DataValue,
  DeadbandType,
  HistoryReadRequest,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  ReadRawModifiedDetails,
  SecurityPolicy,
  StatusCodes,
  TimestampsToReturn,
  UserTokenType,
} from "node-opcua";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "cellhouse-sim-opcua-"));
const plant = onePlant(3, "opcua");
const plcs = new FakePlant(plant);
const counters = new PublishedCounters(plant);
let publisher: OpcUaPublisher;
let now = Math.floor(Date.now() / 1000) * 1000;

/** Scans and publishes; the field's time is the test's own. */
function run(seconds: number): void {
  for (let k = 0; k < seconds * 10; k++) {
    now += 100;
    plcs.advance(now, 0.3);
    publisher.publish(now);
  }
}

interface Door {
  user?: { name: string; password: string };
}

async function connected<T>({ user }: Door, use: (session: ClientSession) => Promise<T>, url = publisher.url): Promise<T> {
  const clientCertificateManager = new OPCUACertificateManager({
    rootFolder: join(folder, "client"),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  await clientCertificateManager.initialize();
  const client = OPCUAClient.create({
    endpointMustExist: false,
    clientCertificateManager,
    connectionStrategy: { maxRetry: 1, initialDelay: 100 },
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy.Basic256Sha256,
  });
  await client.connect(url as string);
  try {
    const session = await client.createSession(
      user === undefined
        ? { type: UserTokenType.Anonymous }
        : { type: UserTokenType.UserName, userName: user.name, password: user.password },
    );
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  } finally {
    await client.disconnect();
  }
}

const operator = { user: { name: "cellhouse", password: "secret" } };
const namespaceOf = async (session: ClientSession): Promise<number> =>
  (await session.readNamespaceArray()).indexOf("urn:cellhouse:electrolysis");
const node = async (session: ClientSession, path: string): Promise<string> => `ns=${await namespaceOf(session)};s=${path}`;

async function write(session: ClientSession, path: string, dataType: DataType, value: unknown) {
  return session.write({ nodeId: await node(session, path), attributeId: AttributeIds.Value, value: { value: { dataType, value } } });
}

beforeAll(async () => {
  plcs.advance(now);
  publisher = createOpcUaPublisher({
    plant,
    simulated: plcs,
    host: "127.0.0.1",
    port: 0,
    data: folder,
    password: "secret",
    mode: "raw",
    counters,
    clock: systemClock,
    trust: "listed",
    say: () => undefined,
  });
  await publisher.start();
  run(1);
});

afterAll(async () => {
  await publisher.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a client with the password reads units, range, value, source time and status of a cell", async () => {
  await connected(operator, async (session) => {
    const path = await session.translateBrowsePath({
      startingNode: "i=85",
      relativePath: {
        elements: await Promise.all(
          ["BT", "EL1", "L01", "C002", "TI-101"].map(async (name) => ({
            isInverse: false,
            includeSubtypes: true,
            referenceTypeId: "i=33",
            targetName: { name, namespaceIndex: await namespaceOf(session) },
          })),
        ),
      },
    });
    expect(path.targets?.[0]?.targetId.toString()).toBe(await node(session, "L01.C002.TI-101"));
    const value = await session.read({ nodeId: await node(session, "L01.C002.TI-101"), attributeId: AttributeIds.Value });
    const i = plcs.cell("C002").index("TI-101");
    expect(value.statusCode).toBe(StatusCodes.Good);
    expect(value.value.dataType).toBe(DataType.Float);
    expect(value.sourceTimestamp?.getTime()).toBeGreaterThan(now - 1001);
    expect(Math.abs(value.value.value - (plcs.cell("C002").value[i] as number))).toBeLessThan(2);
    const unit = await propertyOf(session, "L01.C002.TI-101", "EngineeringUnits");
    expect(unit.value.value).toMatchObject({ unitId: 4408652, namespaceUri: "http://www.opcfoundation.org/UA/units/un/cefact" });
    const noCode = await propertyOf(session, "L01.C002.XI-208", "EngineeringUnits");
    expect(noCode.value.value.unitId).toBe(-1);
    const range = await propertyOf(session, "L01.C002.TI-101", "EURange");
    expect(range.value.value).toMatchObject({ low: 600, high: 1300 });
  });
});

async function propertyOf(session: ClientSession, path: string, name: string): Promise<DataValue> {
  const found = await session.translateBrowsePath({
    startingNode: await node(session, path),
    relativePath: {
      elements: [{ isInverse: false, includeSubtypes: true, referenceTypeId: "i=46", targetName: { name, namespaceIndex: 0 } }],
    },
  });
  return session.read({ nodeId: found.targets?.[0]?.targetId ?? "", attributeId: AttributeIds.Value });
}

test("the cell is of a type of its own, and the line has its tags too", async () => {
  await connected(operator, async (session) => {
    const browse = await session.browse({ nodeId: await node(session, "L01.C001"), referenceTypeId: "HasTypeDefinition", resultMask: 63 });
    expect(browse.references?.[0]?.browseName.name).toBe("ElectrolysisCellType");
    const line = await session.read({ nodeId: await node(session, "L01.II-001"), attributeId: AttributeIds.Value });
    expect(line.statusCode).toBe(StatusCodes.Good);
  });
});

test("nobody else gets in: not anonymously, not with a wrong password", async () => {
  await expect(connected({}, async () => "in")).rejects.toThrow();
  await expect(connected({ user: { name: "cellhouse", password: "wrong" } }, async () => "in")).rejects.toThrow();
  await expect(connected({ user: { name: "edge-L01", password: "secret" } }, async () => "in")).rejects.toThrow();
});

test("where the plant file lets anonymous clients read, they can neither write nor call", async () => {
  const open = onePlant(1, "opcua", "read");
  const puppets = new FakePlant(open);
  puppets.advance(now);
  const options = {
    host: "127.0.0.1",
    port: 0,
    data: folder,
    password: "secret",
    mode: "raw",
    clock: systemClock,
    trust: "listed",
    say: () => undefined,
  } as const;
  const other = createOpcUaPublisher({ ...options, plant: open, simulated: puppets, counters: new PublishedCounters(open) });
  await other.start();
  try {
    other.publish(now);
    await connected(
      {},
      async (session) => {
        const value = await session.read({ nodeId: await node(session, "L01.C001.TI-101"), attributeId: AttributeIds.Value });
        expect(value.statusCode).toBe(StatusCodes.Good);
        expect(await write(session, "L01.C001.FIC-303.SP", DataType.Float, 10)).toBe(StatusCodes.BadUserAccessDenied);
        const call = await session.call({
          objectId: await node(session, "L01.C001"),
          methodId: await node(session, "L01.C001.InjectFault"),
          inputArguments: [{ dataType: DataType.String, value: "{}" }],
        });
        expect(call.statusCode).toBe(StatusCodes.BadUserAccessDenied);
      },
      other.url,
    );
    expect(puppets.cell("C001").written).toEqual([]);
  } finally {
    await other.stop();
  }
});

test("a write goes to the PLC and the variable shows what the PLC accepted, in the next scan; refusals say why", async () => {
  await connected(operator, async (session) => {
    expect(await write(session, "L01.C001.FIC-303.SP", DataType.Float, 12.5)).toBe(StatusCodes.Good);
    expect(plcs.cell("C001").written).toEqual([{ tag: "FIC-303.SP", value: 12.5 }]);
    run(0.1);
    const nodeId = await node(session, "L01.C001.FIC-303.SP");
    const shown = await session.read({ nodeId, attributeId: AttributeIds.Value });
    expect(shown.value.value).toBe(12.5);
    expect(shown.sourceTimestamp?.getTime()).toBe(now);
    expect(await write(session, "L01.C001.FIC-303.SP", DataType.Float, 4000)).toBe(StatusCodes.BadOutOfRange);
    expect(await write(session, "L01.C001.FIC-303.SP", DataType.Float, Number.NaN)).toBe(StatusCodes.BadInvalidArgument);
    expect(await write(session, "L01.C001.FIC-303.SP", DataType.String, "much")).toBe(StatusCodes.BadTypeMismatch);
    expect(await write(session, "L01.C001.TI-101", DataType.Float, 1000)).toBe(StatusCodes.BadNotWritable);
    const after = await session.read({ nodeId, attributeId: AttributeIds.Value });
    expect(after.value.value).toBe(12.5);
    expect(after.statusCode).toBe(StatusCodes.Good);
    expect(after.sourceTimestamp?.getTime()).toBe(now);
  });
});

test("a fault is ordered through the cell's method", async () => {
  await connected(operator, async (session) => {
    const order = async (text: string): Promise<unknown> => {
      const result = await session.call({
        objectId: await node(session, "L01.C003"),
        methodId: await node(session, "L01.C003.InjectFault"),
        inputArguments: [{ dataType: DataType.String, value: text }],
      });
      return JSON.parse(result.outputArguments?.[0]?.value);
    };
    expect(await order(JSON.stringify({ id: "f1", op: "start", kind: "feed_jam" }))).toMatchObject({ id: "f1", ok: true });
    expect(plcs.started).toMatchObject([{ id: "f1", kind: "feed_jam", cell: "C003" }]);
    expect(await order("garbage")).toMatchObject({ ok: false });
  });
});

test("a subscriber that asks for interval 0 gets every raw sample exactly once, by count and checksum", async () => {
  await connected(operator, async (session) => {
    const tags = [...plant.tags].filter((tag) => tag.line === "L01" && tag.owner !== "C003");
    const got = new Map<string, { count: number; checksum: number }>();
    const from = now;
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: 100,
      maxNotificationsPerPublish: 10_000,
      publishingEnabled: true,
    });
    const ids = await Promise.all(tags.map(async (tag) => node(session, tag.path.split(".").slice(2).join(".").replace(":", "."))));
    const group = await subscription.monitorItems(
      ids.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
      { samplingInterval: 0, queueSize: 200, discardOldest: true, filter: everySample },
      TimestampsToReturn.Both,
    );
    const heard = new Set<number>();
    group.on("changed", (_item, value: DataValue, index: number) => {
      heard.add(index);
      const time = value.sourceTimestamp?.getTime() ?? 0;
      if (time <= from) return;
      const path = tags[index]?.path as string;
      const sum = got.get(path) ?? { count: 0, checksum: 0 };
      got.set(path, { count: sum.count + 1, checksum: addHash(sum.checksum, sampleHash(time, numberOf(value), Quality.Good)) });
    });
    await until(() => heard.size === tags.length);
    const before = counters.tags();
    run(15);
    const after = counters.tags();
    const expected = new Map(
      tags.map(({ path }) => {
        const [a, b] = [before[path], after[path]];
        return [path, { count: (b?.count ?? 0) - (a?.count ?? 0), checksum: ((b?.checksum ?? 0) - (a?.checksum ?? 0)) >>> 0 }] as const;
      }),
    );
    const published = [...expected.values()].reduce((sum, { count }) => sum + count, 0);
    expect(published).toBeGreaterThan(2 * 15 * 15);
    await until(() => [...got.values()].reduce((sum, { count }) => sum + count, 0) >= published);
    for (const [path, want] of expected) if (want.count > 0) expect(got.get(path), path).toEqual(want);
    await subscription.terminate();
  });
});

const everySample = new DataChangeFilter({
  trigger: DataChangeTrigger.StatusValueTimestamp,
  deadbandType: DeadbandType.None,
  deadbandValue: 0,
});

function numberOf(value: DataValue): number {
  const { value: number } = value.value as { value: unknown };
  return number instanceof Date ? number.getTime() : Number(number);
}

async function until(holds: () => boolean, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error("it did not come about in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a cell off the network turns bad at once, and history gives back what was missed", async () => {
  await connected(operator, async (session) => {
    const nodeId = await node(session, "L01.C001.TI-101");
    const cell = plcs.cell("C001");
    cell.offline = true;
    run(0.1);
    const lostAt = now;
    const lost = await session.read({ nodeId, attributeId: AttributeIds.Value });
    expect(lost.statusCode).toBe(StatusCodes.BadCommunicationError);
    expect(lost.sourceTimestamp?.getTime()).toBe(lostAt);
    expect(await write(session, "L01.C001.FIC-303.SP", DataType.Float, 11)).toBe(StatusCodes.BadCommunicationError);
    run(10);
    const still = await session.read({ nodeId, attributeId: AttributeIds.Value });
    expect(still.statusCode).toBe(StatusCodes.BadCommunicationError);
    cell.offline = false;
    run(0.1);
    const back = await session.read({ nodeId, attributeId: AttributeIds.Value });
    expect(back.statusCode).toBe(StatusCodes.Good);
    const values = await history(session, nodeId, new Date(lostAt), new Date(now + 1));
    expect(values[0]?.statusCode).toBe(StatusCodes.BadCommunicationError);
    expect(values.filter((value) => value.statusCode === StatusCodes.Good).length).toBeGreaterThanOrEqual(10);
    const times = values.map((value) => value.sourceTimestamp?.getTime() ?? 0);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    const mode = await history(session, await node(session, "L01.C001.HS-910"), new Date(lostAt), new Date(now + 1));
    expect(mode.map((value) => [value.sourceTimestamp?.getTime(), value.statusCode])).toEqual([
      [lostAt, StatusCodes.BadCommunicationError],
      [now, StatusCodes.Good],
    ]);
  });
});

test("history comes in parts when asked for in parts, and backwards when asked for backwards", async () => {
  await connected(operator, async (session) => {
    const nodeId = await node(session, "L01.C002.TI-101");
    const [from, to] = [new Date(now - 20_050), new Date(now + 50)];
    const all = await history(session, nodeId, from, to);
    expect(all.length).toBeGreaterThan(10);
    expect((await history(session, nodeId, from, to, 4)).map(String)).toEqual(all.map(String));
    expect((await history(session, nodeId, to, from)).map(String)).toEqual([...all].reverse().map(String));
  });
});

/** Reads all parts. */
async function history(session: ClientSession, nodeId: string, startTime: Date, endTime: Date, numValuesPerNode = 0): Promise<DataValue[]> {
  const values: DataValue[] = [];
  let continuationPoint: Buffer | undefined;
  do {
    const response = await session.historyRead(
      new HistoryReadRequest({
        historyReadDetails: new ReadRawModifiedDetails({
          isReadModified: false,
          startTime,
          endTime,
          numValuesPerNode,
          returnBounds: false,
        }),
        timestampsToReturn: TimestampsToReturn.Both,
        releaseContinuationPoints: false,
        nodesToRead: [{ nodeId, ...(continuationPoint ? { continuationPoint } : {}) }],
      }),
    );
    const result = response.results?.[0];
    expect(result?.statusCode.isBad()).toBe(false);
    values.push(...((result?.historyData as unknown as { dataValues?: DataValue[] } | null)?.dataValues ?? []));
    continuationPoint = result?.continuationPoint?.length ? result.continuationPoint : undefined;
  } while (continuationPoint !== undefined);
  return values;
}

test("a sensor's bad word and a doubtful one arrive as their status codes", async () => {
  await connected(operator, async (session) => {
    plcs.cell("C002").set("TI-101", Number.NaN, Quality.Bad);
    plcs.cell("C002").set("TI-103", 1000, Quality.Uncertain);
    run(1);
    const read = async (tag: string) => session.read({ nodeId: await node(session, `L01.C002.${tag}`), attributeId: AttributeIds.Value });
    expect((await read("TI-101")).statusCode).toBe(StatusCodes.BadSensorFailure);
    expect((await read("TI-103")).statusCode).toBe(StatusCodes.UncertainLastUsableValue);
  });
});
