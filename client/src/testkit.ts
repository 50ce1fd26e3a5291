/** Small stand-ins for tests: a plant of two lines, alarms. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Alarm, Plant } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";

/** The demo hall: L01 and L02 with 24 PrNd cells each. */
export function demoPlant(): Plant {
  const path = join(import.meta.dirname, "../../shared/plants/demo.yaml");
  return loadPlant(
    path,
    (p) => readFileSync(p, "utf8"),
    (from, to) => join(dirname(from), to),
  );
}

/** An unacknowledged voltage alarm of C001, changed as told. */
export function alarm(change: Partial<Alarm> = {}): Alarm {
  return {
    id: "C001:EI-201.HI",
    occurrence: "1",
    cell: "C001",
    tag: "BT.EL1.L01.C001:EI-201",
    type: "EI-201.HI",
    priority: 3,
    state: "UNACK",
    inhibit: [],
    value: 11.2,
    limit: 11,
    raised: 1000,
    cause: "Lean bath",
    consequence: "Energy",
    response: "Check the feed",
    timeToRespond: 15,
    ...change,
  };
}
