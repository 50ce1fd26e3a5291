/** What the browser loads, and how the server starts and stops. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate } from "../support/certificate.ts";
import { remove, tempFolder } from "../support/processes.ts";
import { heard, type WebHouse, webHouse } from "../support/web.ts";

let folder: string;
let house: WebHouse;
beforeAll(async () => {
  folder = tempFolder("client");
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Cellhouse</title>");
  writeFileSync(join(folder, "assets", "main-abc123.js"), "export {};");
  house = await webHouse({ deps: { clientFolder: folder } });
});
afterAll(async () => {
  await house.stop();
  remove(folder);
});

test("hashed assets are cached for ever, the page never, and the client's own addresses give the page", async () => {
  const asset = await house.call("GET", "/assets/main-abc123.js");
  expect([asset.status, asset.headers["cache-control"]]).toEqual([200, "public, max-age=31536000, immutable"]);
  for (const path of ["/", "/?signin=x", "/hall/L01/C001", "/alarms"]) {
    const page = await house.call("GET", path);
    expect([page.status, page.headers["cache-control"], page.text.includes("Cellhouse")], path).toEqual([200, "no-cache", true]);
  }
});

test("what is not there is not the page: missing assets, unknown API addresses, paths that climb out", async () => {
  for (const path of [
    "/assets/gone.js",
    "/api/v1/nothing",
    "/api",
    "/socket.io",
    "/../secret.txt",
    "/..%2f..%2fetc%2fpasswd",
    "/assets/..%2f..%2fpackage.json",
  ]) {
    const reply = await house.call("GET", path);
    expect([reply.status, reply.text.includes("<title>")], path).toEqual([reply.status === 403 ? 403 : 404, false]);
  }
});

test("without a built client the server says how to build it", async () => {
  const bare = await webHouse();
  const reply = await bare.call("GET", "/");
  expect([reply.status, String(reply.body.detail)]).toEqual([404, "/: the client is not built; run npm run build"]);
  await bare.stop();
});

test("a taken port is one clear fault", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as AddressInfo;
  await expect(webHouse({ deps: { port } })).rejects.toMatchObject({ code: "E_PORT_TAKEN", detail: `HTTP 127.0.0.1:${port}` });
  other.close();
});

test("with a certificate the cookie is Secure, HSTS is sent, and the socket runs over it too", async () => {
  const certs = tempFolder("tls");
  const { key, cert } = makeCertificate(certs, "localhost");
  const secure = await webHouse({ deps: { tls: { key, cert } } });
  try {
    const signIn = await secure.call("POST", "/api/v1/session", { body: { name: "viewer", password: "correct horse battery" } });
    expect(String(signIn.headers["set-cookie"])).toContain("Secure");
    expect(signIn.headers["strict-transport-security"]).toBe("max-age=31536000");
    const status = await new Promise((resolve, reject) => {
      request(`${secure.url.replace("http:", "https:")}/healthz`, { rejectUnauthorized: false }, (reply) =>
        resolve(reply.resume().statusCode),
      )
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
  } finally {
    await secure.stop();
    remove(certs);
  }
});

test("stopping ends the sockets at once, and the port is free again", async () => {
  const own = await webHouse();
  const socket = own.connect(own.cookie("viewer"));
  await heard(socket, "hello");
  const closed = new Promise((resolve) => socket.on("disconnect", resolve));
  await own.stop();
  expect(await closed).toMatch(/transport|io/);
});
