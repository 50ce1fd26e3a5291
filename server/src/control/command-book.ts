/** The commands of this run, the newest 10,000, and the telling of every change of theirs. */
import type { Command } from "@cellhouse/shared";
import type { CommandDoor, RecordedAction } from "../contracts.ts";

const KEPT = 10_000;
const LISTED = 1000;

export interface CommandListener {
  sink: { command(command: Command): void };
  record(action: RecordedAction): void;
}

export class CommandBook {
  readonly #listener: CommandListener;
  /** In order of submission. */
  readonly #commands = new Map<string, Command>();

  constructor(listener: CommandListener) {
    this.#listener = listener;
  }

  /** Adds a command or its next state, and tells record and screens. */
  put(command: Command): void {
    const commands = this.#commands;
    commands.set(command.id, command);
    if (commands.size > KEPT) commands.delete(commands.keys().next().value as string);
    this.#listener.record({ type: "command", command });
    this.#listener.sink.command(command);
  }

  get(id: string): Command | undefined {
    return this.#commands.get(id);
  }

  /** Newest first; `from` inclusive, `to` exclusive, by the time of the command; 1,000 unless told. */
  list({
    tag,
    from = Number.NEGATIVE_INFINITY,
    to = Number.POSITIVE_INFINITY,
    limit = LISTED,
  }: Parameters<CommandDoor["list"]>[0]): Command[] {
    const wanted = [...this.#commands.values()].filter((c) => (tag === undefined || c.tag === tag) && c.at >= from && c.at < to);
    return wanted.reverse().slice(0, limit);
  }
}
