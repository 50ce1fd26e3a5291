/** The devices of one edge: which of its line's cells are born, dead, or awaited after a rebirth. */
import type { Cell, Line } from "@cellhouse/shared";
import { ClockOffset } from "../clock-offset.ts";

/** A device that does not come back within this time after its edge's rebirth is down, ms. */
const RETURN_WITHIN = 10_000;

export interface Device {
  readonly cell: Cell;
  state: "unborn" | "awaited" | "born";
  readonly offset: ClockOffset;
}

export class Devices {
  readonly #all: ReadonlyMap<string, Device>;
  #awaitUntil = Number.POSITIVE_INFINITY;

  constructor(line: Line) {
    this.#all = new Map(line.cells.map((cell) => [cell.id, { cell, state: "unborn", offset: new ClockOffset() }]));
  }

  get(name: string): Device | undefined {
    return this.#all.get(name);
  }

  /** Cells not dead: born, or awaited. */
  present(): string[] {
    return this.#ids((d) => d.state !== "unborn");
  }

  /** The edge was born again: its devices must follow within 10 s. */
  expect(now: number): void {
    for (const device of this.#all.values()) if (device.state === "born") device.state = "awaited";
    this.#awaitUntil = now + RETURN_WITHIN;
  }

  /** Those that did not follow in time; they are dead from here on. */
  overdue(now: number): string[] {
    if (now < this.#awaitUntil) return [];
    this.#awaitUntil = Number.POSITIVE_INFINITY;
    const missing = this.#ids((d) => d.state === "awaited");
    for (const id of missing) (this.#all.get(id) as Device).state = "unborn";
    return missing;
  }

  forget(): void {
    for (const device of this.#all.values()) device.state = "unborn";
    this.#awaitUntil = Number.POSITIVE_INFINITY;
  }

  /** In words which cells are missing; empty when none is. */
  describeMissing(): string {
    const silent = this.#ids((d) => d.state === "unborn");
    return silent.length === 0 ? "" : `${silent.length} of ${this.#all.size} cells not connected: ${silent.slice(0, 5).join(", ")}`;
  }

  /** Each PLC has its own clock; the offset furthest from ours, ms. */
  worstOffset(): number {
    let worst = 0;
    for (const { offset } of this.#all.values()) if (Math.abs(offset.value) > Math.abs(worst)) worst = offset.value;
    return worst;
  }

  #ids(wanted: (device: Device) => boolean): string[] {
    return [...this.#all.values()].filter(wanted).map((d) => d.cell.id);
  }
}
