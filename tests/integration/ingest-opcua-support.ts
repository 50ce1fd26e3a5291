/** What the OPC UA tests share: a driver with ears, and a network that can be cut. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket, connect as tcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Plant, systemClock } from "@cellhouse/shared";
import { createDriver, type DriverSettings } from "../../server/src/ingest/index.ts";
import { counted, listener } from "./ingest-support.ts";

type Cleanup = () => Promise<unknown> | unknown;

/** Everything started is ended by `cleanup`, the newest first. */
export function opcuaRig(plant: Plant) {
  const cleanups: Cleanup[] = [];
  return {
    cleanups,
    async cleanup(): Promise<void> {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    },
    drive: (settings: Partial<DriverSettings<"opcua">>) => drive(plant, settings, cleanups),
    startRelay: (port: number, host?: string) => startRelay(port, cleanups, host),
  };
}

async function drive(plant: Plant, settings: Partial<DriverSettings<"opcua">>, cleanups: Cleanup[]) {
  const pkiFolder = mkdtempSync(join(tmpdir(), "cellhouse-pki-"));
  const counters = counted();
  const said: string[] = [];
  const log = {
    info: () => undefined,
    warn: (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`),
  };
  const all = { url: "opc.tcp://127.0.0.1:1", password: "none", pkiFolder, ...settings };
  const driver = createDriver("opcua", all, { plant, clock: systemClock, counters, log });
  const heard = listener();
  cleanups.push(() => rmSync(pkiFolder, { recursive: true, force: true }));
  cleanups.push(() => driver.stop());
  await driver.start(heard);
  const idOf = (tag: string): number => plant.tag(tag.includes(":") ? tag : `C001:${tag}`)?.id ?? -1;
  const samples = (tag: string, historical = false): { time: number; value: number; quality: number }[] =>
    heard.frames
      .filter((f) => f.historical === historical)
      .flatMap((f) =>
        [...f.tag].flatMap((t, i) =>
          t === idOf(tag) ? [{ time: f.time[i] as number, value: f.value[i] as number, quality: f.quality[i] as number }] : [],
        ),
      );
  return { driver, counters, heard, said, pkiFolder, samples, last: (tag: string) => samples(tag).at(-1) };
}

/** A TCP relay that can be cut, frozen and mended: the network between us and the server. */
async function startRelay(port: number, cleanups: Cleanup[], host = "127.0.0.1") {
  const sockets = new Set<Socket>();
  let open = true;
  let renewals = 0;
  const server: Server = createServer((socket) => {
    if (!open) {
      socket.destroy();
      return;
    }
    const far = tcp(port, "127.0.0.1");
    for (const s of [socket, far]) {
      sockets.add(s);
      s.on("error", () => undefined);
      s.on("close", () => {
        socket.destroy();
        far.destroy();
        sockets.delete(s);
      });
    }
    // Each OpenSecureChannel message of the client begins with this word, in the clear.
    socket.on("data", (chunk) => {
      if (chunk.subarray(0, 4).toString("latin1") === "OPNF") renewals++;
    });
    socket.pipe(far).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  cleanups.push(() => {
    for (const s of sockets) s.destroy();
    server.close();
  });
  return {
    url: `opc.tcp://${host}:${typeof address === "object" ? address?.port : 0}/cellhouse`,
    /** Channels opened and renewed so far. */
    get renewals() {
      return renewals;
    },
    cut() {
      open = false;
      for (const s of sockets) s.destroy();
    },
    freeze() {
      for (const s of sockets) s.unpipe().pause();
    },
    mend() {
      open = true;
    },
  };
}
