/** The simulator's OPC UA server as a client meets it that knows nothing of us but the address, a name and a password. Long because one server, started once, serves all its stories. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@cellhouse/shared";
import { PublishedCounters } from "@cellhouse/simulator/src/counters.ts";
import { FakePlant, onePlant } from "@cellhouse/simulator/src/publish/fake-plant.ts";
import { createOpcUaPublisher, type OpcUaPublisher } from "@cellhouse/simulator/src/publish/opcua/publisher.ts";
import fc from "fast-check";
import {
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  ClientSubscription,
  constructEventFilter,
  DataChangeFilter,
  DataChangeTrigger,
  DataType,
  type DataValue,
  DeadbandType,
  HistoryReadRequest,
  MessageSecurityMode,
  NodeClass,
  OPCUACertificateManager,
  OPCUAClient,
  ReadRawModifiedDetails,
  SecurityPolicy,
  type StatusCode,
  StatusCodes,
  TimestampsToReturn,
  UserTokenType,
  type Variant,
  VariantArrayType,
} from "node-opcua";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/processes.ts";

const folder = mkdtempSync(join(tmpdir(), "cellhouse-opcua-server-"));
const plant = onePlant(2, "opcua");
const plcs = new FakePlant(plant);
const cell = plcs.cell("C002");
const said: string[] = [];
let publisher: OpcUaPublisher;
let now = Math.floor(Date.now() / 1000) * 1000;
let certificates: OPCUACertificateManager;

function run(seconds: number): void {
  for (let k = 0; k < seconds * 10; k++) {
    now += 100;
    plcs.advance(now, 0.3);
    publisher.publish(now);
  }
}

function publisherOf(options: { data: string; host?: string; trust?: "listed" | "first"; anonymous?: "read" }): OpcUaPublisher {
  const { data, host = "127.0.0.1", trust = "listed", anonymous } = options;
  const own = anonymous === undefined ? plant : onePlant(2, "opcua", anonymous);
  const simulated = anonymous === undefined ? plcs : new FakePlant(own);
  const counters = new PublishedCounters(own);
  return createOpcUaPublisher({
    plant: own,
    simulated,
    counters,
    host,
    port: 0,
    data,
    password: "secret",
    mode: "raw",
    clock: systemClock,
    trust,
    say: (text) => said.push(text),
  });
}

beforeAll(async () => {
  for (const word of ["YS-901", "YS-902", "YS-903"]) for (const plc of plcs.cells) plc.set(word, 0);
  certificates = await certificatesIn("client");
  plcs.advance(now);
  publisher = publisherOf({ data: folder });
  await publisher.start();
  run(1);
});

afterAll(async () => {
  await publisher.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function certificatesIn(name: string): Promise<OPCUACertificateManager> {
  const rootFolder = join(folder, name);
  const manager = new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: true, disableFileWatchers: true });
  await manager.initialize();
  return manager;
}

interface Visit {
  user?: string;
  password?: string;
  url?: string | undefined;
  mode?: MessageSecurityMode;
  as?: OPCUACertificateManager;
}

async function visit<T>(
  { user, password = "secret", url = publisher.url, mode, as }: Visit,
  use: (s: ClientSession) => Promise<T>,
): Promise<T> {
  const securityMode = mode ?? MessageSecurityMode.SignAndEncrypt;
  const client = OPCUAClient.create({
    endpointMustExist: false,
    clientCertificateManager: as ?? certificates,
    connectionStrategy: { maxRetry: 0, initialDelay: 100 },
    securityMode,
    securityPolicy: securityMode === MessageSecurityMode.None ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
  });
  try {
    await client.connect((url as string).replace("0.0.0.0", "127.0.0.1"));
    const session = await client.createSession(
      user === undefined ? { type: UserTokenType.Anonymous } : { type: UserTokenType.UserName, userName: user, password },
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

const operator = { user: "cellhouse" };
const reader = { user: "reader" };
/** Index of the plant's namespace: read once, the same for all sessions. */
let ns = 0;
const id = (path: string): string => `ns=${ns};s=${path}`;

async function inPlant<T>(who: Visit, use: (session: ClientSession) => Promise<T>): Promise<T> {
  return visit(who, async (session) => {
    ns = (await session.readNamespaceArray()).indexOf("urn:cellhouse:electrolysis");
    return use(session);
  });
}

const value = async (session: ClientSession, nodeId: string): Promise<DataValue> =>
  session.read({ nodeId, attributeId: AttributeIds.Value });

async function attribute(session: ClientSession, nodeId: string, attributeId: AttributeIds): Promise<unknown> {
  return (await session.read({ nodeId, attributeId })).value.value as unknown;
}

async function children(session: ClientSession, nodeId: string, referenceTypeId = "HierarchicalReferences") {
  const result = await session.browse({
    nodeId,
    referenceTypeId,
    includeSubtypes: true,
    browseDirection: BrowseDirection.Forward,
    nodeClassMask: 0,
    resultMask: 63,
  });
  return result.references ?? [];
}

async function property(session: ClientSession, nodeId: string, name: string): Promise<unknown> {
  const found = (await children(session, nodeId, "HasProperty")).find(({ browseName }) => browseName.name === name);
  return found === undefined ? undefined : (await value(session, found.nodeId.toString())).value.value;
}

test("only Basic256Sha256 with a name and a password is offered, under a certificate that says who this is", async () => {
  const client = OPCUAClient.create({ endpointMustExist: false, clientCertificateManager: certificates });
  await client.connect(publisher.url as string);
  const endpoints = await client.getEndpoints();
  await client.disconnect();
  const open = endpoints.filter(({ securityMode }) => securityMode === MessageSecurityMode.None);
  expect(open.flatMap(({ userIdentityTokens }) => userIdentityTokens ?? [])).toEqual([]);
  const offered = endpoints.filter(({ securityMode }) => securityMode !== MessageSecurityMode.None);
  expect(offered.map(({ securityMode }) => securityMode).sort()).toEqual([MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt]);
  for (const { securityPolicyUri, userIdentityTokens, serverCertificate } of offered) {
    expect(securityPolicyUri).toBe(SecurityPolicy.Basic256Sha256);
    expect(userIdentityTokens?.map(({ tokenType }) => tokenType)).not.toContain(UserTokenType.Anonymous);
    const certificate = new X509Certificate(serverCertificate as Buffer);
    expect(certificate.subjectAltName).toContain("URI:urn:cellhouse:simulator");
    expect(certificate.subjectAltName).toMatch(/DNS:|IP Address:/);
    expect(Date.parse(certificate.validFrom)).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 365 * 86_400_000);
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBeGreaterThanOrEqual(2048);
  }
});

test("nobody comes in without security, without a name, with a strange name or a wrong password", async () => {
  const inside = async (): Promise<string> => "in";
  await expect(visit({ mode: MessageSecurityMode.None, ...operator }, inside)).rejects.toThrow();
  await expect(visit({}, inside)).rejects.toThrow();
  await expect(visit({ user: "edge-L01" }, inside)).rejects.toThrow();
  await expect(visit({ ...reader, password: "wrong" }, inside)).rejects.toThrow();
  await expect(visit({ ...reader, mode: MessageSecurityMode.Sign }, inside)).resolves.toBe("in");
});

test("the types can be browsed, and each cell has what its type promises", async () => {
  await inPlant(reader, async (session) => {
    const type = await children(session, id("ElectrolysisCellType"));
    const rules = await Promise.all(
      type.map(async ({ browseName, nodeId }) => {
        const [rule] = await children(session, nodeId.toString(), "HasModellingRule");
        return [browseName.name, rule?.browseName.name] as const;
      }),
    );
    expect(Object.fromEntries(rules)).toMatchObject({ "TI-101": "Mandatory", Order: "Mandatory", InjectFault: "Optional" });
    expect(rules.every(([, rule]) => rule === "Mandatory" || rule === "Optional")).toBe(true);
    const instance = new Set((await children(session, id("L01.C002"))).map(({ browseName }) => browseName.name));
    for (const [name, rule] of rules) if (rule === "Mandatory") expect(instance, String(name)).toContain(name);
    for (const [node, typeName] of [
      ["L01.C002", "ElectrolysisCellType"],
      ["L01", "ElectrolysisLineType"],
    ] as const) {
      const [definition] = await children(session, id(node), "HasTypeDefinition");
      expect(definition?.browseName.name).toBe(typeName);
    }
  });
});

test("a variable says what it is: unit, range, states, precision, how it is sampled and what may be done with it", async () => {
  await inPlant(reader, async (session) => {
    expect(await property(session, id("L01.C002.TI-101"), "EngineeringUnits")).toMatchObject({
      unitId: 4408652,
      displayName: { text: "°C" },
    });
    expect(await property(session, id("L01.C002.TI-101"), "EURange")).toMatchObject({ low: 600, high: 1300 });
    expect(await property(session, id("L01.C002.EI-201"), "ValuePrecision")).toBe(2);
    expect(await property(session, id("L01.C002.JQ-205"), "EngineeringUnits")).toMatchObject({ unitId: 4937544 });
    expect(await property(session, id("L01.C002.JQ-205"), "EURange")).toBeUndefined();
    expect(await property(session, id("L01.C002.XS-209"), "TrueState")).toMatchObject({ text: "Anode effect" });
    const modes = (await property(session, id("L01.C002.HS-910"), "EnumStrings")) as { text: string }[];
    expect(modes.map(({ text }) => text)).toEqual(["OFF", "MAN", "AUTO", "CASCADE"]);
    expect(await attribute(session, id("L01.C002.TI-101"), AttributeIds.MinimumSamplingInterval)).toBe(0);
    expect(await attribute(session, id("L01.C002.TI-101"), AttributeIds.Historizing)).toBe(true);
    expect(await attribute(session, id("L01.C002.TI-101"), AttributeIds.Description)).toMatchObject({
      text: expect.stringContaining("Bath"),
    });
    const [analog] = await children(session, id("L01.C002.TI-101"), "HasTypeDefinition");
    expect(analog?.browseName.name).toBe("AnalogUnitRangeType");
  });
});

const CURRENT_WRITE = 2;
const HARMLESS = new Set(["ConditionRefresh", "ConditionRefresh2", "GetMonitoredItems", "ResendData"]);

/** All nodes below the root, each once. */
async function everyNode(session: ClientSession): Promise<{ nodeId: string; name: string; nodeClass: NodeClass }[]> {
  const found = new Map([["i=84", { nodeId: "i=84", name: "Root", nodeClass: NodeClass.Object }]]);
  let edge = ["i=84"];
  while (edge.length > 0) {
    const results = [];
    for (let k = 0; k < edge.length; k += 500)
      results.push(
        ...(await session.browse(
          edge
            .slice(k, k + 500)
            .map((nodeId) => ({ nodeId, referenceTypeId: "i=33", includeSubtypes: true, nodeClassMask: 0, resultMask: 63 })),
        )),
      );
    edge = [];
    for (const { nodeId, browseName, nodeClass } of results.flatMap(({ references }) => references ?? [])) {
      if (found.has(nodeId.toString())) continue;
      found.set(nodeId.toString(), { nodeId: nodeId.toString(), name: browseName.name ?? "", nodeClass });
      edge.push(nodeId.toString());
    }
  }
  return [...found.values()];
}

async function whatMayBeDone(session: ClientSession): Promise<{ writable: string[]; callable: string[]; nodes: number }> {
  const nodes = await everyNode(session);
  const of = async (nodeClass: NodeClass, attributeId: AttributeIds, may: (value: unknown) => boolean): Promise<string[]> => {
    const some = nodes.filter((node) => node.nodeClass === nodeClass);
    const values = await session.read(some.map(({ nodeId }) => ({ nodeId, attributeId })));
    return some.filter((_, i) => may((values[i] as DataValue).value.value)).map(({ name }) => name);
  };
  return {
    writable: await of(NodeClass.Variable, AttributeIds.UserAccessLevel, (level) => (Number(level) & CURRENT_WRITE) !== 0),
    callable: await of(NodeClass.Method, AttributeIds.UserExecutable, (executable) => executable === true),
    nodes: nodes.length,
  };
}

test("of all nodes there are, a reader may write none and call only what changes nothing", async () => {
  const { writable, callable, nodes } = await inPlant(reader, whatMayBeDone);
  expect(nodes).toBeGreaterThan(3000);
  expect(writable).toEqual([]);
  expect(callable.filter((name) => !HARMLESS.has(name))).toEqual([]);
});

test("an operator may write what the PLC takes and nothing of the server's own", async () => {
  const { writable, callable } = await inPlant(operator, whatMayBeDone);
  expect(new Set(writable).has("FIC-303.SP")).toBe(true);
  expect(writable.filter((name) => !/^(\w+IC-\d+\.|HS-91|YC-906)/.test(name))).toEqual([]);
  expect(new Set(callable)).toEqual(new Set([...HARMLESS, "Acknowledge", "AddComment", "Order", "InjectFault"]));
});

test("where the plant file lets anonymous clients read, they may do as little as a reader", async () => {
  const open = publisherOf({ data: join(folder, "open"), anonymous: "read" });
  await open.start();
  try {
    const { writable, callable } = await inPlant({ url: open.url }, whatMayBeDone);
    expect(writable).toEqual([]);
    expect(callable.filter((name) => !HARMLESS.has(name))).toEqual([]);
    await inPlant({ url: open.url }, async (session) => {
      expect(await write(session, "L01.C001.FIC-303.SP", 10)).toBe(StatusCodes.BadUserAccessDenied);
      expect(await property(session, id("L01.C001.TI-101"), "EURange")).toMatchObject({ low: 600 });
    });
  } finally {
    await open.stop();
  }
});

async function write(session: ClientSession, path: string, number: number) {
  return session.write({
    nodeId: id(path),
    attributeId: AttributeIds.Value,
    value: { value: { dataType: DataType.Float, value: number } },
  });
}

test("a plain write is judged by its value, and a reader's not at all", async () => {
  cell.written.length = 0;
  await inPlant(operator, async (session) => {
    expect(await write(session, "L01.C002.FIC-303.SP", 12.5)).toBe(StatusCodes.Good);
    expect(await write(session, "L01.C002.FIC-303.SP", 4000)).toBe(StatusCodes.BadOutOfRange);
    expect(await write(session, "L01.C002.TI-101", 1000)).toBe(StatusCodes.BadNotWritable);
  });
  await inPlant(reader, async (session) => {
    expect(await write(session, "L01.C002.FIC-303.SP", 11)).toBe(StatusCodes.BadUserAccessDenied);
    const property = (await children(session, id("L01.C002.FIC-303.SP"), "HasProperty")).map(({ nodeId }) => nodeId);
    for (const nodeId of property) {
      const status = await session.write({
        nodeId,
        attributeId: AttributeIds.Value,
        value: { value: { dataType: DataType.Double, value: 1 } },
      });
      expect(status.isBad()).toBe(true);
    }
  });
  expect(cell.written).toEqual([{ tag: "FIC-303.SP", value: 12.5 }]);
});

interface OrderArguments {
  tag?: string;
  value?: number;
  seq?: number;
  at?: Date;
}

function orderArguments({ tag = "FIC-303.SP", value = 11, seq = 7, at = new Date(now) }: OrderArguments) {
  return [
    { dataType: DataType.String, value: tag },
    { dataType: DataType.Double, value },
    { dataType: DataType.UInt32, value: seq },
    { dataType: DataType.String, value: "ann" },
    { dataType: DataType.DateTime, value: at },
    { dataType: DataType.UInt32, value: 3 },
  ];
}

async function order(session: ClientSession, inputArguments: { dataType: DataType; value: unknown }[]) {
  const result = await session.call({ objectId: id("L01.C002"), methodId: id("L01.C002.Order"), inputArguments });
  const [code, detail] = (result.outputArguments ?? []) as Variant[];
  return { status: result.statusCode, code: code?.value as unknown, detail: detail?.value as unknown };
}

test("an order reaches the PLC with who wants it, when, its number and its token, and the PLC's word comes back", async () => {
  cell.written.length = 0;
  await inPlant(operator, async (session) => {
    expect(await order(session, orderArguments({}))).toEqual({ status: StatusCodes.Good, code: 0, detail: "" });
    expect(await order(session, orderArguments({ value: 4000 }))).toMatchObject({ code: 2, detail: expect.stringContaining("FIC-303.SP") });
    expect((await order(session, orderArguments({}).slice(1))).status).toBe(StatusCodes.BadArgumentsMissing);
    const wrong = orderArguments({}).with(2, { dataType: DataType.String, value: "seven" });
    expect((await order(session, wrong as never)).status).toBe(StatusCodes.BadTypeMismatch);
    const inputs = (await property(session, id("L01.C002.Order"), "InputArguments")) as { name: string; description: { text: string } }[];
    expect(inputs.map(({ name, description }) => [name, description.text.length > 0])).toEqual(
      ["Tag", "Value", "Seq", "User", "At", "Token"].map((name) => [name, true]),
    );
  });
  await inPlant(reader, async (session) => {
    expect((await order(session, orderArguments({}))).status).toBe(StatusCodes.BadUserAccessDenied);
  });
  expect(cell.written).toEqual([{ tag: "FIC-303.SP", value: 11, order: { seq: 7, user: "ann", at: now, token: 3 } }]);
});

const anyVariant = fc.oneof(
  fc.double().map((value) => ({ dataType: DataType.Double, value })),
  fc.double().map((value) => ({ dataType: DataType.Float, value: Math.fround(value) })),
  fc.nat(0xffffffff).map((value) => ({ dataType: DataType.UInt32, value })),
  fc.boolean().map((value) => ({ dataType: DataType.Boolean, value })),
  fc.string({ maxLength: 300 }).map((value) => ({ dataType: DataType.String, value })),
  fc.date({ noInvalidDate: true }).map((value) => ({ dataType: DataType.DateTime, value })),
  fc.uint8Array().map((bytes) => ({ dataType: DataType.ByteString, value: Buffer.from(bytes) })),
  fc.array(fc.double()).map((value) => ({ dataType: DataType.Double, arrayType: VariantArrayType.Array, value })),
  fc.constant({ dataType: DataType.Null, value: null }),
);
const someTags = fc.constantFrom("FIC-303.SP", "HS-910", "YC-906", "TI-101", "XS-209", "KI-907");

test("whatever is written or called, the server answers, goes on, and hands the PLC nothing but numbers in range", async () => {
  cell.written.length = 0;
  await inPlant(operator, async (session) => {
    const writing = fc.asyncProperty(someTags, anyVariant, async (tag, variant) => {
      const status = await session.write({ nodeId: id(`L01.C002.${tag}`), attributeId: AttributeIds.Value, value: { value: variant } });
      expect(status.name).not.toBe("BadInternalError");
    });
    await fc.assert(writing, { numRuns: 150 });
    const likely = fc
      .tuple(someTags, fc.double(), fc.nat(), fc.string(), fc.date({ noInvalidDate: true }), fc.nat())
      .map(([tag, value, seq, user, at, token]) => [
        { dataType: DataType.String, value: tag },
        { dataType: DataType.Double, value },
        { dataType: DataType.UInt32, value: seq },
        { dataType: DataType.String, value: user },
        { dataType: DataType.DateTime, value: at },
        { dataType: DataType.UInt32, value: token },
      ]);
    const calling = fc.asyncProperty(fc.oneof(likely, fc.array(anyVariant, { maxLength: 8 })), async (inputs) => {
      const { status } = await order(session, inputs);
      expect(status.name).not.toBe("BadInternalError");
    });
    await fc.assert(calling, { numRuns: 150 });
  });
  for (const { tag, value: number } of cell.written) {
    const [low, high] = cell.definitions[cell.index(tag)]?.range ?? [];
    expect(number).toBeGreaterThanOrEqual(low as number);
    expect(number).toBeLessThanOrEqual(high as number);
  }
});

test("a fault is injected by an operator only", async () => {
  const call = (session: ClientSession) =>
    session.call({
      objectId: id("L01.C002"),
      methodId: id("L01.C002.InjectFault"),
      inputArguments: [{ dataType: DataType.String, value: JSON.stringify({ id: "f9", op: "start", kind: "feed_jam" }) }],
    });
  expect((await inPlant(reader, call)).statusCode).toBe(StatusCodes.BadUserAccessDenied);
  expect(plcs.started).toEqual([]);
  const result = await inPlant(operator, call);
  expect(JSON.parse(result.outputArguments?.[0]?.value)).toMatchObject({ id: "f9", ok: true });
});

test("a subscription hands over every sample, and a deadband in percent of the range thins them out", async () => {
  await inPlant(reader, async (session) => {
    const subscription = await session.createSubscription2({ requestedPublishingInterval: 50, publishingEnabled: true });
    const heard: Record<string, number> = { all: 0, thin: 0 };
    for (const [name, deadbandType, deadbandValue] of [
      ["all", DeadbandType.None, 0],
      ["thin", DeadbandType.Percent, 1],
    ] as const) {
      const filter = new DataChangeFilter({ trigger: DataChangeTrigger.StatusValue, deadbandType, deadbandValue });
      const item = await subscription.monitor(
        { nodeId: id("L01.C002.TI-101"), attributeId: AttributeIds.Value },
        { samplingInterval: 0, queueSize: 200, discardOldest: true, filter },
        TimestampsToReturn.Both,
      );
      item.on("changed", () => {
        heard[name] = (heard[name] as number) + 1;
      });
    }
    await until("first values", () => heard.all === 1 && heard.thin === 1);
    run(100);
    await until("all samples", () => heard.all === 101);
    // 0.15 degrees a second against 1 % of 700 degrees.
    expect(heard.thin).toBeGreaterThan(1);
    expect(heard.thin).toBeLessThan(6);
    await subscription.terminate();
  });
});

test("history comes in parts, with its bounds where asked for, and the rest can be let go", async () => {
  await inPlant(reader, async (session) => {
    run(30);
    const nodeId = id("L01.C002.TI-101");
    const read = async (numValuesPerNode: number, continuationPoint?: Buffer, releaseContinuationPoints = false) => {
      const historyReadDetails = new ReadRawModifiedDetails({
        startTime: new Date(now - 20_050),
        endTime: new Date(now + 60_000),
        numValuesPerNode,
        returnBounds: true,
      });
      const nodesToRead = [{ nodeId, ...(continuationPoint && { continuationPoint }) }];
      const request = new HistoryReadRequest({
        historyReadDetails,
        nodesToRead,
        releaseContinuationPoints,
        timestampsToReturn: TimestampsToReturn.Source,
      });
      const result = (await session.historyRead(request)).results?.[0];
      const values = (result?.historyData as unknown as { dataValues?: DataValue[] } | null)?.dataValues ?? [];
      return { status: result?.statusCode, values, point: result?.continuationPoint as Buffer | undefined };
    };
    const whole = await read(0);
    expect(whole.values).toHaveLength(23);
    expect(whole.values[0]?.sourceTimestamp?.getTime()).toBeLessThan(now - 20_050);
    expect(whole.values.at(-1)?.statusCode).toBe(StatusCodes.BadBoundNotFound);
    const first = await read(5);
    const second = await read(5, first.point);
    expect([...first.values, ...second.values].map(String)).toEqual(whole.values.slice(0, 10).map(String));
    const released = await read(5, second.point, true);
    expect(released).toMatchObject({ values: [] });
    expect((await read(5, Buffer.from("not ours"))).status).toBe(StatusCodes.BadContinuationPointInvalid);
  });
});

interface Heard {
  condition: string;
  name: string;
  active: boolean;
  acked: boolean;
  retain: boolean;
  severity: number;
  message: string;
  source: string;
  eventId: Buffer;
  comment: string | null;
  quality: number;
}

const FIELDS = [
  "ConditionName",
  "ActiveState.Id",
  "AckedState.Id",
  "Retain",
  "Severity",
  "Message",
  "SourceName",
  "EventId",
  "Comment",
  "ConditionId",
  "Quality",
];

async function listen(session: ClientSession): Promise<{ events: Heard[]; subscription: ClientSubscription }> {
  const events: Heard[] = [];
  const subscription = ClientSubscription.create(session, { requestedPublishingInterval: 50, publishingEnabled: true });
  const item = await subscription.monitor(
    { nodeId: "i=2253", attributeId: AttributeIds.EventNotifier },
    { samplingInterval: 0, queueSize: 100, discardOldest: true, filter: constructEventFilter(FIELDS) },
    TimestampsToReturn.Both,
  );
  item.on("changed", (fields: unknown) => {
    const [name, active, acked, retain, severity, message, source, eventId, comment, condition, quality] = (fields as Variant[]).map(
      (f) => f.value,
    );
    // Refresh start and end have no condition.
    if (typeof name !== "string") return;
    const text = (field: { text: string | null } | null): string | null => field?.text ?? null;
    events.push({
      name,
      active,
      acked,
      retain,
      severity,
      source,
      eventId,
      condition: String(condition),
      quality: (quality as StatusCode).value,
      message: text(message) ?? "",
      comment: text(comment),
    });
  });
  return { events, subscription };
}

const refresh = (session: ClientSession, subscription: ClientSubscription) =>
  session.call({
    objectId: "i=2782",
    methodId: "i=3875",
    inputArguments: [{ dataType: DataType.UInt32, value: subscription.subscriptionId }],
  });

const acknowledge = (session: ClientSession, event: Heard, methodId: string) =>
  session.call({
    objectId: event.condition,
    methodId,
    inputArguments: [
      { dataType: DataType.ByteString, value: event.eventId },
      { dataType: DataType.LocalizedText, value: { text: "seen, rodding out" } },
    ],
  });

const FEED_JAM = 1;
const ACKNOWLEDGE_OF_THE_TYPE = "i=9111";

test("the PLC's alarms are conditions: raised, refreshed, acknowledged with a comment by an operator, over", async () => {
  await inPlant(operator, async (session) => {
    const { events, subscription } = await listen(session);
    await until("the subscription", () => subscription.subscriptionId > 0);
    cell.set("YS-902", FEED_JAM);
    run(0.1);
    const raised = await until("the alarm", () => events[0]);
    expect(raised).toMatchObject({
      name: "FeederJam",
      active: true,
      acked: false,
      retain: true,
      severity: 700,
      source: expect.stringContaining("C002"),
    });
    expect(raised.message).toContain("Feeder jammed");
    events.length = 0;
    expect((await refresh(session, subscription)).statusCode).toBe(StatusCodes.Good);
    expect(await until("the refresh", () => events[0])).toMatchObject({ name: "FeederJam", active: true, acked: false });

    await inPlant(reader, async (other) => {
      for (const method of [ACKNOWLEDGE_OF_THE_TYPE, `${raised.condition}.Acknowledge`])
        expect((await acknowledge(other, raised, method)).statusCode.isBad()).toBe(true);
    });
    const stranger = { ...raised, eventId: Buffer.from("no such event") };
    expect((await acknowledge(session, stranger, ACKNOWLEDGE_OF_THE_TYPE)).statusCode).toBe(StatusCodes.BadEventIdUnknown);
    events.length = 0;
    expect((await acknowledge(session, raised, ACKNOWLEDGE_OF_THE_TYPE)).statusCode).toBe(StatusCodes.Good);
    await until("the acknowledgement", () => events.at(-1)?.retain === true && events.at(-1)?.acked === true);
    expect(events.at(-1)).toMatchObject({ active: true, comment: "seen, rodding out" });

    events.length = 0;
    cell.offline = true;
    run(0.1);
    cell.offline = false;
    run(0.1);
    await until("the loss and the return of the PLC", () => events.length === 2);
    expect(events.map(({ active, quality }) => [active, quality])).toEqual([
      [true, StatusCodes.BadCommunicationError.value],
      [true, StatusCodes.Good.value],
    ]);

    events.length = 0;
    cell.set("YS-902", 0);
    run(0.1);
    expect(await until("the end", () => events[0])).toMatchObject({ active: false, acked: true, retain: false });
    await subscription.terminate();
  });
});

test("what was over before anybody noticed stays until it is acknowledged; the interlock names itself", async () => {
  await inPlant(operator, async (session) => {
    const { events, subscription } = await listen(session);
    await until("the subscription", () => subscription.subscriptionId > 0);
    cell.set("YS-903", 2);
    run(0.1);
    cell.set("YS-903", 0);
    run(0.1);
    const over = await until("both", () => events[1]);
    expect(events[0]).toMatchObject({ name: "Interlock", active: true, message: expect.stringContaining("I-2"), severity: 900 });
    expect(over).toMatchObject({ active: false, acked: false, retain: true });
    expect((await acknowledge(session, over, ACKNOWLEDGE_OF_THE_TYPE)).statusCode).toBe(StatusCodes.Good);
    expect(await until("the acknowledgement", () => events.slice(2).find(({ acked }) => acked))).toMatchObject({ retain: false });
    await subscription.terminate();
  });
});

test("beyond loopback a client's certificate must be listed, or be the first one met", async () => {
  const data = join(folder, "network");
  const strict = publisherOf({ data, host: "0.0.0.0" });
  await strict.start();
  const inside = async (): Promise<string> => "in";
  await expect(visit({ ...operator, url: strict.url }, inside)).rejects.toThrow();
  await expect(visit({ ...operator, url: strict.url }, inside)).rejects.toThrow();
  await strict.stop();
  expect(said).toEqual([expect.stringMatching(/refused a client's certificate \(.+\); to admit it, move it to .+trusted\/certs$/)]);
  expect(readdirSync(join(data, "opcua-simulator/server/rejected"))).toHaveLength(1);

  const first = publisherOf({ data: join(folder, "first"), host: "0.0.0.0", trust: "first" });
  await first.start();
  try {
    await expect(visit({ ...operator, url: first.url }, inside)).resolves.toBe("in");
    await expect(visit({ ...operator, url: first.url }, inside)).resolves.toBe("in");
    await expect(visit({ ...operator, url: first.url, as: await certificatesIn("second") }, inside)).rejects.toThrow();
  } finally {
    await first.stop();
  }
});
