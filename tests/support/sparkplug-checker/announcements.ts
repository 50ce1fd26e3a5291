/** What the births of one edge announced: names, aliases, types (spec 3.0, 6.4). */
import { DataType, type Metric, type Payload } from "@cellhouse/shared/sparkplug";
import type { Report } from "./report.ts";

const REBIRTH = "Node Control/Rebirth";
/** The largest data type of the spec: DateTimeArray. */
const LAST_TYPE = 34;

/** A metric as a birth announced it. */
export interface Told {
  owner: string;
  name: string;
  type: number;
  alias: number | undefined;
}

export class Announcements {
  readonly #report: Report;
  readonly #metrics = new Map<string, Map<string, Told>>();
  readonly #aliases = new Map<number, Told>();

  constructor(report: Report) {
    this.#report = report;
  }

  clear(): void {
    this.#metrics.clear();
    this.#aliases.clear();
  }

  /** By alias where the metric has one, else by name. */
  find(owner: string, { name, alias }: Metric): Told | undefined {
    return alias === undefined ? this.#metrics.get(owner)?.get(name ?? "") : this.#aliases.get(alias);
  }

  /** What an NBIRTH says of the rebirth command. */
  checkRebirthMetric({ metrics }: Payload): void {
    const report = this.#report;
    const metric = metrics.find((m) => m.name === REBIRTH);
    if (!report.must("topics-nbirth-rebirth-metric", metric !== undefined, `NBIRTH without ${REBIRTH}`)) return;
    report.must("operational-behavior-data-commands-rebirth-datatype", metric?.datatype === DataType.Boolean, `type ${metric?.datatype}`);
    report.must("operational-behavior-data-commands-rebirth-value", metric?.value === false, `value ${metric?.value}`);
    report.must("operational-behavior-data-commands-rebirth-name-aliases", metric?.alias === undefined, `alias ${metric?.alias}`);
  }

  /** Takes in a birth; that of the edge node itself has no owner. */
  learn(owner: string, { metrics }: Payload): void {
    const report = this.#report;
    for (const [alias, told] of this.#aliases) if (told.owner === owner) this.#aliases.delete(alias);
    const names = new Map<string, Told>();
    this.#metrics.set(owner, names);
    for (const { name, alias, datatype, properties } of metrics) {
      if (
        !report.must(
          alias === undefined ? "payloads-name-requirement" : "payloads-alias-birth-requirement",
          !!name,
          `alias ${alias} without name`,
        )
      )
        continue;
      const told = { owner, name: name as string, type: datatype ?? 0, alias };
      if (report.must("payloads-metric-datatype-req", datatype !== undefined, `${name} without datatype`))
        report.must("payloads-metric-datatype-value", told.type >= 1 && told.type <= LAST_TYPE, `${name} of type ${datatype}`);
      names.set(told.name, told);
      this.checkQuality(told.name, properties);
      if (alias === undefined) continue;
      const other = this.#aliases.get(alias);
      report.must(
        "payloads-alias-uniqueness",
        other === undefined,
        `alias ${alias} of ${owner} ${name} and of ${other?.owner} ${other?.name}`,
      );
      this.#aliases.set(alias, told);
    }
  }

  /** The quality property of one metric. */
  checkQuality(name: string, properties: Metric["properties"]): void {
    const quality = properties?.Quality;
    if (quality === undefined) return;
    this.#report.must(
      "payloads-propertyset-quality-value-type",
      quality.type === DataType.Int32,
      `${name}: Quality of type ${quality.type}`,
    );
    const known = quality.value === 0 || quality.value === 192 || quality.value === 500;
    this.#report.must("payloads-propertyset-quality-value-value", known, `${name}: Quality ${quality.value}`);
  }
}
