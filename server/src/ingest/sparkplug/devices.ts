/** The devices of one edge: which of its line's cells are born, dead, or awaited after a rebirth. */
import { type Cell, deviceName, type Line } from "@cellhouse/shared";

/** A device that does not come back within this time after its edge's rebirth is down, ms. */
const RETURN_WITHIN = 10_000;

export interface Device {
  readonly cell: Cell;
  state: "unborn" | "awaited" | "born";
}

export class Devices {
  readonly #byName: ReadonlyMap<string, Device>;
  readonly #byCell: ReadonlyMap<string, Device>;
  #awaitUntil = Number.POSITIVE_INFINITY;

  constructor({ cells, description }: Line) {
    const all = cells.map((cell): Device => ({ cell, state: "unborn" }));
    this.#byName = new Map(all.map((device, i) => [deviceName(description.sparkplug, device.cell, i + 1), device]));
    this.#byCell = new Map(all.map((device) => [device.cell.id, device]));
  }

  /** By its Sparkplug name. */
  get(name: string): Device | undefined {
    return this.#byName.get(name);
  }

  isBorn(cell: string): boolean {
    return this.#byCell.get(cell)?.state === "born";
  }

  /** Cells not dead: born, or awaited. */
  present(): string[] {
    return this.#ids((d) => d.state !== "unborn");
  }

  /** The edge was born again: its devices must follow within 10 s. */
  expect(now: number): void {
    for (const device of this.#byCell.values()) if (device.state === "born") device.state = "awaited";
    this.#awaitUntil = now + RETURN_WITHIN;
  }

  /** Those that did not follow in time; they are dead from here on. */
  overdue(now: number): string[] {
    if (now < this.#awaitUntil) return [];
    this.#awaitUntil = Number.POSITIVE_INFINITY;
    const missing = this.#ids((d) => d.state === "awaited");
    for (const id of missing) (this.#byCell.get(id) as Device).state = "unborn";
    return missing;
  }

  forget(): void {
    for (const device of this.#byCell.values()) device.state = "unborn";
    this.#awaitUntil = Number.POSITIVE_INFINITY;
  }

  /** In words which cells are missing; empty when none is. */
  describeMissing(): string {
    const silent = this.#ids((d) => d.state === "unborn");
    return silent.length === 0 ? "" : `${silent.length} of ${this.#byCell.size} cells not connected: ${silent.slice(0, 5).join(", ")}`;
  }

  #ids(wanted: (device: Device) => boolean): string[] {
    return [...this.#byCell.values()].filter(wanted).map((d) => d.cell.id);
  }
}
