/** A certificate signed by itself, for a day, made by the system's openssl. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface MadeCertificate {
  /** Paths. */
  keyFile: string;
  certFile: string;
  /** PEM texts. */
  key: string;
  cert: string;
}

/** Writes `key.pem` and `cert.pem` into the folder; `names` as in `IP:127.0.0.1`. */
export function makeCertificate(folder: string, commonName: string, names?: string): MadeCertificate {
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  const subject = ["-subj", `/CN=${commonName}`, ...(names === undefined ? [] : ["-addext", `subjectAltName=${names}`])];
  execFileSync("openssl", [...kind, "-keyout", keyFile, "-out", certFile, ...subject], { stdio: "pipe" });
  return { keyFile, certFile, key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
}
