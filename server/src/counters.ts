/** The counters of `/metrics`, kept with prom-client; children are looked up once, so that counting is an addition. */
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { Counters } from "./contracts.ts";

export interface Metrics extends Counters {
  readonly contentType: string;
  /** Samples that wait on a link now. */
  backlog(link: string, samples: number): void;
  /** What was dropped since the start, by reason. */
  drops(): ReadonlyMap<string, number>;
  /** The Prometheus text. */
  render(): Promise<string>;
}

/** Labels come from our own configuration and code; this bounds them should a stranger's name ever get in. */
const MAX_CHILDREN = 2000;
/** Seconds; the budgets are 100 ms (p50) and 300 ms (p99) to the screen, 2 s for a read-back. */
const BUCKETS = [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10];

/** One registry of its own per server, so that two servers in one process do not count together. */
export function createCounters(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = counters(registry);
  const received = counter("received", "Samples received, by link", "link");
  const recorded = counter("recorded", "Samples written to the recorder");
  const stored = counter("stored", "Samples stored by the historian");
  const rejected = counter("rejected", "Messages, samples and requests refused, by reason", "reason");
  const dropped = counter("dropped", "What a bounded queue dropped, by reason", "reason");
  const drops = new Map<string, number>();
  const rebirth = counter("rebirth_requests", "Rebirths asked for, by edge", "edge");
  const up = new Gauge({ name: "cellhouse_link_up", help: "1 while the link is up", labelNames: ["link"], registers: [registry] });
  const link = children((value) => up.labels(value));
  const waiting = new Gauge({ name: "cellhouse_backlog", help: "Samples that wait, by link", labelNames: ["link"], registers: [registry] });
  const queue = children((value) => waiting.labels(value));
  const latencies = new Latencies();
  registry.registerMetric(latencies.metric);
  return {
    contentType: registry.contentType,
    backlog: (id, samples) => queue(id).set(samples),
    drops: () => drops,
    render: () => registry.metrics(),
    received,
    recorded: (n) => recorded("", n),
    stored: (n) => stored("", n),
    rejected: (reason, n = 1) => rejected(reason, n),
    dropped(reason, n = 1) {
      dropped(reason, n);
      drops.set(reason, (drops.get(reason) ?? 0) + n);
    },
    rebirth: (edge) => rebirth(edge, 1),
    linkUp: (id, isUp) => link(id).set(isUp ? 1 : 0),
    latency: (stage, ms) => latencies.observe(stage, ms / 1000),
  };
}

/**
 * The latency histogram, counted in plain columns: three observations a frame, each of which the library's own would hash anew.
 * To the registry it is a histogram like any other.
 */
class Latencies {
  readonly #stages = new Map<string, { counts: Float64Array; sum: number }>();

  observe(stage: string, seconds: number): void {
    let known = this.#stages.get(stage);
    if (known === undefined) {
      known = { counts: new Float64Array(BUCKETS.length + 1), sum: 0 };
      this.#stages.set(stage, known);
    }
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] as number)) bucket++;
    known.counts[bucket] = (known.counts[bucket] as number) + 1;
    known.sum += seconds;
  }

  /** What the registry asks for its text. */
  get metric(): Metric {
    const name = "cellhouse_latency_seconds";
    const help = "Time from one stage to another";
    const get = async () => ({ name, help, type: "histogram", values: this.#values(name), aggregator: "sum" });
    return { name, get } as unknown as Metric;
  }

  #values(name: string): { metricName: string; labels: Record<string, string | number>; value: number }[] {
    return [...this.#stages].flatMap(([stage, { counts, sum }]) => {
      let count = 0;
      const rows = [...BUCKETS, "+Inf"].map((le, i) => {
        count += counts[i] as number;
        return { metricName: `${name}_bucket`, labels: { le, stage }, value: count };
      });
      return [
        ...rows,
        { metricName: `${name}_sum`, labels: { stage }, value: sum },
        { metricName: `${name}_count`, labels: { stage }, value: count },
      ];
    });
  }
}

/** Makes counters with one label or none. */
function counters(registry: Registry): (name: string, help: string, label?: string) => (value: string, n: number) => void {
  return (name, help, label) => {
    const one = new Counter({
      name: `cellhouse_${name}_total`,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [registry],
    });
    if (label === undefined) return (_value, n) => one.inc(n);
    const child = children((value) => one.labels(value));
    return (value, n) => child(value).inc(n);
  };
}

/** Remembers each label's child; past the bound all further labels share `other`. */
function children<T>(make: (label: string) => T): (label: string) => T {
  const known = new Map<string, T>();
  return (label) => {
    const name = known.has(label) || known.size < MAX_CHILDREN ? label : "other";
    let child = known.get(name);
    if (child === undefined) {
      child = make(name);
      known.set(name, child);
    }
    return child;
  };
}
