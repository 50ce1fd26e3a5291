/** Requests on their way: several at once where their order does not matter, and none forgotten that InfluxDB has not taken. */
import type { Resolution } from "../../contracts.ts";

export interface Parcel {
  readonly resolution: Resolution;
  readonly lines: Buffer<ArrayBuffer>;
  /** Samples in it; 0 for rows. */
  readonly samples: number;
  /** It writes over what earlier ones may hold: those must have arrived. */
  readonly behind: boolean;
}

/** Raw samples in order of time touch nothing twice, so they may overtake each other; rows are written over and may not. */
const MOST_FLYING = { raw: 3, "10s": 1, "1m": 1, "1h": 1 } as const satisfies Record<Resolution, number>;

export class Outbox {
  readonly #send: (parcel: Parcel) => Promise<void>;
  /** In order; gone from here is stored. */
  readonly #kept = new Set<Parcel>();
  readonly #flying: Record<Resolution, Set<Promise<void>>> = { raw: new Set(), "10s": new Set(), "1m": new Set(), "1h": new Set() };
  #fault: { error: unknown } | undefined;

  constructor(send: (parcel: Parcel) => Promise<void>) {
    this.#send = send;
  }

  /** Resolves when it is under way. Throws what an earlier one failed with; the parcel is kept all the same. */
  async put(parcel: Parcel): Promise<void> {
    this.#kept.add(parcel);
    const flying = this.#flying[parcel.resolution];
    const most = parcel.behind ? 1 : MOST_FLYING[parcel.resolution];
    while (flying.size >= most) await Promise.race(flying);
    this.#check();
    const flight: Promise<void> = this.#deliver(parcel)
      .catch((error: unknown) => {
        this.#fault ??= { error };
      })
      .finally(() => flying.delete(flight));
    flying.add(flight);
  }

  /** Resolves when all are stored. Throws what one failed with. */
  async settle(): Promise<void> {
    await Promise.all(Object.values(this.#flying).flatMap((flying) => [...flying]));
    this.#check();
  }

  /** Sends what a failure left behind, in order. Throws when it fails again. */
  async again(): Promise<void> {
    await this.settle().catch(() => undefined);
    for (const parcel of this.#kept) await this.#deliver(parcel);
    this.#fault = undefined;
  }

  async #deliver(parcel: Parcel): Promise<void> {
    await this.#send(parcel);
    this.#kept.delete(parcel);
  }

  #check(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
  }
}
