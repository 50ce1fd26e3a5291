/** `npm start` with a certificate: page and broker speak TLS, and the simulated edges find their way by the data folder alone. */
import { request } from "node:https";
import { join } from "node:path";
import { test } from "vitest";
import { makeCertificate } from "../support/certificate.ts";
import { launch, remove, tempFolder, until } from "../support/processes.ts";
import { ROOT } from "../support/tree.ts";

function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { rejectUnauthorized: false }, (reply) => {
      let text = "";
      reply.on("data", (chunk) => {
        text += chunk;
      });
      reply.on("end", () => resolve(text));
    });
    asked.on("error", reject).end();
  });
}

test("a certificate for another name than the loopback's serves server and simulator of one machine", async () => {
  const folder = tempFolder("start-tls");
  const { keyFile, certFile } = makeCertificate(folder, "cellhouse.example");
  const tls = ["--tls-cert", certFile, "--tls-key", keyFile];
  const ports = ["--http-port", "0", "--mqtt-port", "0", "--opcua-port", "0"];
  const where = ["--plant", "shared/plants/single.yaml", "--data", join(folder, "data"), "--historian", "memory"];
  const both = launch(process.execPath, [join(ROOT, "shared/setup/start.mjs"), ...where, ...ports, ...tls]);
  try {
    const [, url] = await both.printed(/Cellhouse ready (https:\/\/127\.0\.0\.1:\d+)/);
    await until("the edge's link", async () => /cellhouse_link_up\{link="edge:L01"\} 1/.test(await get(`${url}/metrics`)));
    await until("its values", async () => /cellhouse_received_total\{link="edge:L01"\} [1-9]/.test(await get(`${url}/metrics`)));
  } finally {
    await both.stop();
    remove(folder);
  }
});
