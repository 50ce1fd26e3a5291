/** `npm run soak [-- name]`: the long runs. Each prints a dated table and exits non-zero when something was lost. */
import { parseArgs } from "node:util";
import { chaosSoak, partitionSoak } from "./chaos.ts";
import { influxdSoak } from "./influxd.ts";
import { mainSoak, ratedSoak } from "./main-job.ts";
import { opcuaSoak } from "./opcua.ts";
import { overloadSoak } from "./overload.ts";

export interface SoakOptions {
  seconds: number;
  plant: string;
  historian: "duckdb" | "influx";
  /** Of the chaos scenarios, those whose name has this in it. */
  only?: string | undefined;
}

interface Soak {
  about: string;
  seconds: number;
  run(options: SoakOptions): Promise<boolean>;
}

const SOAKS: Record<string, Soak> = {
  main: { about: "hall-15kt with every tag at its scan rate: nothing lost, CPU, memory, latency", seconds: 600, run: mainSoak },
  rated: { about: "5,000 values a second from both protocols: nothing lost, CPU of a core at most 70 %", seconds: 1800, run: ratedSoak },
  overload: {
    about: "three times the rated load, then ten times for 10 s: alarms and writes keep their latency, pages say what they leave out",
    seconds: 120,
    run: overloadSoak,
  },
  partition: { about: "both networks away at full rate, then everything in its place", seconds: 600, run: partitionSoak },
  chaos: {
    about: "twenty-five mistreatments of the field, a verdict on each, and two that must be found out",
    seconds: 1500,
    run: chaosSoak,
  },
  influxd: { about: "InfluxDB killed twenty times, then away at full rate: nothing lost or doubled", seconds: 600, run: influxdSoak },
  opcua: { about: "3,000 OPC UA clients come and go, some without goodbye: heap growth below 10 MB", seconds: 600, run: opcuaSoak },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean" },
    seconds: { type: "string" },
    plant: { type: "string", default: "hall-15kt" },
    historian: { type: "string", default: "duckdb" },
    only: { type: "string" },
  },
});

if (values.help === true) {
  process.stdout.write(
    "npm run soak -- [name] [--seconds n] [--plant name] [--historian duckdb|influx] [--only part of a scenario's name]\n",
  );
  for (const [name, soak] of Object.entries(SOAKS)) process.stdout.write(`  ${name} (${soak.seconds} s): ${soak.about}\n`);
  process.exit(0);
}
let good = true;
for (const name of positionals.length > 0 ? positionals : Object.keys(SOAKS)) {
  const soak = SOAKS[name];
  if (soak === undefined) throw new Error(`no soak "${name}"; known: ${Object.keys(SOAKS).join(", ")}`);
  const historian = values.historian === "influx" ? "influx" : "duckdb";
  good = (await soak.run({ seconds: Number(values.seconds ?? soak.seconds), plant: values.plant, historian, only: values.only })) && good;
}
process.exit(good ? 0 : 1);
