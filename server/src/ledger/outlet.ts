/** What a pipe decides, written to the journal and audit: off the hot path, many lines to one sync of the disk. */
import type { AlarmTransition, Cancel, Clock, Command } from "@cellhouse/shared";
import type { Ledger, LinkEvent, Outlet } from "../contracts.ts";

/** Lines wait at most this long; a crash in between loses none for good, the recorder has what they follow from. */
const BATCH_MS = 50;

export interface JournalOutlet extends Outlet {
  /** A link that came or went, `time` by our clock; a birth of a whole line is one write to the disk. */
  link(time: number, event: Omit<LinkEvent, "receivedAt">): void;
  /** Writes what waits; to be called before the ledger closes. */
  flush(): void;
}

/**
 * An outlet that journals alarm transitions and commands and audits acknowledgements and command ends.
 * `failed` hears of a ledger that cannot write; the lines stay and are tried again with the next batch, none is dropped.
 */
export function journalOutlet(ledger: Ledger, options: { clock: Clock; failed?: (error: unknown) => void }): JournalOutlet {
  let waiting: (() => void)[] = [];
  let timer: Cancel | undefined;
  const flush = (): void => {
    timer?.();
    timer = undefined;
    const batch = waiting;
    if (batch.length === 0) return;
    try {
      ledger.batch(() => {
        for (const write of batch) write();
      });
      waiting = [];
    } catch (error) {
      options.failed?.(error);
    }
  };
  const later = (write: () => void): void => {
    waiting.push(write);
    timer ??= options.clock.at(options.clock.now() + BATCH_MS, flush);
  };
  const nothing = (): void => undefined;
  return {
    flush,
    frame: nothing,
    liveness: nothing,
    alarms: nothing,
    discontinuity: nothing,
    transition: (transition) => later(() => writeTransition(ledger, transition)),
    link: (time, { link, event, detail }) => later(() => ledger.journal({ time, kind: "link", link, event, detail })),
    command: (command) => later(() => writeCommand(ledger, { ...command })),
  };
}

function writeTransition(ledger: Ledger, transition: AlarmTransition): void {
  const cell = transition.alarm.split(":")[0] ?? transition.alarm;
  ledger.journal({ kind: "alarm", cell, ...transition });
}

function writeCommand(ledger: Ledger, command: Command): void {
  const cell = command.tag.split(":")[0]?.split(".").pop() ?? "";
  const time = command.ended ?? command.at;
  ledger.journal({ kind: "command", cell, ...command, time });
  if (command.state === "pending") return;
  const outcome = command.code === undefined ? command.state : `${command.state} ${command.code}`;
  ledger.audit({
    time,
    actor: command.by,
    action: "command-end",
    target: command.tag,
    after: { id: command.id, value: command.value, readBack: command.readBack },
    ...(command.reason === undefined ? {} : { reason: command.reason }),
    outcome,
  });
}
