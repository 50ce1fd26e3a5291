/** Figures of a running process and of the values that reach a browser's socket. */
import { readFileSync } from "node:fs";
import { decodeValues } from "@cellhouse/shared";
import { io, type Socket } from "socket.io-client";

/** CPU seconds used so far and resident memory, from the kernel's own accounting (Linux). */
export function processFigures(pid: number): { cpuSeconds: number; rssMb: number; peakMb: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  return { cpuSeconds: ticks / 100, rssMb: kb("VmRSS") / 1024, peakMb: kb("VmHWM") / 1024 };
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export interface Watcher {
  socket: Socket;
  /** Distinct paths that had a good value since the last `reset`. */
  live: Set<string>;
  /** Source time to this process, ms, of samples whose path begins with one of the prefixes. */
  latencies(prefixes: readonly string[]): number[];
  count(): number;
  reset(): void;
  close(): void;
}

/** A browser's socket without the browser. Latency is only meaningful on the same machine. */
export function watch(url: string, cookie: string, subscribe: object): Promise<Watcher> {
  const socket = io(url, { extraHeaders: { cookie, origin: url }, transports: ["websocket"] });
  let index: string[] = [];
  let samples: { index: number; late: number }[] = [];
  let count = 0;
  const live = new Set<string>();
  socket.on("tags", (message: { index: string[] }) => {
    index = message.index;
  });
  socket.on("values", (data: ArrayBuffer | Buffer) => {
    const now = Date.now();
    const buffer =
      data instanceof ArrayBuffer ? data : (data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer);
    const values = decodeValues(buffer);
    if (values === undefined) return;
    count += values.count;
    for (let i = 0; i < values.count; i++) {
      const at = values.tag[i] as number;
      if (values.quality[i] === 0) live.add(index[at] as string);
      samples.push({ index: at, late: now - (values.time[i] as number) });
    }
  });
  return new Promise((resolve, reject) => {
    socket.on("connect_error", reject);
    socket.on("connect", () =>
      socket.emit("subscribe", subscribe, (reply: { ok: boolean }) => {
        if (!reply.ok) reject(new Error(`subscribe: ${JSON.stringify(reply)}`));
        resolve({
          socket,
          live,
          latencies: (prefixes) =>
            samples
              .filter((s) => prefixes.some((p) => index[s.index]?.startsWith(p)))
              .map((s) => s.late)
              .sort((a, b) => a - b),
          count: () => count,
          reset() {
            samples = [];
            count = 0;
            live.clear();
          },
          close: () => socket.close(),
        });
      }),
    );
  });
}
