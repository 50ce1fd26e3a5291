/** Sends a command and follows it to its proven end. */
import type { Command, Tag } from "@cellhouse/shared";
import { useState } from "react";
import { useLive, useObservable } from "../../live/hooks.ts";

export interface Sending {
  /** Between the click and the server's answer. */
  busy: boolean;
  /** The server's word on the last command sent from here. */
  command: Command | undefined;
  error: unknown;
  send(value: number, reason?: string): void;
}

export function useCommand(tag: Tag | undefined): Sending {
  const live = useLive();
  const commands = useObservable(live.commands);
  const [sent, setSent] = useState<Command>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = (value: number, reason?: string): void => {
    if (tag === undefined || busy) return;
    setBusy(true);
    setError(undefined);
    setSent(undefined);
    live.api
      .send<Command>("POST", "commands", {
        tag: tag.path,
        value,
        ...(reason === undefined || reason === "" ? {} : { reason }),
        ...seen(live.store, tag),
      })
      .then(setSent, setError)
      .finally(() => setBusy(false));
  };
  return { busy, command: sent === undefined ? undefined : (commands.get(sent.id) ?? sent), error, send };
}

/** What the person saw when deciding; a tag never heard of was not seen. */
function seen({ value, time }: { value: Float64Array; time: Float64Array }, tag: Tag): { seen?: { value: number; time: number } } {
  const present = value[tag.id] as number;
  return Number.isNaN(present) ? {} : { seen: { value: present, time: time[tag.id] as number } };
}
