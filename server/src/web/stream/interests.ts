/** What a socket asked for, in its own words (tags, cells, the hall), and the tags that make it up. */
import { HALL_TAGS, type Plant, resolveTags, type SubscribeReply, type TagId } from "@cellhouse/shared";
import { z } from "zod";
import { reaches } from "../auth/areas.ts";

/** Tags one socket may want at once: the hall screen of 755 cells and some. */
export const MOST_TAGS = 20_000;

export const subscribeRequest = z.strictObject({
  tags: z.array(z.string().min(1).max(80)).max(5000).optional(),
  cells: z.array(z.string().min(1).max(40)).max(1000).optional(),
  hall: z.boolean().optional(),
  replay: z.string().min(1).max(80).nullable().optional(),
});
export type Request = z.output<typeof subscribeRequest>;

type Refusal = Extract<SubscribeReply, { ok: false }>;

/** Tags and owners of a request, found in the plant; what lies outside the areas is refused as a whole. */
export interface Asked {
  tags: TagId[];
  owners: string[];
  hall: boolean;
  unknown: string[];
}

/** Reads a request against plant and areas; refuses with E_ROLE naming the first path outside. */
export function ask(plant: Plant, areas: readonly string[], request: Request): Asked | Refusal {
  const { tags, unknown } = resolveTags(plant, request.tags ?? []);
  const owners = (request.cells ?? []).map((owner) => ({ owner, home: plant.home(owner) }));
  for (const { owner, home } of owners) if (home === undefined) unknown.push(owner);
  const homes = owners.flatMap(({ home }) => home ?? []);
  const outside = [...tags, ...homes].find(({ path }) => !reaches(areas, path));
  if (outside !== undefined) return { ok: false, code: "E_ROLE", detail: `${outside.path}: outside your areas` };
  return { tags: tags.map((tag) => tag.id), owners: homes.map((home) => home.id), hall: request.hall ?? false, unknown };
}

export class Interests {
  readonly #plant: Plant;
  readonly #areas: readonly string[];
  readonly #tags = new Set<TagId>();
  readonly #owners = new Set<string>();
  #hall = false;

  constructor(plant: Plant, areas: readonly string[]) {
    this.#plant = plant;
    this.#areas = areas;
  }

  add(asked: Asked): void {
    for (const tag of asked.tags) this.#tags.add(tag);
    for (const owner of asked.owners) this.#owners.add(owner);
    if (asked.hall) this.#hall = true;
  }

  remove(asked: Asked): void {
    for (const tag of asked.tags) this.#tags.delete(tag);
    for (const owner of asked.owners) this.#owners.delete(owner);
    if (asked.hall) this.#hall = false;
  }

  /** Every tag wanted by anything asked for; the hall only as far as the areas reach. */
  wanted(): Set<TagId> {
    const wanted = new Set(this.#tags);
    for (const owner of this.#owners) {
      const home = this.#plant.home(owner);
      for (const tag of home?.tags.values() ?? []) wanted.add(tag.id);
    }
    if (this.#hall) this.#addHall(wanted);
    return wanted;
  }

  #addHall(wanted: Set<TagId>): void {
    for (const line of this.#plant.lines) if (reaches(this.#areas, line.path)) for (const tag of line.tags.values()) wanted.add(tag.id);
    for (const cell of this.#plant.cells) {
      if (!reaches(this.#areas, cell.path)) continue;
      for (const name of HALL_TAGS) {
        const tag = cell.tags.get(name);
        if (tag !== undefined) wanted.add(tag.id);
      }
    }
  }
}
