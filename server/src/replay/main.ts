/**
 * A stretch of the record run again without a browser, as fast as it goes: prints the alarm journal, one JSON line per
 * transition, and last the number of lines with their SHA-256. The same record, plant and code give the same bytes.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type AlarmTransition, Fault, systemClock } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { optionTime } from "@cellhouse/shared/program";
import type { Outlet } from "../contracts.ts";
// biome-ignore lint/style/noRestrictedImports: a composition root of its own, like the server's main.ts.
import { openLog } from "../recorder/index.ts";
import { replayPipe } from "../replays.ts";
import { beginPipe, originOf, Tape, type TapeOptions } from "./tape.ts";

const HELP = `Runs a stretch of the record again and prints its alarm journal:
  --data DIR     data folder (default data)
  --plant FILE   plant file (default shared/plants/demo.yaml)
  --from TIME    epoch ms or ISO 8601 (default: where the record begins)
  --to TIME      epoch ms or ISO 8601 (default: where it ends)
The server may run meanwhile: the record is only read.`;

async function main(): Promise<void> {
  const values = options();
  if (values.help === true) return void process.stdout.write(`${HELP}\n`);
  const plant = loadPlant(
    resolve(values.plant),
    (file) => readFileSync(file, "utf8"),
    (from, to) => join(dirname(from), to),
  );
  const log = openLog({ folder: join(values.data, "record"), plant });
  const recorded = log.span();
  if (recorded === undefined) throw new Fault("E_REPLAY_RANGE", `${values.data} holds no record`);
  const from = values.from === undefined ? recorded.from : optionTime("--from", values.from);
  const to = values.to === undefined ? recorded.to : optionTime("--to", values.to);
  if (!(from < to) || to < recorded.from || from > recorded.to)
    throw new Fault("E_REPLAY_RANGE", `the record reaches from ${iso(recorded.from)} to ${iso(recorded.to)}`);

  const origin = await originOf(log, from, recorded.from);
  const digest = createHash("sha256");
  let lines = 0;
  const outlet: Outlet = {
    ...nothing,
    transition: (transition) => {
      if (transition.received < from) return;
      const line = `${text(transition)}\n`;
      digest.update(line);
      lines++;
      process.stdout.write(line);
    },
  };
  const build = replayPipe(() => plant);
  const begin: TapeOptions["begin"] = (at) => {
    const pipe = beginPipe((start) => build("headless", start), at);
    pipe.pipe.listen(outlet);
    return pipe;
  };
  const tape = new Tape({ recorder: log, begin, wall: systemClock }, origin);
  await tape.open();
  await tape.playTo(to);
  tape.pipe.stop();
  process.stdout.write(`${lines} transitions, sha256 ${digest.digest("hex")}\n`);
  const { corrupt, unknown } = log.losses;
  if (corrupt + unknown > 0)
    process.stderr.write(`${corrupt} damaged chunks skipped, ${unknown} samples of tags this plant does not have\n`);
}

function options() {
  try {
    return parseArgs({
      options: {
        data: { type: "string", default: "data" },
        plant: { type: "string", default: "shared/plants/demo.yaml" },
        from: { type: "string" },
        to: { type: "string" },
        help: { type: "boolean" },
      },
      strict: true,
    }).values;
  } catch (cause) {
    throw new Fault("E_OPTION", cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause), { cause });
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Fields in one order, whatever order the engine made them in. */
function text({ alarm, occurrence, from, to, event, time, received, value, limit, actor, comment }: AlarmTransition): string {
  return JSON.stringify({ time, received, alarm, occurrence, event, from, to, value, limit, actor, comment });
}

const ignore = (): void => undefined;
const nothing: Outlet = { frame: ignore, liveness: ignore, alarms: ignore, transition: ignore, command: ignore, discontinuity: ignore };

main().catch((cause: unknown) => {
  process.stderr.write(`${cause instanceof Fault ? cause.message : cause instanceof Error ? cause.stack : String(cause)}\n`);
  process.exitCode = 1;
});
