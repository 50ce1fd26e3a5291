/** The OPC UA lines of a plant behind one server: endpoint, security, accounts. */
import { join } from "node:path";
import type { Clock, Plant } from "@cellhouse/shared";
import { LogLevel, nodesets, OPCUAServer, type ServerEngine, type Subscription, setLogLevel } from "node-opcua";
import type { Publisher, SimulatedPlant } from "../../contracts.ts";
import { listenFault } from "../../listen-fault.ts";
import type { PublishMode } from "../sampler.ts";
import { accounts } from "./accounts.ts";
import { buildAddressSpace, isServed } from "./address-space.ts";
import { MOST_VALUES } from "./history.ts";
import type { Counting, PlcNode } from "./plc-node.ts";
import { certificates, OFFERED, type Trust, userCertificates } from "./security.ts";

export interface OpcUaOptions {
  plant: Plant;
  simulated: SimulatedPlant;
  host: string;
  /** 0: a free one. */
  port: number;
  /** Data folder; the certificates live in its `opcua-simulator` folder. */
  data: string;
  /** Which client's certificate is believed where others than this machine can reach the server. */
  trust: Trust;
  /** Of the users `cellhouse` (reads, writes, calls) and `reader` (reads). */
  password: string;
  mode: PublishMode;
  counters: Counting;
  clock: Clock;
  say(text: string): void;
}

export interface OpcUaPublisher extends Publisher {
  /** Known once started; undefined where the plant has no OPC UA line. */
  readonly url: string | undefined;
}

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
    maxNodesPerHistoryReadData: 100,
    maxNodesPerTranslateBrowsePathsToNodeIds: 20_000,
  },
};

/**
 * The library takes a new buffer of the chunk's size for every answer, 512 kB where the client lets it, and the garbage collector runs for
 * it all the time. Longer answers go in several chunks.
 */
const CHUNK = 32_768;
const LONGEST_MESSAGE = 16_777_216;

interface TransportLimits {
  maxMessageSize: number;
  maxChunkCount: number;
  receiveBufferSize: number;
  sendBufferSize: number;
}

function transportLimits({ maxMessageSize, receiveBufferSize, sendBufferSize }: TransportLimits): TransportLimits {
  const longest = Math.min(maxMessageSize || LONGEST_MESSAGE, LONGEST_MESSAGE);
  return {
    maxMessageSize: longest,
    maxChunkCount: Math.ceil(longest / 8192),
    receiveBufferSize: Math.min(receiveBufferSize || CHUNK, CHUNK),
    sendBufferSize: Math.min(sendBufferSize || CHUNK, CHUNK),
  };
}

/** `start` throws `E_PORT_TAKEN` or `E_OPTION`. */
export function createOpcUaPublisher(options: OpcUaOptions): OpcUaPublisher {
  const wanted = options.plant.lines.some(({ description }) => isServed(description));
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
      Object.assign(server.engine.historyServerCapabilities, { accessHistoryDataCapability: true, maxReturnDataValues: MOST_VALUES });
      const space = server.engine.addressSpace;
      if (space === null) throw new Error("the OPC UA server has no address space after initialize");
      nodes = buildAddressSpace(space, { ...options, published: options.counters });
      server.on("create_session", forgetOrphans.bind(undefined, server.engine));
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
  const { host, port, plant, data, trust, password, clock, say } = options;
  const folder = join(data, "opcua-simulator");
  return new OPCUAServer({
    ...OFFERED,
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
    allowAnonymous: plant.description.opcua.anonymous === "read",
    unresolvedPermissionPolicy: "deny",
    userManager: accounts(password, clock),
    serverCertificateManager: await certificates({ folder, host, trust, say }),
    userCertificateManager: await userCertificates(folder),
    isAuditing: false,
    maxConnectionsPerEndpoint: 50,
    serverCapabilities: CAPABILITIES,
    transportSettings: { adjustTransportLimits: transportLimits },
  });
}

async function listen(server: OPCUAServer, address: OpcUaOptions): Promise<void> {
  try {
    await server.start();
  } catch (cause) {
    throw listenFault("--opcua-port", address, cause);
  }
}

/**
 * The subscriptions of a client that was cut off outlive its session, for it may come back. When they too have ended, the library (2.182)
 * keeps them for ever with what they still had to tell, 15 kB each. Nobody can ask for that any more.
 */
function forgetOrphans(engine: ServerEngine): void {
  const { _orphanPublishEngine: orphans } = engine as unknown as { _orphanPublishEngine?: { _closed_subscriptions: Subscription[] } };
  for (const subscription of orphans?._closed_subscriptions.splice(0) ?? []) subscription.dispose();
}
