/** Looks at the heap of a program that was started with `--inspect`. */

export interface Inspector {
  /** MB in use after a full collection. */
  usedAfterCollection(): Promise<number>;
  close(): void;
}

/** `url`: what Node prints as "Debugger listening on". */
export async function inspect(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (result: unknown) => void>();
  let id = 0;
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (message.id !== undefined) waiting.get(message.id)?.(message.result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error(`no inspector at ${url}`)), { once: true });
  });
  const ask = (method: string): Promise<unknown> =>
    new Promise((resolve) => {
      waiting.set(++id, resolve);
      socket.send(JSON.stringify({ id, method }));
    });
  return {
    async usedAfterCollection() {
      // What finalizers let go of falls to the second.
      for (let k = 0; k < 2; k++) await ask("HeapProfiler.collectGarbage");
      return ((await ask("Runtime.getHeapUsage")) as { usedSize: number }).usedSize / 1e6;
    },
    close: () => socket.close(),
  };
}
