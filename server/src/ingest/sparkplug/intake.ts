/** Turns the payloads of one edge into judged frames; keeps its rate and the offset of each clock behind it. */
import type { Cell, Frame, Line } from "@cellhouse/shared";
import { decodePayload, type Metric } from "@cellhouse/shared/sparkplug";
import type { Counters, PipeInput } from "../../contracts.ts";
import { ClockOffset } from "../clock-offset.ts";
import { RateMeter } from "../driver.ts";
import { isPossible } from "../judge.ts";
import type { BirthTable } from "./birth-table.ts";
import { DataDecoder } from "./decode.ts";

export interface IntakeDeps {
  counters: Counters;
  input: PipeInput;
  judge(frame: Frame): void;
  /** A text metric the birth table marked came in. */
  text(metric: Metric): void;
}

/** Shared by all edges: frames are borrowed, and only one message is in hand at a time. */
const decoder = new DataDecoder();

export class Intake {
  readonly #link: string;
  readonly #deps: IntakeDeps;
  readonly #offsets = new Map<string, ClockOffset>();
  readonly meter = new RateMeter();
  /** Values received but not yet counted. */
  #pending = 0;

  constructor(link: string, deps: IntakeDeps) {
    this.#link = link;
    this.#deps = deps;
  }

  /**
   * The values of one message, on their way when it returns; `late`: others of its edge have overtaken them, so none is live.
   * Gives the number of metrics that were in no birth. Throws DecodeError before anything has gone on its way.
   */
  take(bytes: Uint8Array, table: BirthTable, home: Cell | Line, now: number, late = false): number {
    decoder.decode(bytes, table, home.id);
    const { counters, text } = this.#deps;
    const { live, historical, newest, unknown, unusable } = decoder;
    if (unknown > 0) counters.rejected("unknown_alias", unknown);
    if (unusable > 0) counters.rejected("unusable_value", unusable);
    const offset = this.#offset(home.id);
    if (live.count > 0 && isPossible(newest, now)) {
      if (!late) offset.add(newest, now);
      counters.latency("source_to_pipe", Math.max(0, now - newest - offset.value));
    }
    const hasText = decoder.text;
    if (historical.count > 0) this.#send(historical, true, now, offset.value);
    if (live.count > 0) this.#send(live, late, now, offset.value);
    if (hasText) for (const metric of decodePayload(bytes).metrics) if (typeof metric.value === "string") text(metric);
    return unknown;
  }

  /** Each second. */
  tick(): void {
    this.meter.tick();
    if (this.#pending > 0) this.#deps.counters.received(this.#link, this.#pending);
    this.#pending = 0;
  }

  /** Each PLC has its own clock; the offset furthest from ours, ms. */
  worstOffset(): number {
    let worst = 0;
    for (const { value } of this.#offsets.values()) if (Math.abs(value) > Math.abs(worst)) worst = value;
    return worst;
  }

  #offset(owner: string): ClockOffset {
    let offset = this.#offsets.get(owner);
    if (offset === undefined) {
      offset = new ClockOffset();
      this.#offsets.set(owner, offset);
    }
    return offset;
  }

  #send(frame: Frame, historical: boolean, now: number, clockOffset: number): void {
    frame.historical = historical;
    frame.clockOffset = clockOffset;
    frame.receivedAt = now;
    this.meter.total += frame.count;
    this.#pending += frame.count;
    this.#deps.judge(frame);
    this.#deps.input.frame(frame);
  }
}
