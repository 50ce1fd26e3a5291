/** The server as a source of its own: what it lost and how far it is behind, as samples of the system's tags, recorded and judged like all others. */
import { type Cancel, type Clock, createFrame, every, type Link, type Plant, pushSample, Quality, tagOf } from "@cellhouse/shared";
import type { PipeInput } from "./contracts.ts";
import type { Metrics } from "./counters.ts";

const LOOK_MS = 1000;
/** Everything is told again this often, so that a record that lost a sample of it is right again soon. */
const ALL_MS = 10_000;
/** A loss stands in its tag, and so in its alarm, this long. */
const RECENT_MS = 600_000;
/** Historian behind the record at no rate at all: as if one value a second came. */
const LEAST_RATE = 1;

const LOSSES = ["NI-951", "NI-952", "NI-953", "NI-954"] as const;
type Loss = (typeof LOSSES)[number];

/** Where a reason of `counters.dropped` belongs; one that is not named here counts as lost before the record, so that none is silent. */
const LOSS_OF: Readonly<Record<string, Loss>> = {
  historian_refused: "NI-952",
  recorder_expired: "NI-952",
  recorder_damaged: "NI-952",
  opcua_server_queue: "NI-953",
  opcua_notification: "NI-953",
  mqtt_offline_queue: "NI-954",
  mqtt_slow_reader: "NI-954",
};
/** Dropped, but no loss: the record itself is whole without it. */
const HARMLESS = new Set(["checkpoint"]);

export interface SystemOptions {
  plant: Plant;
  /** The wall clock. */
  clock: Clock;
  counters: Pick<Metrics, "drops" | "received">;
  links(): readonly Link[];
  input: PipeInput;
}

/** Looks each second; tells what changed for the worse or better at once, the rest each ten seconds. The call ends it. */
export function watchSystem(options: SystemOptions): Cancel {
  const { clock } = options;
  const system = new System(options);
  system.look();
  return every(clock, LOOK_MS, () => system.look());
}

class System {
  readonly #o: SystemOptions;
  readonly #recent: Record<Loss, Recent>;
  readonly #frame = createFrame(16);
  #told = "";
  #toldAt = Number.NEGATIVE_INFINITY;
  #lookedAt: number;
  #late = 0;

  constructor(options: SystemOptions) {
    this.#o = options;
    this.#lookedAt = options.clock.now() - LOOK_MS;
    this.#recent = { "NI-951": new Recent(), "NI-952": new Recent(), "NI-953": new Recent(), "NI-954": new Recent() };
  }

  look(): void {
    const now = this.#o.clock.now();
    this.#late = Math.max(this.#late, now - this.#lookedAt - LOOK_MS);
    this.#lookedAt = now;
    const links = this.#o.links();
    const urgent = this.#urgent(links, now);
    const news = JSON.stringify(urgent);
    if (news === this.#told && now - this.#toldAt < ALL_MS) return;
    this.#told = news;
    this.#toldAt = now;
    this.#tell({ ...urgent, ...this.#figures(links) }, now);
    this.#late = 0;
  }

  /** What a person must hear of within a second. */
  #urgent(links: readonly Link[], now: number): Record<string, number> {
    const totals = lossesOf(this.#o.counters.drops(), links);
    const recent = LOSSES.map((tag) => [tag, this.#recent[tag].take(totals[tag], now)]);
    return {
      ...Object.fromEntries(recent),
      "NQ-950": LOSSES.reduce((sum, tag) => sum + totals[tag], 0),
      "NI-955": links.filter(({ lastGap }) => lastGap !== undefined && lastGap.to === undefined).length,
      "YS-956": links.some(({ kind, state }) => kind === "recorder" && state !== "up") ? 1 : 0,
    };
  }

  #figures(links: readonly Link[]): Record<string, number> {
    const waiting = links.find(({ kind }) => kind === "historian")?.backlog ?? 0;
    const rate = links.find(({ kind }) => kind === "recorder")?.rate ?? 0;
    return { "NI-957": waiting, "KI-958": waiting / Math.max(LEAST_RATE, rate), "KI-959": this.#late };
  }

  #tell(values: Record<string, number>, now: number): void {
    const frame = this.#frame;
    frame.count = 0;
    for (const [name, value] of Object.entries(values)) pushSample(frame, tagOf(this.#o.plant.system, name).id, now, value, Quality.Good);
    this.#o.counters.received("system", frame.count);
    this.#o.input.frame(frame);
  }
}

/** Losses since the start by tag: what was dropped, and each gap in an edge's sequence. An OPC UA link that broke has lost nothing yet: history fills it. */
function lossesOf(drops: ReadonlyMap<string, number>, links: readonly Link[]): Record<Loss, number> {
  const totals = { "NI-951": 0, "NI-952": 0, "NI-953": 0, "NI-954": 0 };
  for (const [reason, n] of drops) if (!HARMLESS.has(reason)) totals[LOSS_OF[reason] ?? "NI-951"] += n;
  for (const { kind, gaps = 0 } of links) if (kind === "edge") totals["NI-953"] += gaps;
  return totals;
}

/** How much a total has grown of late. */
class Recent {
  #total = 0;
  #grown: { at: number; by: number }[] = [];

  take(total: number, now: number): number {
    if (total > this.#total) this.#grown.push({ at: now, by: total - this.#total });
    this.#total = total;
    this.#grown = this.#grown.filter(({ at }) => now - at < RECENT_MS);
    return this.#grown.reduce((sum, { by }) => sum + by, 0);
  }
}
