/** The OPC UA lines of a plant behind one server: endpoint, security, accounts. */
import { createHash, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import type { Plant } from "@cellhouse/shared";
import {
  LogLevel,
  MessageSecurityMode,
  makeRoles,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  setLogLevel,
} from "node-opcua";
import type { Publisher, SimulatedPlant } from "../../contracts.ts";
import { listenFault } from "../../listen-fault.ts";
import type { PublishMode } from "../sampler.ts";
import { buildAddressSpace } from "./address-space.ts";
import type { Counting, PlcNode } from "./plc-node.ts";

export interface OpcUaOptions {
  plant: Plant;
  simulated: SimulatedPlant;
  host: string;
  /** 0: a free one. */
  port: number;
  /** Data folder; the certificates live in its `opcua-simulator` folder. */
  data: string;
  /** Of the user `cellhouse`. */
  password: string;
  mode: PublishMode;
  counters: Counting;
  say(text: string): void;
}

export interface OpcUaPublisher extends Publisher {
  /** Known once started; undefined where the plant has no OPC UA line. */
  readonly url: string | undefined;
}

const USER = "cellhouse";
const CAPABILITIES = {
  // An item that asks for sampling interval 0 gets every sample, not one per 50 ms.
  minSupportedSampleRate: 0,
  maxSessions: 50,
  maxSubscriptions: 500,
  maxSubscriptionsPerSession: 100,
  maxMonitoredItems: 1_000_000,
  maxMonitoredItemsPerSubscription: 200_000,
  operationLimits: {
    maxNodesPerRead: 20_000,
    maxNodesPerWrite: 1000,
    maxNodesPerBrowse: 5000,
    maxMonitoredItemsPerCall: 20_000,
    maxNodesPerHistoryReadData: 1000,
    maxNodesPerTranslateBrowsePathsToNodeIds: 20_000,
  },
};

/** `start` throws `E_PORT_TAKEN` or `E_OPTION`. */
export function createOpcUaPublisher(options: OpcUaOptions): OpcUaPublisher {
  const wanted = options.plant.lines.some((line) => line.description.protocol === "opcua");
  let server: OPCUAServer | undefined;
  let nodes: PlcNode[] = [];
  let url: string | undefined;
  return {
    get url() {
      return url;
    },
    async start() {
      if (!wanted) return;
      server = await createServer(options);
      await server.initialize();
      const space = server.engine.addressSpace;
      if (space === null) throw new Error("the OPC UA server has no address space after initialize");
      nodes = buildAddressSpace(space, { ...options, published: options.counters });
      await listen(server, options);
      url = server.getEndpointUrl();
    },
    publish(now) {
      for (const node of nodes) node.publish(now);
    },
    async stop() {
      nodes = [];
      await server?.shutdown(100);
    },
  };
}

async function createServer(options: OpcUaOptions): Promise<OPCUAServer> {
  // The library talks to the console about every client that comes late or not at all.
  setLogLevel(LogLevel.Emergency);
  const { host, port, plant } = options;
  return new OPCUAServer({
    port,
    host,
    // Listening everywhere it is known by the machine's own name.
    ...(host === "0.0.0.0" || host === "::" ? {} : { hostname: host }),
    resourcePath: "/cellhouse",
    nodesets: [nodesets.standard],
    serverInfo: {
      applicationUri: "urn:cellhouse:simulator",
      productUri: "urn:cellhouse",
      applicationName: { text: "Cellhouse simulator" },
    },
    buildInfo: { productName: "Cellhouse simulator", manufacturerName: "Cellhouse" },
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: plant.description.opcua.anonymous === "read",
    userManager: userManager(options.password),
    serverCertificateManager: await certificates(join(options.data, "opcua-simulator", "server")),
    userCertificateManager: await certificates(join(options.data, "opcua-simulator", "users")),
    isAuditing: false,
    maxConnectionsPerEndpoint: 50,
    serverCapabilities: CAPABILITIES,
  });
}

/** A store of its own inside the data folder; keys and certificates are made on first use. A simulated PLC trusts whoever knows the password. */
async function certificates(rootFolder: string): Promise<OPCUACertificateManager> {
  const manager = new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: true, disableFileWatchers: true });
  await manager.initialize();
  return manager;
}

function userManager(password: string) {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const right = digest(password);
  return {
    isValidUser: (user: string, given: string): boolean => user === USER && timingSafeEqual(digest(given), right),
    getUserRoles: (user: string) => makeRoles(user === USER ? "AuthenticatedUser;Operator" : "Anonymous"),
  };
}

async function listen(server: OPCUAServer, address: OpcUaOptions): Promise<void> {
  try {
    await server.start();
  } catch (cause) {
    throw listenFault("--opcua-port", address, cause);
  }
}
