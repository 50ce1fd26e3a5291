/** Starts the real programs as processes on free ports with folders of their own, and takes everything down again. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./tree.ts";

/**
 * Ports are taken from below the range from which the system serves outgoing connections (32768 on), each test process from a
 * stretch of its own: a port that was free a moment ago would otherwise be gone now and then when its program starts.
 */
const STRETCH = 100;
const FIRST_PORT = 20_000 + (process.pid % 120) * STRETCH;
let asked = 0;

export async function freePort(): Promise<number> {
  for (let tried = 0; tried < STRETCH; tried++) {
    const port = FIRST_PORT + (asked++ % STRETCH);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${FIRST_PORT} to ${FIRST_PORT + STRETCH - 1}`);
}

/** Nobody listens there on loopback. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

export function tempFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `cellhouse-${name}-`));
}

export interface Program {
  readonly process: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** Resolves with the match once its output has it; rejects with the output when it ends first or time is up. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Resolves with the exit code. */
  ended(): Promise<number | null>;
  /** SIGTERM, and SIGKILL after 10 s. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export function launch(command: string, args: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(command, args, { cwd: ROOT, env: { ...cleanEnv(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watch of [...watchers]) watch();
  };
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      changed();
    });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.once("close", changed);
  child.once("error", (error) => {
    text += String(error);
  });
  return {
    process: child,
    output: () => text,
    ended: () => closed,
    kill: (signal) => child.kill(signal),
    printed: (pattern, timeoutMs = 60_000) => waitFor(pattern, timeoutMs, { child, watchers, text: () => text, command }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await closed;
      clearTimeout(hard);
    },
  };
}

interface Watched {
  child: ChildProcess;
  watchers: Set<() => void>;
  text: () => string;
  command: string;
}

function waitFor(pattern: RegExp, timeoutMs: number, { child, watchers, text, command }: Watched): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      watchers.delete(look);
    };
    const look = (): void => {
      const match = pattern.exec(text());
      if (match !== null) {
        done();
        resolve(match);
      } else if (child.exitCode !== null || child.signalCode !== null) {
        done();
        reject(new Error(`${command} ended (${child.exitCode ?? child.signalCode}) before it printed ${pattern}:\n${text()}`));
      }
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error(`${command} did not print ${pattern} within ${timeoutMs} ms:\n${text()}`));
    }, timeoutMs);
    watchers.add(look);
    look();
  });
}

/** Our own options must not leak in from the outside; servers of Debian packages stand in /usr/sbin. */
function cleanEnv(): Record<string, string> {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  return Object.fromEntries(
    Object.entries(env).filter((e): e is [string, string] => e[1] !== undefined && !/^(CELLHOUSE_|NODE_OPTIONS|VITEST)/.test(e[0])),
  );
}

/** The flags `npm run server` and `npm start` give Node for the server. */
export const SERVER_FLAGS: readonly string[] =
  (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: { server: string } }).scripts.server.match(/--\S+/g) ?? [];

export function node(main: string, args: readonly string[], env: Record<string, string> = {}): Program {
  const flags = main === "server/src/main.ts" ? SERVER_FLAGS : [];
  return launch(process.execPath, ["--disable-warning=ExperimentalWarning", ...flags, join(ROOT, main), ...args], env);
}

/** Asks again every `everyMs` until the answer is truthy; the error says what was waited for and the last answer. */
export async function until<T>(what: string, ask: () => T | Promise<T>, timeoutMs = 30_000, everyMs = 100): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      last = await ask();
      if (last) return last as NonNullable<T>;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}; last answer: ${String(last)}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
