/** The alarm stage: conditions from samples and liveness, states and occurrences from the book, and what operators may do. */
import { type Clock, type Frame, OK, type Plant, refuse, type Verdict } from "@cellhouse/shared";
import type { AlarmMemory, AlarmService, LivenessChange, ModelView } from "../contracts.ts";
import { AlarmBook, type AlarmSink } from "./book.ts";
import { type AlarmColumns, compileAlarms, type Place } from "./columns.ts";
import { Conditions } from "./conditions.ts";
import { isActive } from "./machine.ts";
import { createShelves, type Shelves } from "./shelves.ts";
import { readEntry, writeEntry } from "./state.ts";

export interface AlarmOptions {
  plant: Plant;
  model: ModelView;
  /** The pipe's. */
  clock: Clock;
  sink: AlarmSink;
}

interface AlarmRow {
  id: string;
  state: string;
}

export interface Alarms extends AlarmService {
  /** Judges a frame the model has already taken. Historical frames are passed over. */
  evaluate(frame: Frame): void;
  /** Called when the model already answers with the new liveness. */
  liveness(changes: readonly LivenessChange[]): void;
  /** What must survive a restart: one row per alarm that was ever annunciated or held back; with `ids` only theirs. */
  snapshot(ids?: readonly string[]): AlarmRow[];
  /** Takes rows of `snapshot`, before the first frame. Rows of unknown alarms or not to be read are counted and passed over. */
  restore(rows: readonly AlarmRow[]): { restored: number; ignored: number };
  /** Rows of all, and what conditions remember: taken by `recall` into a fresh stage, it goes on as this one does. */
  memory(): AlarmMemory;
  recall(memory: AlarmMemory): void;
}

interface Parts {
  columns: AlarmColumns;
  book: AlarmBook;
  conditions: Conditions;
  shelves: Shelves;
}

/** Builds the stage. Nothing it does depends on anything but frames, liveness, actions and the pipe's clock. */
export function createAlarms({ plant, model, clock, sink }: AlarmOptions): Alarms {
  const columns = compileAlarms(plant);
  const book = new AlarmBook(columns, clock, sink);
  const conditions = new Conditions({
    columns,
    model,
    clock,
    changed: (slot, active, time, value) => book.condition(slot, active, time, value),
    settled: () => book.publish(),
  });
  const parts: Parts = { columns, book, conditions, shelves: createShelves(columns, clock, book) };
  const snapshot: Alarms["snapshot"] = (ids) => {
    const slots = ids === undefined ? book.known() : ids.flatMap((id) => columns.slotOf.get(id) ?? []);
    return slots.map((slot) => ({ id: (columns.places[slot] as Place).id, state: writeEntry(book.entry(slot)) }));
  };
  return {
    ...service(parts),
    evaluate(frame) {
      conditions.evaluate(frame);
      book.publish();
    },
    liveness(changes) {
      for (const change of changes) conditions.liveness(change);
      book.publish();
    },
    snapshot,
    restore(rows) {
      const restored = rows.filter((row) => restore(parts, row)).length;
      return { restored, ignored: rows.length - restored };
    },
    memory: () => ({ rows: snapshot(), ...conditions.memory() }),
    recall(memory) {
      for (const row of memory.rows) restore(parts, row);
      conditions.recall(memory);
    },
  };
}

function restore({ columns, book, conditions, shelves }: Parts, row: AlarmRow): boolean {
  const slot = columns.slotOf.get(row.id);
  const saved = readEntry(row.state);
  if (slot === undefined || saved === undefined) return false;
  Object.assign(book.entry(slot), saved);
  conditions.preset(slot, isActive(saved.state));
  shelves.resume(slot);
  return true;
}

function service({ columns, book, shelves }: Parts): AlarmService {
  const withSlot = (id: string, act: (slot: number) => Verdict): Verdict => {
    const slot = columns.slotOf.get(id);
    return slot === undefined ? refuse("E_NOT_FOUND", `alarm ${id}`) : act(slot);
  };
  return {
    list: () => book.standing().map((slot) => book.view(slot)),
    get(id) {
      const slot = columns.slotOf.get(id);
      return slot === undefined ? undefined : book.view(slot);
    },
    acknowledge(id, occurrence, actor, comment) {
      return withSlot(id, (slot) => {
        const current = book.entry(slot).occurrence;
        if (current !== occurrence || current === "")
          return refuse("E_OCCURRENCE", `${id} is now at occurrence ${current || "none"}, not ${occurrence}`);
        // Acknowledged already, or returned since: the same occurrence asks for nothing more.
        book.act(slot, "ack", { actor, comment });
        book.publish();
        return OK;
      });
    },
    shelve: (id, minutes, reason, actor) => withSlot(id, (slot) => shelves.shelve(slot, { minutes, reason, actor })),
    unshelve: (id, actor) => withSlot(id, (slot) => shelves.unshelve(slot, actor)),
    reset(id, actor) {
      return withSlot(id, (slot) => {
        const { state } = book.entry(slot);
        if (!book.act(slot, "reset", { actor }))
          return refuse("E_OCCURRENCE", state === "LATCH_UNACK" ? `${id}: acknowledge it first` : `${id} is ${state}: nothing is latched`);
        book.publish();
        return OK;
      });
    },
  };
}
