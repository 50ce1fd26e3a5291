/** The shapes between the simulated PLCs and the publishers, on one page. */
import type { Cell, Line, Quality, TagDefinition, Verdict, WriteOrder } from "@cellhouse/shared";

/**
 * The output image of one PLC (a cell's, or a line's rectifier): columns in the order of CELL_TAGS or LINE_TAGS.
 * The PLC program writes them each scan; publishers read them, and copy what they keep.
 */
export interface PlcImage {
  readonly home: Cell | Line;
  readonly definitions: readonly TagDefinition[];
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  /** Source time of each value, epoch ms: the moment the PLC scanned it. */
  readonly time: Float64Array;
  /** True while `plc_comm_loss` holds the PLC off the network: publishers neither send nor accept for it, and keep what it would have sent. */
  readonly offline: boolean;
  /** Between this image and the publishers, where faults of the data can be ordered. */
  readonly tamper?: Tampering;
}

/** What a fault of the data makes of an image on its way to the publishers. */
export interface Tampering {
  /** False while nothing is tampered with: the image itself is published. */
  readonly active: boolean;
  /** The columns to publish in the image's place. Called once per look at the image. */
  pass(): Pick<PlcImage, "value" | "quality" | "time">;
  /** Whether the next sample that goes out goes out twice. */
  twice(): boolean;
}

/** One PLC as a publisher may use it. */
export interface Plc extends PlcImage {
  /** A write from outside, by tag name (`FIC-303.SP`): clamped and ramped by the PLC, refused with a reason where it must be; echoed in YS-908 and YS-909 where it comes with an order. */
  write(tag: string, value: number, order?: WriteOrder): Verdict;
}

export interface FaultRequest {
  id: string;
  /** Of the shared catalogue of disturbances. */
  kind: string;
  /** Id of the cell, or for a fault of a line of the line or any cell of it. */
  cell: string;
  /** Seconds of process time until it begins. */
  after: number;
  /** How long it lasts; 0: until stopped. */
  seconds: number;
  args: Record<string, number>;
}

/** All PLCs of the plant with their faults door. `advance` runs process and PLC programs up to `now`. */
export interface SimulatedPlant {
  /** The cells' PLCs in the plant's order, then the lines'. */
  readonly cells: readonly Plc[];
  readonly lines: readonly Plc[];
  /** Runs every 100 ms scan due by `now` (epoch ms, wall clock); process time runs `speed` times faster, source times stay wall UTC. */
  advance(now: number): void;
  startFault(request: FaultRequest): Verdict;
  stopFault(id: string): Verdict;
}

/** Sends the images of some lines to the outside world. */
export interface Publisher {
  start(): Promise<void>;
  /** Called after every `advance`: sends what is due by `now`. */
  publish(now: number): void;
  stop(): Promise<void>;
}

/** What a publisher has handed to its transport, per tag: the proof that nothing was lost behind it. */
export interface Published {
  /** Adds one sample; `value` as it goes over the wire (f32 rounded). */
  add(path: string, time: number, value: number, quality: Quality): void;
}
