/** Clients that come and go: the simulator's OPC UA server must not keep anything of them, whether they say goodbye or not. */
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import {
  AttributeIds,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
  UserTokenType,
} from "node-opcua";
import { inspect } from "../support/inspector.ts";
import { processFigures } from "../support/measure.ts";
import { freePort, launch, remove, tempFolder } from "../support/processes.ts";
import { ROOT } from "../support/tree.ts";
import type { SoakOptions } from "./main.ts";

const CYCLES_PER_SECOND = 5;
const WARM_UP = 200;
/** Each so many-th client is cut off instead of saying goodbye. */
const CUT_EVERY = 10;
/** Of the clients' sessions: how long the server may hold on to one that was cut off, ms. */
const SESSION_TIMEOUT = 3000;
const BUDGET_MB = 10;
const PASSWORD = "correct horse battery";

/** Cycles of connect, session, subscription and end; five for each second asked for. True when the heap grew by less than its budget. */
export async function opcuaSoak({ seconds }: SoakOptions): Promise<boolean> {
  const folder = tempFolder("soak-opcua");
  const port = await freePort();
  const simulator = startSimulator(folder, port);
  const wire = await cuttableWire(port);
  try {
    await simulator.printed(/simulator ready/);
    const heap = await inspect((await simulator.printed(/Debugger listening on (ws:\S+)/))[1] as string);
    const pid = simulator.process.pid as number;
    const clients = await makeClients(folder, wire);
    const rows: Row[] = [];
    const look = async (cycles: number): Promise<void> => {
      // Everything of a client that was cut off ends with its session's and its subscription's lifetime.
      await new Promise((resolve) => setTimeout(resolve, 3 * SESSION_TIMEOUT));
      rows.push({ cycles, heapMb: await heap.usedAfterCollection(), rssMb: processFigures(pid).rssMb });
    };
    await clients(WARM_UP);
    await look(0);
    const [total, begun] = [Math.round(seconds * CYCLES_PER_SECOND), performance.now()];
    const step = Math.max(1, Math.ceil(total / 6));
    for (let done = 0; done < total; ) {
      const n = Math.min(step, total - done);
      await clients(n);
      done += n;
      await look(done);
    }
    heap.close();
    return print(rows, (performance.now() - begun) / 1000);
  } finally {
    wire.close();
    await simulator.stop();
    remove(folder);
  }
}

function startSimulator(folder: string, port: number) {
  const plant = join(folder, "plant.yaml");
  const line = "{ id: L01, cells: 24, class: 6kA, recipe: PrNd, protocol: opcua, supply: { kind: series } }";
  writeFileSync(plant, `extends: ${join(ROOT, "shared/plants/base.yaml")}\nname: Soak\nplan: 1590\nlines:\n  - ${line}\n`);
  const args = ["--plant", plant, "--data", folder, "--opcua-port", `${port}`, "--publish", "raw"];
  return launch(process.execPath, ["--inspect=127.0.0.1:0", join(ROOT, "simulator/src/main.ts"), ...args], {
    CELLHOUSE_FIELD_PASSWORD: PASSWORD,
  });
}

interface Wire {
  readonly port: number;
  /** Ends all connections without a word. */
  cut(): void;
  close(): void;
}

/** A stretch of cable between clients and server that can be cut. */
async function cuttableWire(to: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket
        .on("error", () => undefined)
        .on("close", () => {
          sockets.delete(socket);
          other.destroy();
        });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => [...sockets].forEach((socket) => void socket.resetAndDestroy()),
    close: () => void server.close(),
  };
}

async function makeClients(folder: string, wire: Wire): Promise<(cycles: number) => Promise<void>> {
  const clientCertificateManager = new OPCUACertificateManager({
    rootFolder: join(folder, "client"),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  await clientCertificateManager.initialize();
  return async (cycles) => {
    for (let k = 1; k <= cycles; k++) await comeAndGo(clientCertificateManager, wire, k % CUT_EVERY === 0);
  };
}

async function comeAndGo(clientCertificateManager: OPCUACertificateManager, wire: Wire, cut: boolean): Promise<void> {
  const client = OPCUAClient.create({
    clientCertificateManager,
    endpointMustExist: false,
    securityMode: MessageSecurityMode.SignAndEncrypt,
    securityPolicy: SecurityPolicy.Basic256Sha256,
    requestedSessionTimeout: SESSION_TIMEOUT,
    connectionStrategy: { maxRetry: 0, initialDelay: 100 },
  });
  await client.connect(`opc.tcp://127.0.0.1:${wire.port}/cellhouse`);
  const session = await client.createSession({ type: UserTokenType.UserName, userName: "cellhouse", password: PASSWORD });
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 100,
    publishingEnabled: true,
    requestedLifetimeCount: 30,
  });
  const namespace = (await session.readNamespaceArray()).indexOf("urn:cellhouse:electrolysis");
  const items = ["TI-101", "EI-201", "II-202", "WI-302", "YC-905"].map((tag) => ({
    nodeId: `ns=${namespace};s=L01.C001.${tag}`,
    attributeId: AttributeIds.Value,
  }));
  const group = await subscription.monitorItems(items, { samplingInterval: 0, queueSize: 10 }, TimestampsToReturn.Both);
  await new Promise<void>((resolve) => group.once("changed", () => resolve()));
  if (cut) wire.cut();
  else await session.close(true);
  await client.disconnect();
}

interface Row {
  cycles: number;
  heapMb: number;
  rssMb: number;
}

function print(rows: readonly Row[], seconds: number): boolean {
  const [first, last] = [rows[0] as Row, rows.at(-1) as Row];
  const growth = last.heapMb - first.heapMb;
  const line = (...cells: string[]): string => `| ${cells.map((cell) => cell.padStart(14)).join(" | ")} |`;
  const text = [
    `\nsoak opcua, ${last.cycles} clients in ${seconds.toFixed(0)} s, one in ${CUT_EVERY} cut off, ${new Date().toISOString()}`,
    line("clients", "heap MB", "resident MB"),
    ...rows.map(({ cycles, heapMb, rssMb }) => line(String(cycles), heapMb.toFixed(1), rssMb.toFixed(0))),
    `heap growth ${growth.toFixed(1)} MB, budget < ${BUDGET_MB} MB`,
  ];
  process.stdout.write(`${text.join("\n")}\n`);
  return growth < BUDGET_MB;
}
