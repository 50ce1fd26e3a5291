/**
 * A plain OPC UA server for the bench, in a process of its own: floats under our names, every one of them changed so many times a second.
 * `node opcua-server.ts <cells> <changes per second>`; prints its address, then the number of changes on each line it is sent.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CELL_TAGS, cellId, every, OPCUA_NAMESPACE, systemClock } from "@cellhouse/shared";
import {
  DataType,
  MessageSecurityMode,
  nodesets,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  StatusCodes,
  type UAVariable,
  Variant,
} from "node-opcua";

const [cells, rate] = process.argv.slice(2).map(Number) as [number, number];
/** Between two rounds of changes, ms. */
const ROUND = 100;

const rootFolder = mkdtempSync(join(tmpdir(), "cellhouse-bench-opcua-"));
const certificates = new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: true, disableFileWatchers: true });
await certificates.initialize();
const server = new OPCUAServer({
  port: 0,
  host: "127.0.0.1",
  hostname: "127.0.0.1",
  nodesets: [nodesets.standard],
  securityPolicies: [SecurityPolicy.Basic256Sha256],
  securityModes: [MessageSecurityMode.SignAndEncrypt],
  userManager: { isValidUser: () => true },
  serverCertificateManager: certificates,
  isAuditing: false,
  serverCapabilities: {
    minSupportedSampleRate: 0,
    maxMonitoredItems: 100_000,
    maxMonitoredItemsPerSubscription: 100_000,
    operationLimits: { maxMonitoredItemsPerCall: 1000, maxNodesPerRead: 1000 },
  },
});
await server.initialize();
const space = server.engine.addressSpace;
if (space === null) throw new Error("no address space");
const namespace = space.registerNamespace(OPCUA_NAMESPACE);
const variables: UAVariable[] = [];
for (let n = 1; n <= cells; n++) {
  const path = `L01.${cellId(n)}`;
  const object = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: cellId(n), nodeId: `s=${path}` });
  for (const { name } of CELL_TAGS) {
    const nodeId = `s=${path}.${name}`;
    variables.push(
      namespace.addVariable({ componentOf: object, browseName: name, nodeId, dataType: DataType.Float, minimumSamplingInterval: 0 }),
    );
  }
}
await server.start();
process.stdout.write(`${server.getEndpointUrl()}\n`);

let next = 0;
let changes = 0;
every(systemClock, ROUND, () => {
  const time = new Date(systemClock.now());
  for (let k = 0; k < (rate * ROUND) / 1000; k++) {
    const value = new Variant({ dataType: DataType.Float, value: 900 + (changes % 400) });
    (variables[next] as UAVariable).setValueFromSource(value, StatusCodes.Good, time);
    next = (next + 1) % variables.length;
    changes++;
  }
});
process.stdin.on("data", () => process.stdout.write(`changes ${changes}\n`));
