/** Shelving: an operator puts an alarm aside for a while, with a reason; it comes back by itself. */
import { type Cancel, type Clock, OK, refuse, type Verdict } from "@cellhouse/shared";
import type { AlarmBook } from "./book.ts";
import type { AlarmColumns, Place } from "./columns.ts";

/** The longest an alarm may be shelved at once, min (one shift). */
const MAX_SHELF_MINUTES = 480;

interface ShelfOrder {
  minutes: number;
  reason: string;
  actor: string;
}

export interface Shelves {
  shelve(slot: number, order: ShelfOrder): Verdict;
  unshelve(slot: number, actor: string): Verdict;
  /** Sets the timer of a shelf that was restored. */
  resume(slot: number): void;
}

export function createShelves(columns: AlarmColumns, clock: Clock, book: AlarmBook): Shelves {
  const timers = new Map<number, Cancel>();

  function end(slot: number, actor: string, comment?: string): void {
    timers.get(slot)?.();
    timers.delete(slot);
    book.entry(slot).shelf = undefined;
    book.hold(slot, "SHELVED", false, { actor, comment });
    book.publish();
  }

  function resume(slot: number): void {
    const { shelf } = book.entry(slot);
    if (shelf === undefined) return;
    timers.get(slot)?.();
    timers.set(
      slot,
      clock.at(shelf.until, () => end(slot, "system", "shelf time over")),
    );
  }

  return {
    resume,
    shelve(slot, { minutes, reason, actor }) {
      const refusal = refused(columns.places[slot] as Place, minutes, reason);
      if (refusal !== undefined) return refusal;
      const { shelf } = book.entry(slot);
      if (shelf !== undefined)
        return refuse("E_OCCURRENCE", `already shelved by ${shelf.by} until ${new Date(shelf.until).toISOString()}; unshelve it first`);
      book.entry(slot).shelf = { until: clock.now() + minutes * 60_000, by: actor, reason };
      book.hold(slot, "SHELVED", true, { actor, comment: reason });
      resume(slot);
      book.publish();
      return OK;
    },
    unshelve(slot, actor) {
      if (book.entry(slot).shelf !== undefined) end(slot, actor);
      return OK;
    },
  };
}

function refused({ id, definition }: Place, minutes: number, reason: string): Verdict | undefined {
  if (definition.priority === 1) return refuse("E_QUERY", `priority: ${id} has priority 1, which cannot be shelved`);
  if (!(minutes > 0 && minutes <= MAX_SHELF_MINUTES))
    return refuse("E_QUERY", `minutes: ${minutes} is not above 0 and at most ${MAX_SHELF_MINUTES}`);
  if (reason.trim().length < 3) return refuse("E_QUERY", "reason: say in at least 3 letters why the alarm is shelved");
  return undefined;
}
