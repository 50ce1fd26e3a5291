/** An engine that may be away when we start: each question tries to start it first, until it has started once. */
import type { Historian } from "../contracts.ts";

/** The same engine; before its first successful start every call rejects with the reason the start failed. */
export function patient(engine: Historian): Historian {
  let started: Promise<void> | undefined;
  const start = (): Promise<void> => {
    started ??= engine.start().catch((error: unknown) => {
      started = undefined;
      throw error;
    });
    return started;
  };
  return {
    start,
    write: (frames) => start().then(() => engine.write(frames)),
    raw: (query) => start().then(() => engine.raw(query)),
    rollup: (query) => start().then(() => engine.rollup(query)),
    at: (tag, time) => start().then(() => engine.at(tag, time)),
    reach: () => start().then(() => engine.reach()),
    position: () => start().then(() => engine.position()),
    setPosition: (position) => start().then(() => engine.setPosition(position)),
    stats: () => start().then(() => engine.stats()),
    stop: async () => {
      if (started !== undefined) await engine.stop();
    },
  };
}
