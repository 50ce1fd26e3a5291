/** Sends a command and follows it to its proven end. */
import type { Command, Tag } from "@cellhouse/shared";
import { useState } from "react";
import { useLive, useObservable } from "../../live/hooks.ts";

/** What the person saw when deciding; the server refuses when it no longer holds. */
export interface Seen {
  value: number;
  time: number;
}

export interface Sending {
  /** Between the click and the server's answer. */
  busy: boolean;
  /** The server's word on the last command sent from here. */
  command: Command | undefined;
  error: unknown;
  /** A value never heard of was not seen: then nothing is claimed. An empty `reason` is none. */
  send(value: number, seen: Seen, reason: string): void;
}

export function useCommand(tag: Tag | undefined): Sending {
  const live = useLive();
  const commands = useObservable(live.commands);
  const [sent, setSent] = useState<Command>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = (value: number, seen: Seen, reason: string): void => {
    if (tag === undefined || busy) return;
    setBusy(true);
    setError(undefined);
    setSent(undefined);
    const why = reason.trim();
    const order = { tag: tag.path, value, ...(Number.isNaN(seen.value) ? {} : { seen }), ...(why === "" ? {} : { reason: why }) };
    live.api
      .send<Command>("POST", "commands", order)
      .then(setSent, setError)
      .finally(() => setBusy(false));
  };
  return { busy, command: sent === undefined ? undefined : (commands.get(sent.id) ?? sent), error, send };
}
