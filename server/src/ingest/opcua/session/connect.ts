/** Opens the secure channel, and says in words why it could not be opened. */
import type { Clock } from "@cellhouse/shared";
import { MessageSecurityMode, OPCUACertificateManager, OPCUAClient, SecurityPolicy, type StatusCode, StatusCodes } from "node-opcua";
import { CertificateStore, thumbprintOf } from "../certificate-store.ts";

/** Of all requests but publish, ms. */
const REQUEST_TIMEOUT = 10_000;
/** The channel stands by then, or the attempt has failed, ms: the library waits without end for a server that takes the call and says nothing. */
const CONNECT_WITHIN = 8_000;

/**
 * The library takes a new buffer of this size for every request, also for the five publish requests a second: its own 640 kB made
 * the garbage collector run all the time. Longer requests go in several chunks.
 */
const SEND_BUFFER = 16_384;
const RECEIVE_BUFFER = 655_360;

export interface ConnectionOptions {
  pkiFolder: string;
  /** Believe the certificate of the very first server met. */
  trustFirst: boolean;
  clock: Clock;
  /** How long the keys of a channel last before they are renewed, ms. */
  keyLifetime: number;
  met(thumbprint: string): void;
}

/** SignAndEncrypt with Basic256Sha256; without it only on this very machine, where nobody listens in. */
export async function connect(url: string, options: ConnectionOptions): Promise<OPCUAClient> {
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url.replace("opc.tcp:", "http:")).hostname);
  try {
    return await connectWith(url, options, { loopback, mode: MessageSecurityMode.SignAndEncrypt, policy: SecurityPolicy.Basic256Sha256 });
  } catch (error) {
    if (!/cannot find endpoint/i.test(firstLine(error))) throw error;
    if (!loopback) throw new Error("the server offers no SignAndEncrypt with Basic256Sha256; the password is not sent in the clear");
    return connectWith(url, options, { loopback, mode: MessageSecurityMode.None, policy: SecurityPolicy.None });
  }
}

/** On loopback a server is believed, and so is the very first one where that was asked for; else its certificate must be trusted. What a person rejected stays rejected. */
class Doorkeeper extends OPCUACertificateManager {
  readonly #trusted: CertificateStore;
  readonly #met: (thumbprint: string) => void;

  constructor({ pkiFolder, trustFirst, met }: ConnectionOptions, loopback: boolean) {
    const trusted = new CertificateStore(pkiFolder);
    super({
      rootFolder: pkiFolder,
      automaticallyAcceptUnknownCertificate: loopback || (trustFirst && trusted.knowsNobody),
      disableFileWatchers: true,
    });
    this.#trusted = trusted;
    this.#met = met;
  }

  override checkCertificate(chain: Buffer | Buffer[]): Promise<StatusCode>;
  override checkCertificate(chain: Buffer | Buffer[], callback: (error: Error | null, status?: StatusCode) => void): void;
  override checkCertificate(
    chain: Buffer | Buffer[],
    callback?: (error: Error | null, status?: StatusCode) => void,
  ): Promise<StatusCode> | undefined {
    const verdict = this.#check(chain);
    if (callback === undefined) return verdict;
    verdict.then((status) => callback(null, status), callback);
    return undefined;
  }

  async #check(chain: Buffer | Buffer[]): Promise<StatusCode> {
    const thumbprint = thumbprintOf([chain].flat()[0] ?? Buffer.alloc(0));
    if (thumbprint === undefined) return StatusCodes.BadCertificateInvalid;
    this.#met(thumbprint);
    if (this.#trusted.isRejected(thumbprint)) return StatusCodes.BadCertificateUntrusted;
    const status = await super.checkCertificate(chain);
    if (!status.isGood()) this.#trusted.prune();
    return status;
  }
}

interface Way {
  loopback: boolean;
  mode: MessageSecurityMode;
  policy: SecurityPolicy;
}

async function connectWith(url: string, options: ConnectionOptions, { loopback, mode, policy }: Way): Promise<OPCUAClient> {
  const certificates = new Doorkeeper(options, loopback);
  await certificates.initialize();
  const client = OPCUAClient.create({
    applicationName: "Cellhouse",
    clientCertificateManager: certificates,
    securityMode: mode,
    securityPolicy: policy,
    endpointMustExist: false,
    keepSessionAlive: false,
    // A connection that breaks leaves its subscription with the server for the next one.
    keepPendingSessionsOnDisconnect: true,
    requestedSessionTimeout: 30_000,
    defaultSecureTokenLifetime: options.keyLifetime,
    transportTimeout: REQUEST_TIMEOUT,
    transportSettings: { sendBufferSize: SEND_BUFFER, receiveBufferSize: RECEIVE_BUFFER, maxMessageSize: 0, maxChunkCount: 0 },
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 200 },
  });
  try {
    await within(options.clock, client.connect(url));
    return client;
  } catch (error) {
    await within(options.clock, client.disconnect()).catch(() => undefined);
    throw error;
  }
}

function within(clock: Clock, step: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.at(clock.now() + CONNECT_WITHIN, () => reject(new Error(`no answer within ${CONNECT_WITHIN / 1000} s`)));
    step.then(resolve, reject).finally(cancel);
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]?.trim() ?? "";
}

/** The library's messages for what a person can do something about. */
export function inWords(error: unknown, user: string): string {
  const text = firstLine(error);
  if (/Fail to connect|premature disconnection|ECONNREFUSED|ECONNRESET/i.test(text)) return "no OPC UA server answers there";
  if (/BadUserAccessDenied|BadIdentityToken/.test(text)) return `the server refuses user ${user} or its password`;
  if (/certificate/i.test(text)) return `the server's certificate is not trusted (${text}); an admin can trust it on the System page`;
  return text;
}
