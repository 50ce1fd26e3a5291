/** Our PKI folder: whom we trust, whom we met and do not, and ourselves. The files are the truth: people may move them by hand as well. */
import { X509Certificate } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Certificate } from "@cellhouse/shared";

/** As the library lays it out. */
const FOLDERS = { trusted: "trusted/certs", rejected: "rejected", own: "own/certs" } as const;
/** Someone between us and a server could show a new certificate at every attempt; the oldest go. */
const MOST_REJECTED = 100;

/** A certificate as it lies in the folder. */
type KnownCertificate = Omit<Certificate, "links">;

interface Found {
  file: string;
  certificate: KnownCertificate;
}

export class CertificateStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** All there are, by state and subject; files that are no certificates are passed over. */
  list(): KnownCertificate[] {
    return (["own", "trusted", "rejected"] as const).flatMap((state) => this.#read(state)).map((found) => found.certificate);
  }

  /** Moves a certificate between trusted and rejected; false where there is none of that thumbprint. */
  move(thumbprint: string, to: "trusted" | "rejected"): boolean {
    const found = [...this.#read("trusted"), ...this.#read("rejected")].find(({ certificate }) => certificate.thumbprint === thumbprint);
    if (found === undefined) return false;
    if (found.certificate.state === to) return true;
    const target = join(this.#folder, FOLDERS[to]);
    mkdirSync(target, { recursive: true });
    renameSync(found.file, join(target, basename(found.file)));
    return true;
  }

  isRejected(thumbprint: string): boolean {
    return this.#read("rejected").some(({ certificate }) => certificate.thumbprint === thumbprint);
  }

  get knowsNobody(): boolean {
    return this.#read("trusted").length === 0;
  }

  /** Forgets the oldest rejected ones beyond what is kept. */
  prune(): void {
    const files = this.#files("rejected").map((file) => ({ file, time: statSync(file).mtimeMs }));
    for (const { file } of files.sort((a, b) => b.time - a.time).slice(MOST_REJECTED)) rmSync(file, { force: true });
  }

  #files(state: keyof typeof FOLDERS): string[] {
    const folder = join(this.#folder, FOLDERS[state]);
    try {
      return readdirSync(folder)
        .filter((name) => /\.(pem|der|crt|cer)$/i.test(name))
        .map((name) => join(folder, name));
    } catch {
      return [];
    }
  }

  #read(state: keyof typeof FOLDERS): Found[] {
    return this.#files(state).flatMap((file) => {
      const certificate = readCertificate(file, state);
      return certificate === undefined ? [] : [{ file, certificate }];
    });
  }
}

/** SHA-1 over the certificate, upper-case hex: what OPC UA calls its thumbprint. Undefined for what is no certificate. */
export function thumbprintOf(certificate: Buffer): string | undefined {
  try {
    return new X509Certificate(certificate).fingerprint.replaceAll(":", "");
  } catch {
    return undefined;
  }
}

function readCertificate(file: string, state: KnownCertificate["state"]): KnownCertificate | undefined {
  try {
    const x509 = new X509Certificate(readFileSync(file));
    return {
      thumbprint: x509.fingerprint.replaceAll(":", ""),
      subject: oneLine(x509.subject),
      issuer: oneLine(x509.issuer),
      from: Date.parse(x509.validFrom),
      to: Date.parse(x509.validTo),
      state,
    };
  } catch {
    return undefined;
  }
}

function oneLine(name: string | undefined): string {
  return (name ?? "").split("\n").join(", ").slice(0, 300);
}
