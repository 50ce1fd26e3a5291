/** Heartbeats towards the PLCs: written often, never answered. One at a time per tag, so that a slow field is not flooded. */
import type { Plant, Tag, TagId } from "@cellhouse/shared";
import type { Field } from "../contracts.ts";

export interface PulseStats {
  sent: number;
  refused: number;
  /** Left out because the one before had not left yet. */
  skipped: number;
}

export class Pulse {
  readonly #plant: Plant;
  readonly #field: Field;
  readonly #leaving: Uint8Array;
  readonly #stats: PulseStats = { sent: 0, refused: 0, skipped: 0 };

  constructor(plant: Plant, field: Field) {
    this.#plant = plant;
    this.#field = field;
    this.#leaving = new Uint8Array(plant.tags.length);
  }

  send(tag: TagId, value: number): void {
    const { definition, path } = this.#plant.tags[tag] as Tag;
    if (definition.access !== "w") throw new Error(`${path} is no heartbeat: commands write it`);
    if (this.#leaving[tag] === 1) this.#stats.skipped++;
    else void this.#write(tag, value);
  }

  stats(): PulseStats {
    return { ...this.#stats };
  }

  async #write(tag: TagId, value: number): Promise<void> {
    this.#leaving[tag] = 1;
    try {
      const verdict = await this.#field.write({ tag, value });
      this.#stats[verdict.ok ? "sent" : "refused"]++;
    } catch {
      this.#stats.refused++;
    }
    this.#leaving[tag] = 0;
  }
}
