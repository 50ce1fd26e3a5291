/** The server's own certificate, and which client's certificate it believes. */
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
}

/** A server that listens on loopback only believes every client: nobody else can reach it. */
export async function certificates({ folder, host, trust }: CertificateOptions): Promise<OPCUACertificateManager> {
  const rootFolder = join(folder, "server");
  const everybody = ["127.0.0.1", "localhost", "::1"].includes(host);
  const manager =
    trust === "first" && !everybody ? new FirstComer(rootFolder) : new OPCUACertificateManager(options(rootFolder, everybody));
  await manager.initialize();
  return manager;
}

/** Users sign in by password; no user's certificate is believed. */
export async function userCertificates(folder: string): Promise<OPCUACertificateManager> {
  const manager = new OPCUACertificateManager({ rootFolder: join(folder, "users"), disableFileWatchers: true });
  await manager.initialize();
  return manager;
}

/** What a person moves from `rejected` to `trusted` is noticed while the server runs, where that matters. */
function options(rootFolder: string, everybody: boolean) {
  return { rootFolder, automaticallyAcceptUnknownCertificate: everybody, disableFileWatchers: everybody };
}

/** Believes the first client it meets, and from then on only whom it knows. */
class FirstComer extends OPCUACertificateManager {
  constructor(rootFolder: string) {
    super({ ...options(rootFolder, false), automaticallyAcceptUnknownCertificate: knowsNobody(rootFolder) });
  }

  override trustCertificate(certificate: Buffer): Promise<void> {
    this.automaticallyAcceptUnknownCertificate = false;
    return super.trustCertificate(certificate);
  }
}

function knowsNobody(rootFolder: string): boolean {
  try {
    return readdirSync(join(rootFolder, "trusted/certs")).length === 0;
  } catch {
    return true;
  }
}
