/** The commands of this run, the newest 10,000, and the telling of every change of theirs. */
import type { Command } from "@cellhouse/shared";
import type { CommandDoor, RecordedAction } from "../contracts.ts";

const KEPT = 10_000;
const LISTED = 1000;

export interface CommandBook {
  /** Adds a command or its next state, and tells record and screens. */
  put(command: Command): void;
  get: CommandDoor["get"];
  /** Newest first; `from` inclusive, `to` exclusive, by the time of the command; 1,000 unless told. */
  list: CommandDoor["list"];
}

export function createCommandBook(told: { sink: { command(command: Command): void }; record(action: RecordedAction): void }): CommandBook {
  const commands = new Map<string, Command>();
  return {
    put(command) {
      commands.set(command.id, command);
      if (commands.size > KEPT) for (const oldest of commands.keys()) if (commands.delete(oldest)) break;
      told.record({ type: "command", command });
      told.sink.command(command);
    },
    get: (id) => commands.get(id),
    list({ tag, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, limit = LISTED }) {
      const wanted = [...commands.values()].filter((c) => (tag === undefined || c.tag === tag) && c.at >= from && c.at < to);
      return wanted.reverse().slice(0, limit);
    },
  };
}
