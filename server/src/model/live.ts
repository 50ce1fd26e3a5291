/** The live columns: the newest value of every tag, and whether it may be believed. The pipe writes, all stages read. */
import { type Clock, effectiveTime, type Frame, type Plant, Quality, type TagId, worse } from "@cellhouse/shared";
import type { Checkpoint, LinkEvent, ModelView } from "../contracts.ts";
import { type Announce, Liveness } from "./liveness.ts";

const HEARTBEAT = "YC-905";

export interface Model extends ModelView {
  /** Takes the frame's samples in; the clock must stand at `frame.receivedAt`. */
  apply(frame: Frame): void;
  link(event: LinkEvent): void;
  /** A copy of all that is remembered. */
  memory(): ModelMemory;
  /** Takes what `memory` gave into a model that has heard nothing yet; announces nothing. */
  recall(memory: ModelMemory): void;
}

type ModelMemory = Pick<Checkpoint, "values" | "liveness">;

/**
 * Columns for every tag of the plant. `announce` is called with what changed in liveness, during `apply`, `link` or a timer of `clock`.
 * A sample older (in effective time) than the one held does not overwrite it. A historical sample is shown only while
 * nothing live has come, and never better than Stale.
 */
export function createModel(plant: Plant, clock: Clock, announce: Announce): Model {
  const size = plant.tags.length;
  const value = new Float64Array(size).fill(Number.NaN);
  const time = new Float64Array(size).fill(Number.NaN);
  const received = new Float64Array(size).fill(Number.NaN);
  const quality = new Uint8Array(size).fill(Quality.Stale);
  /** Effective time of the live sample held; NaN before the first. */
  const effective = new Float64Array(size).fill(Number.NaN);
  const liveness = new Liveness(plant, clock, announce);
  const owner = Int32Array.from(plant.tags, (tag) => liveness.indexOf(tag.owner));
  /** 1: a sample of this tag is a sign of life of its owner. */
  const sign = Uint8Array.from(plant.tags, (tag) => (tag.definition.name === HEARTBEAT || tag.owner === tag.line ? 1 : 0));

  const take = (frame: Frame, i: number, tag: TagId, byte: number): void => {
    value[tag] = frame.value[i] as number;
    time[tag] = frame.time[i] as number;
    received[tag] = frame.receivedAt;
    quality[tag] = byte;
  };
  const applyHistorical = (frame: Frame): void => {
    for (let i = 0; i < frame.count; i++) {
      const tag = frame.tag[i] as TagId;
      const later = !((time[tag] as number) > (frame.time[i] as number));
      if (tag < size && later && Number.isNaN(effective[tag])) take(frame, i, tag, Math.max(Quality.Stale, frame.quality[i] as number));
    }
  };
  const applyLive = (frame: Frame): void => {
    for (let i = 0; i < frame.count; i++) {
      const tag = frame.tag[i] as TagId;
      const at = effectiveTime(frame, i);
      if (tag >= size || at < (effective[tag] as number)) continue;
      effective[tag] = at;
      take(frame, i, tag, frame.quality[i] as number);
      if (sign[tag] === 1) liveness.heard(owner[tag] as number, frame.value[i] as number);
    }
    liveness.flush();
  };

  const memory = (): ModelMemory => {
    const tag = new Uint32Array(size);
    let count = 0;
    for (let id = 0; id < size; id++) if (!Number.isNaN(received[id])) tag[count++] = id;
    const ids = tag.subarray(0, count);
    const values = {
      tag: ids,
      time: pick(time, ids, new Float64Array(count)),
      value: pick(value, ids, new Float64Array(count)),
      quality: pick(quality, ids, new Uint8Array(count)),
      received: pick(received, ids, new Float64Array(count)),
      effective: pick(effective, ids, new Float64Array(count)),
    };
    return { values, liveness: liveness.states() };
  };
  const recall = ({ values, liveness: owners }: ModelMemory): void => {
    for (const [i, tag] of values.tag.entries()) {
      if (tag >= size) continue;
      value[tag] = values.value[i] as number;
      time[tag] = values.time[i] as number;
      received[tag] = values.received[i] as number;
      quality[tag] = values.quality[i] as number;
      effective[tag] = values.effective[i] as number;
    }
    liveness.restore(owners);
  };

  return {
    memory,
    recall,
    apply: (frame) => (frame.historical ? applyHistorical(frame) : applyLive(frame)),
    link: (event) => liveness.link(event),
    value: (tag) => value[tag] ?? Number.NaN,
    time: (tag) => time[tag] ?? Number.NaN,
    received: (tag) => received[tag] ?? Number.NaN,
    quality: (tag) => (tag < size ? worse(quality[tag] as Quality, liveness.quality(owner[tag] as number)) : Quality.Bad),
    liveness: (id) => liveness.quality(liveness.indexOf(id)),
  };
}

/** A plain loop: the pipe stands still for it. */
function pick<C extends Float64Array | Uint8Array>(column: C, ids: Uint32Array, to: C): C {
  for (let i = 0; i < ids.length; i++) to[i] = column[ids[i] as number] as number;
  return to;
}
