/** The server's own certificate, and which client's certificate it believes. */
import { X509Certificate } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { MessageSecurityMode, OPCUACertificateManager, SecurityPolicy } from "node-opcua";

/**
 * Both modes of Basic256Sha256 and nothing else: values may be read along the way where a plant wants that (Sign), passwords never.
 * There is no endpoint without security, on loopback neither: no client of ours needs one, and what is not offered cannot be left on.
 */
export const OFFERED = {
  securityPolicies: [SecurityPolicy.Basic256Sha256],
  securityModes: [MessageSecurityMode.SignAndEncrypt, MessageSecurityMode.Sign],
};

/** `listed`: must lie in `trusted/certs`; `first`: also the very first one met, as on a network of our own. */
export type Trust = "listed" | "first";

export interface CertificateOptions {
  /** `opcua-simulator` in the data folder; keys and certificates are made on first use. */
  folder: string;
  host: string;
  trust: Trust;
  say(text: string): void;
}

/** A server that listens on loopback only believes every client: nobody else can reach it. */
export async function certificates(options: CertificateOptions): Promise<OPCUACertificateManager> {
  const manager = new ClientCertificates(options);
  await manager.initialize();
  return manager;
}

/** Users sign in by password; no user's certificate is believed. */
export async function userCertificates(folder: string): Promise<OPCUACertificateManager> {
  const manager = new OPCUACertificateManager({ rootFolder: join(folder, "users"), disableFileWatchers: true });
  await manager.initialize();
  return manager;
}

class ClientCertificates extends OPCUACertificateManager {
  readonly #everybody: boolean;
  readonly #folder: string;
  readonly #say: (text: string) => void;
  readonly #refused = new Set<string>();

  constructor({ folder, host, trust, say }: CertificateOptions) {
    const rootFolder = join(folder, "server");
    const everybody = ["127.0.0.1", "localhost", "::1"].includes(host);
    super({
      rootFolder,
      automaticallyAcceptUnknownCertificate: everybody || (trust === "first" && knowsNobody(rootFolder)),
      // What a person moves from `rejected` to `trusted` is noticed while the server runs, where that matters.
      disableFileWatchers: everybody,
    });
    this.#everybody = everybody;
    this.#folder = rootFolder;
    this.#say = say;
  }

  /** After the first client only whom it knows. */
  override trustCertificate(certificate: Buffer): Promise<void> {
    this.automaticallyAcceptUnknownCertificate = this.#everybody;
    return super.trustCertificate(certificate);
  }

  /** Says once of each certificate what can be done about it. */
  override rejectCertificate(certificate: Buffer): Promise<void> {
    const name = nameOf(certificate);
    if (!this.#refused.has(name) && this.#refused.size < MOST_NAMED) {
      this.#refused.add(name);
      this.#say(`OPC UA: refused a client's certificate (${name}); to admit it, move it to ${join(this.#folder, "trusted/certs")}`);
    }
    return super.rejectCertificate(certificate);
  }
}

/** Whoever makes new certificates all day must not fill the log. */
const MOST_NAMED = 100;

function nameOf(certificate: Buffer): string {
  const { subject, fingerprint } = new X509Certificate(certificate);
  return `${subject.split("\n").at(-1)?.slice(0, 80) ?? ""} ${fingerprint.replaceAll(":", "").slice(0, 16)}`.trim();
}

function knowsNobody(rootFolder: string): boolean {
  try {
    return readdirSync(join(rootFolder, "trusted/certs")).length === 0;
  } catch {
    return true;
  }
}
