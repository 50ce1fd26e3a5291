/** A small real OPC UA server for tests: one line, the plant's own node ids, one user, history in memory. Runs in a process of its own when started by node. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPlant, type Plant } from "@cellhouse/shared";
import {
  type AddressSpace,
  DataType,
  DataValue,
  type ISessionContext,
  MessageSecurityMode,
  makeRoles,
  type Namespace,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type StatusCode,
  StatusCodes,
  type UAObject,
  type UAVariable,
  Variant,
} from "node-opcua";
import { plantFile } from "./ingest-support.ts";

const TYPES = { f32: DataType.Float, f64: DataType.Double, u32: DataType.UInt32, bool: DataType.Boolean, ms: DataType.DateTime } as const;

/** One cell on one OPC UA line. */
export function opcuaPlant(): Plant {
  const { description } = plantFile("single");
  return buildPlant({ ...description, lines: description.lines.map((line) => ({ ...line, protocol: "opcua" as const })) });
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  set(tag: string, value: number, time?: number, status?: StatusCode): void;
  /** Since its start. */
  subscriptionsMade(): number;
  stop(): Promise<void>;
}

export async function startServer(options: { password: string; port?: number; history?: boolean }): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "cellhouse-opcua-"));
  const certificates = async (name: string): Promise<OPCUACertificateManager> => {
    const manager = new OPCUACertificateManager({
      rootFolder: join(folder, name),
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    });
    await manager.initialize();
    return manager;
  };
  const server = new OPCUAServer({
    port: options.port ?? 0,
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    resourcePath: "/cellhouse",
    nodesets: [nodesets.standard],
    securityPolicies: [SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: false,
    userManager: {
      isValidUser: (user: string, given: string) => user === "cellhouse" && given === options.password,
      getUserRoles: () => makeRoles("AuthenticatedUser;Operator"),
    },
    serverCertificateManager: await certificates("server"),
    userCertificateManager: await certificates("users"),
    isAuditing: false,
    // An item with sampling interval 0 then gets every sample, not one per 50 ms.
    serverCapabilities: { minSupportedSampleRate: 0 },
  });
  await server.initialize();
  const variables = build(server.engine.addressSpace as AddressSpace, options.history ?? true);
  await server.start();
  const url = server.getEndpointUrl();
  return {
    url,
    port: Number(new URL(url.replace("opc.tcp:", "http:")).port),
    set(tag, value, time = Date.now(), status = StatusCodes.Good) {
      const [variable, type] = variables.get(tag) as [UAVariable, DataType];
      const wire = type === DataType.Boolean ? value !== 0 : type === DataType.DateTime ? new Date(value) : value;
      variable.setValueFromSource(new Variant({ dataType: type, value: wire }), status, new Date(time));
    },
    subscriptionsMade: () => server.engine.cumulatedSubscriptionCount,
    async stop() {
      await server.shutdown(0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function build(space: AddressSpace, history: boolean): Map<string, [UAVariable, DataType]> {
  const namespace = space.registerNamespace("urn:cellhouse:electrolysis");
  const cell = opcuaPlant().cells[0];
  const variables = new Map<string, [UAVariable, DataType]>();
  if (cell === undefined) return variables;
  const line = namespace.addFolder(space.rootFolder.objects, { browseName: "L01", nodeId: "s=L01" });
  const object = namespace.addObject({ organizedBy: line, browseName: cell.id, nodeId: `s=L01.${cell.id}` });
  for (const { definition } of cell.tags.values()) {
    const type = TYPES[definition.type];
    const nodeId = `s=L01.${cell.id}.${definition.name}`;
    const variable = namespace.addVariable({
      componentOf: object,
      browseName: definition.name,
      nodeId,
      dataType: type,
      minimumSamplingInterval: 0,
    });
    variable.setValueFromSource({
      dataType: type,
      value: type === DataType.Boolean ? false : type === DataType.DateTime ? new Date() : definition.range[0],
    });
    if (history) space.installHistoricalDataNode(variable, { maxOnlineValues: 5000 });
    variables.set(definition.name, [variable, type]);
  }
  const still = new DataValue({ value: new Variant({ dataType: DataType.Float, value: 1050 }), sourceTimestamp: new Date() });
  variables
    .get("TIC-101.SP")?.[0]
    .bindVariable({ timestamped_get: () => still, timestamped_set: async (_written: DataValue) => StatusCodes.BadOutOfRange }, true);
  addDoor(namespace, object);
  return variables;
}

function addDoor(namespace: Namespace, object: UAObject): void {
  const text = (name: string) => ({ name, description: { text: name }, dataType: DataType.String });
  const method = namespace.addMethod(object, {
    browseName: "InjectFault",
    nodeId: "s=L01.C001.InjectFault",
    inputArguments: [text("order")],
    outputArguments: [text("result")],
  });
  method.bindMethod(async (inputs: Variant[], _context: ISessionContext) => {
    const order = JSON.parse(String(inputs[0]?.value)) as { id: string; kind: string };
    const ok = order.kind === "feeder_jam";
    return {
      statusCode: StatusCodes.Good,
      outputArguments: [
        { dataType: DataType.String, value: JSON.stringify({ id: order.id, ok, detail: ok ? "started" : `no fault ${order.kind}` }) },
      ],
    };
  });
}
