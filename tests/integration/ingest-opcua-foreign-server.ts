/** OPC UA servers that never heard of us: other namespaces, node ids, types and users, and little they take at once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AddressSpace,
  DataType,
  MessageSecurityMode,
  makeRoles,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type StatusCode,
  StatusCodes,
  type UAVariable,
  Variant,
  VariantArrayType,
} from "node-opcua";

export interface ForeignServer {
  readonly url: string;
  readonly port: number;
  set(node: string, value: unknown, options?: { time?: number | null; status?: StatusCode }): void;
  read(node: string): unknown;
  stop(): Promise<void>;
}

/** Starts a server whose address space `build` fills. */
export async function startForeign(
  user: { name: string; password: string },
  build: (space: AddressSpace) => Map<string, UAVariable>,
): Promise<ForeignServer> {
  const folder = mkdtempSync(join(tmpdir(), "foreign-opcua-"));
  const certificates = async (name: string): Promise<OPCUACertificateManager> => {
    const rootFolder = join(folder, name);
    const manager = new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: true, disableFileWatchers: true });
    await manager.initialize();
    return manager;
  };
  const server = new OPCUAServer({
    port: 0,
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    resourcePath: "/UA/Potline",
    nodesets: [nodesets.standard],
    serverInfo: { applicationUri: "urn:acme:potline:server", applicationName: { text: "Acme Potline" } },
    securityPolicies: [SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: false,
    userManager: {
      isValidUser: (name: string, password: string) => name === user.name && password === user.password,
      getUserRoles: () => makeRoles("AuthenticatedUser;Operator"),
    },
    serverCertificateManager: await certificates("server"),
    userCertificateManager: await certificates("users"),
    isAuditing: false,
    serverCapabilities: {
      operationLimits: {
        maxMonitoredItemsPerCall: 7,
        maxNodesPerRead: 10,
        maxNodesPerWrite: 2,
        maxNodesPerBrowse: 3,
        maxNodesPerHistoryReadData: 3,
      },
    },
  });
  await server.initialize();
  const variables = build(server.engine.addressSpace as AddressSpace);
  await server.start();
  const url = server.getEndpointUrl();
  const named = (name: string): UAVariable => variables.get(name) as UAVariable;
  return {
    url,
    port: Number(new URL(url.replace("opc.tcp:", "http:")).port),
    set(name, value, { time = Date.now(), status = StatusCodes.Good } = {}) {
      const { dataType } = named(name).readValue().value;
      const stamp = time === null ? undefined : new Date(time);
      named(name).setValueFromSource(new Variant({ dataType, arrayType: VariantArrayType.Scalar, value }), status, stamp);
    },
    read: (name) => named(name).readValue().value.value as unknown,
    async stop() {
      await server.shutdown(0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `s=Pot.<n>.<what>` under a namespace of its own; temperatures in tenths of a degree as 16-bit integers. */
export function potline(pots: number): (space: AddressSpace) => Map<string, UAVariable> {
  return (space) => {
    const namespace = space.registerNamespace("urn:acme:potline");
    const variables = new Map<string, UAVariable>();
    const folder = namespace.addFolder(space.rootFolder.objects, { browseName: "Potline" });
    for (let n = 1; n <= pots; n++) {
      const pot = namespace.addObject({ organizedBy: folder, browseName: `Pot${n}` });
      const add = (what: string, dataType: DataType, value: unknown): void => {
        const variable = namespace.addVariable({ componentOf: pot, browseName: what, nodeId: `s=Pot.${n}.${what}`, dataType });
        variable.setValueFromSource({ dataType, arrayType: VariantArrayType.Scalar, value });
        variables.set(`${n}.${what}`, variable);
      };
      add("BathTemp", DataType.Int16, 10_500);
      add("Volts", DataType.Double, 9.9);
      add("Charge", DataType.UInt64, [0, 1000]);
      add("FeedSetpoint", DataType.UInt16, 90);
      add("Name", DataType.String, "pot");
      add("Noise", DataType.Float, 50);
    }
    return variables;
  };
}

/** Our own cell type as a vendor may have built it: derived, with numeric ids, deep in an address space of its own. */
export function vendorCells(cells: readonly string[]): (space: AddressSpace) => Map<string, UAVariable> {
  return (space) => {
    const namespace = space.registerNamespace("urn:cellhouse:electrolysis");
    const vendor = space.registerNamespace("urn:vendor:cells");
    const base = namespace.addObjectType({ browseName: "ElectrolysisCellType" });
    const type = vendor.addObjectType({ browseName: "VendorCellType", subtypeOf: base });
    const variables = new Map<string, UAVariable>();
    const plant = vendor.addObject({ organizedBy: space.rootFolder.objects, browseName: "Plant" });
    const hall = vendor.addObject({ componentOf: plant, browseName: "Hall 7" });
    for (const cell of cells) {
      const object = type.instantiate({ browseName: cell, componentOf: hall, namespace: vendor });
      for (const tag of ["TI-101", "YC-905", "FIC-303.SP"]) {
        const dataType = tag === "YC-905" ? DataType.UInt32 : DataType.Float;
        const variable = vendor.addVariable({ componentOf: object, browseName: tag, dataType, minimumSamplingInterval: 0 });
        variable.setValueFromSource({ dataType, value: tag === "YC-905" ? 1 : 1000 });
        variables.set(`${cell}.${tag}`, variable);
      }
    }
    return variables;
  };
}
