/** Opens the secure channel, and says in words why it could not be opened. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type ClientSession, MessageSecurityMode, OPCUACertificateManager, OPCUAClient, SecurityPolicy } from "node-opcua";

const NAMESPACE_URI = "urn:cellhouse:electrolysis";
/** Of all requests but publish, ms. */
const REQUEST_TIMEOUT = 10_000;

/**
 * The library takes a new buffer of this size for every request, also for the five publish requests a second: its own 640 kB made
 * the garbage collector run all the time. Longer requests go in several chunks.
 */
const SEND_BUFFER = 16_384;
const RECEIVE_BUFFER = 655_360;

/** SignAndEncrypt with Basic256Sha256; without it only on this very machine, where nobody listens in. */
export async function connect(url: string, { pkiFolder, trustFirst }: { pkiFolder: string; trustFirst: boolean }): Promise<OPCUAClient> {
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url.replace("opc.tcp:", "http:")).hostname);
  const certificates = await trust(pkiFolder, loopback || (trustFirst && knowsNobody(pkiFolder)));
  try {
    return await connectWith(url, certificates, MessageSecurityMode.SignAndEncrypt, SecurityPolicy.Basic256Sha256);
  } catch (error) {
    if (!/cannot find endpoint/i.test(firstLine(error))) throw error;
    if (!loopback) throw new Error("the server offers no SignAndEncrypt with Basic256Sha256; the password is not sent in the clear");
    return connectWith(url, certificates, MessageSecurityMode.None, SecurityPolicy.None);
  }
}

/** On loopback a server is believed, and so is the very first one where that was asked for; else its certificate must lie in `trusted/certs`. */
async function trust(rootFolder: string, believe: boolean): Promise<OPCUACertificateManager> {
  const manager = new OPCUACertificateManager({
    rootFolder,
    automaticallyAcceptUnknownCertificate: believe,
    disableFileWatchers: true,
  });
  await manager.initialize();
  return manager;
}

function knowsNobody(pkiFolder: string): boolean {
  try {
    return readdirSync(join(pkiFolder, "trusted/certs")).length === 0;
  } catch {
    return true;
  }
}

async function connectWith(
  url: string,
  certificates: OPCUACertificateManager,
  mode: MessageSecurityMode,
  policy: SecurityPolicy,
): Promise<OPCUAClient> {
  const client = OPCUAClient.create({
    applicationName: "Cellhouse",
    clientCertificateManager: certificates,
    securityMode: mode,
    securityPolicy: policy,
    endpointMustExist: false,
    keepSessionAlive: false,
    requestedSessionTimeout: 30_000,
    transportTimeout: REQUEST_TIMEOUT,
    transportSettings: { sendBufferSize: SEND_BUFFER, receiveBufferSize: RECEIVE_BUFFER, maxMessageSize: 0, maxChunkCount: 0 },
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 200 },
  });
  try {
    await client.connect(url);
    return client;
  } catch (error) {
    await client.disconnect().catch(() => undefined);
    throw error;
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]?.trim() ?? "";
}

/** The library's messages for what a person can do something about. */
export function inWords(error: unknown, user: string): string {
  const text = firstLine(error);
  if (/Fail to connect|premature disconnection|ECONNREFUSED|ECONNRESET/i.test(text)) return "no OPC UA server answers there";
  if (/BadUserAccessDenied|BadIdentityToken/.test(text)) return `the server refuses user ${user} or its password`;
  if (/certificate/i.test(text)) return `the server's certificate is not trusted (${text}); move it from rejected to trusted/certs`;
  return text;
}

export async function namespaceIndex(session: ClientSession, url: string): Promise<number> {
  const index = (await session.readNamespaceArray()).indexOf(NAMESPACE_URI);
  if (index < 0) throw new Error(`${url} has no namespace ${NAMESPACE_URI}`);
  return index;
}
