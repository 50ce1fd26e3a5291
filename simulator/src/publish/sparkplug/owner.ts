/** Who owns metrics within an edge: the edge node itself (owner 0) or one of its devices (owner 1 and up, the line's cells in their order). */
import { tagOf } from "@cellhouse/shared";
import type { Plc } from "../../contracts.ts";
import { type PublishMode, Sampler } from "../sampler.ts";
import type { Sample } from "./metrics.ts";

export interface Owner {
  readonly id: string;
  readonly plc: Plc;
  readonly sampler: Sampler;
  /** Device id, absent for the edge node itself. */
  readonly device: string | undefined;
  /** Full path of each tag. */
  readonly paths: readonly string[];
  /** What the host has been told. */
  offline: boolean;
  /** Of its last birth, local clock. */
  bornAt: number;
}

export function makeOwner(plc: Plc, index: number, mode: PublishMode): Owner {
  return {
    id: plc.home.id,
    plc,
    sampler: new Sampler(plc, mode),
    device: index === 0 ? undefined : plc.home.id,
    paths: plc.definitions.map((definition) => tagOf(plc.home, definition.name).path),
    offline: plc.offline,
    bornAt: Number.NEGATIVE_INFINITY,
  };
}

/** The sample last handed out for tag `i`. */
export function sampleOf({ sampler }: Owner, owner: number, i: number): Sample {
  return {
    owner,
    tag: i,
    time: sampler.time[i] as number,
    value: sampler.value[i] as number,
    quality: sampler.quality[i] as number,
  };
}
