/** One pipe's results, given to whoever listens: the journal, the browsers' stream, a test. */
import type { Outlet } from "./contracts.ts";

export interface Hub extends Outlet {
  /** Adds a listener; the returned call takes it away. Listeners are called in the order they came. */
  listen(outlet: Outlet): () => void;
}

/** An outlet that fans out synchronously; frames stay borrowed for every listener. */
export function createHub(): Hub {
  let listeners: readonly Outlet[] = [];
  return {
    listen(outlet) {
      listeners = [...listeners, outlet];
      return () => {
        listeners = listeners.filter((l) => l !== outlet);
      };
    },
    frame(frame) {
      for (const l of listeners) l.frame(frame);
    },
    liveness(changes) {
      for (const l of listeners) l.liveness(changes);
    },
    alarms(changed) {
      for (const l of listeners) l.alarms(changed);
    },
    transition(transition) {
      for (const l of listeners) l.transition(transition);
    },
    command(command) {
      for (const l of listeners) l.command(command);
    },
    discontinuity(time) {
      for (const l of listeners) l.discontinuity(time);
    },
  };
}
