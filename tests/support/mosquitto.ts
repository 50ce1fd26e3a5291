/** A real mosquitto on a free port, with one user for the host and one for the edges. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort, launch, type Program, remove, tempFolder, until } from "./processes.ts";

export interface Mosquitto {
  readonly url: string;
  readonly password: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Lets it hang: connections stand, nothing is taken or answered. */
  freeze(): void;
  /** An end without a word, of a frozen one too. */
  kill(): Promise<void>;
  /** Stops and removes its folder. */
  end(): Promise<void>;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

export async function startMosquitto(): Promise<Mosquitto> {
  const folder = tempFolder("mosquitto");
  const port = await freePort();
  const password = "only for this test";
  const passwords = join(folder, "passwords");
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  execFileSync("mosquitto_passwd", ["-b", "-c", passwords, "host", password], { env });
  execFileSync("mosquitto_passwd", ["-b", passwords, "edge", password], { env });
  const root = process.getuid?.() === 0 ? "user root\n" : "";
  writeFileSync(join(folder, "conf"), `listener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${passwords}\n${root}`);
  let program: Program | undefined;
  const mosquitto: Mosquitto = {
    url: `mqtt://127.0.0.1:${port}`,
    password,
    async start() {
      program = launch("mosquitto", ["-c", join(folder, "conf")]);
      await until("mosquitto to answer", () => answers(port));
    },
    async stop() {
      await program?.stop();
    },
    freeze() {
      program?.kill("SIGSTOP");
    },
    async kill() {
      program?.kill("SIGKILL");
      await program?.ended();
    },
    async end() {
      await program?.stop();
      remove(folder);
    },
  };
  await mosquitto.start();
  return mosquitto;
}
