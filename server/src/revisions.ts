/** The plant file as it was at any time: each revision stands in the journal, and a replay judges with the one of its time. */
import { buildPlant, type JournalEvent, type Plant, plantDescription } from "@cellhouse/shared";
import type { Ledger } from "./contracts.ts";

const MOST = 10_000;

/** Writes the plant to the journal when it differs from the last revision there; true when it did. */
export function noteRevision(plant: Plant, ledger: Ledger, now: number): boolean {
  const last = ledger.events({ kind: "config", limit: MOST }).filter(isPlant).at(-1);
  if (last !== undefined && JSON.stringify(last.description) === JSON.stringify(plant.description)) return false;
  ledger.journal({ time: now, kind: "config", what: "plant", name: plant.description.name, description: plant.description });
  return true;
}

/**
 * The plant in force at `time`, epoch ms. Falls back to `running` where no revision is older, or where lines and cells were
 * others then: the record is read by the tags of the running plant.
 */
export function revisionAt(running: Plant, ledger: Ledger, time: number): Plant {
  const found = ledger
    .events({ kind: "config", to: time + 1, limit: MOST })
    .filter(isPlant)
    .at(-1);
  const checked = plantDescription.safeParse(found?.description);
  if (!checked.success) return running;
  const plant = buildPlant(checked.data);
  const same = plant.tags.length === running.tags.length && plant.tags.every((tag, i) => tag.path === running.tags[i]?.path);
  return same ? plant : running;
}

function isPlant(event: JournalEvent): boolean {
  return event.what === "plant";
}
