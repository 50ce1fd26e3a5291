import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CertificateStore, thumbprintOf } from "./certificate-store.ts";

const THUMBPRINT = "2BE92A4287AA54989B7DA148088541EE4368E4CC";
const PEM = `-----BEGIN CERTIFICATE-----
MIIDJTCCAg2gAwIBAgIUeuO05wGq9kEb1+69aZ/8fHxEknAwDQYJKoZIhvcNAQEL
BQAwITENMAsGA1UECgwEQWNtZTEQMA4GA1UEAwwHUG90bGluZTAgFw0yNjExMjEy
MjQ2NDFaGA8yMTI2MTAyODIyNDY0MVowITENMAsGA1UECgwEQWNtZTEQMA4GA1UE
AwwHUG90bGluZTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBALxq6+7V
/snhIBkEEcqR5HtLj3Cs0Kx5yI7vTxnAJTQLiMlU+xcF2g6rsAdQDqhtmOaECaYA
py4e5b+3iph7hx5r25kHwUexThoga97virKqNdC/m7XVDeEO0A885WoUZoAGAAd/
pnm5lvJnNlQe75TV3lX90+2LPj20v1df7LuNxXxGJDs3eIfppxjkmuo9MNO145Jk
rbQMt8jxUoi/fs6+Ij4R7WwhX9pj2BNnUMzxH9fHgJvL+ifH5MmK4TTaLEnePmJb
ARU4xRocp/ovrczLgCrQPiaEdJTM/YgwjtXsJsoJxc1xxAy0FHwJ7bu/iTCpTx54
efvWzJi6a9zKu4ECAwEAAaNTMFEwHQYDVR0OBBYEFHnRSnKMb5Lg1uJl2HoWY2ZQ
5EOaMB8GA1UdIwQYMBaAFHnRSnKMb5Lg1uJl2HoWY2ZQ5EOaMA8GA1UdEwEB/wQF
MAMBAf8wDQYJKoZIhvcNAQELBQADggEBAHqtqeahH+Rxi8IJCe8nfOJYsgIj/vHd
R5AxYJ/GxeIRW7bZmWiVPjuvlvRlyPWIxeLlwU4QC0DvX9GYcC7v35vo9M36liyx
xYeMMuiRtZQLbFAXYqvsmzV4svSMQpfVv9i0+gF4Wz6w6cPMWWh4vByMdDmmowq8
cUUxAFmAJj/Ut6QAdJT0jGLAhpGPD9zYv/lNiC8x9JN+0xYZmILMO+joXS3vBkK0
PxXPxNQFBOlHqCytEs084LNJiIXGDkqIJ7Re4LkdgIcOlYtdV4L/Yvr7qrEidsb+
FptkK4a5qnpMDrwUi7YWuERpetJTXAvg1oUnw5/ychAIOsV2cwQrUJc=
-----END CERTIFICATE-----
`;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cellhouse-store-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(place: string, name: string, text: string): void {
  mkdirSync(join(folder, place), { recursive: true });
  writeFileSync(join(folder, place, name), text);
}

test("a folder that is not there yet knows nobody", () => {
  const store = new CertificateStore(join(folder, "none"));
  expect(store.list()).toEqual([]);
  expect(store.knowsNobody).toBe(true);
  expect(store.move(THUMBPRINT, "trusted")).toBe(false);
});

test("a certificate moves between rejected and trusted, and tells whose it is", () => {
  put("rejected", "potline.pem", PEM);
  const store = new CertificateStore(folder);
  expect(store.list()).toMatchObject([{ thumbprint: THUMBPRINT, subject: "O=Acme, CN=Potline", state: "rejected" }]);
  expect(store.isRejected(THUMBPRINT)).toBe(true);
  expect(store.move(THUMBPRINT, "trusted")).toBe(true);
  expect(store.move(THUMBPRINT, "trusted"), "twice is once").toBe(true);
  expect(store.list()).toMatchObject([{ state: "trusted" }]);
  expect(store.knowsNobody).toBe(false);
  expect(store.move(THUMBPRINT, "rejected")).toBe(true);
  expect(readdirSync(join(folder, "trusted/certs"))).toEqual([]);
});

test("our own cannot be moved; what is no certificate is passed over", () => {
  put("own/certs", "client.pem", PEM);
  put("rejected", "junk.pem", "not a certificate");
  put("rejected", "notes.txt", PEM);
  const store = new CertificateStore(folder);
  expect(store.list()).toMatchObject([{ state: "own" }]);
  expect(store.move(THUMBPRINT, "trusted")).toBe(false);
  expect(thumbprintOf(Buffer.from("junk"))).toBeUndefined();
});

test("whoever shows ever new certificates fills no disk", () => {
  for (let i = 0; i < 130; i++) put("rejected", `${i}.pem`, PEM);
  new CertificateStore(folder).prune();
  expect(readdirSync(join(folder, "rejected"))).toHaveLength(100);
});
