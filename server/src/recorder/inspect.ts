/** `npm run record -- list|verify|dump`: looks into the record without changing it; the server may be running. */
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Fault, type Frame, qualityName } from "@cellhouse/shared";
import { optionTime } from "@cellhouse/shared/program";
import type { LogRecord, TagStates } from "../contracts.ts";
import { openLog } from "./index.ts";
import type { LogReader } from "./log-reader.ts";
import type { TagIds } from "./reader.ts";
import { savedReaders } from "./readers.ts";
import { describeDamage } from "./segments/damage.ts";
import { positionOf, segmentOf } from "./segments/segments.ts";
import { type SegmentSurvey, surveyRecord } from "./survey.ts";

const HELP = `Looks into the record of a data folder.

  npm run record -- list   [--data DIR]     segments with span, size and checksums, and how far its readers are
  npm run record -- verify [--data DIR]     every chunk unpacked too; names what is damaged
  npm run record -- dump   [--data DIR]     records as JSON lines, in the order they came; times in epoch ms
      --from TIME --to TIME                 received then: epoch ms or ISO 8601 (all)
      --kind KIND                           frame, link, action, note or checkpoint; may be given again
      --tag TAG                             frames' samples of it: TI-101, C001:TI-101 or the whole path; may be given again

  --data DIR   the server's data folder (./data)
  --help       this text

Exit code 0: intact; 1: something is damaged; 2: nothing could be looked at. Nothing is changed; the server may be running.`;

const KINDS: readonly string[] = ["frame", "link", "action", "note", "checkpoint"] satisfies LogRecord["kind"][];
const PORTION = 5000;

interface Wanted {
  from: number;
  to: number;
  kinds: readonly string[];
  tags: readonly string[];
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = options(args);
  const [command = "list", ...rest] = positionals;
  if (values.help === true) return say(HELP);
  if (rest.length > 0 || !["list", "verify", "dump"].includes(command))
    throw new Fault("E_OPTION", `${positionals.join(" ")}: give list, verify or dump`);
  const folder = join(values.data, "record");
  if (command === "list") return list(folder);
  if (command === "verify") return verify(folder);
  return dump(folder, {
    from: values.from === undefined ? 0 : optionTime("--from", values.from),
    to: values.to === undefined ? Number.POSITIVE_INFINITY : optionTime("--to", values.to),
    kinds: (values.kind ?? []).map(kind),
    tags: values.tag ?? [],
  });
}

function options(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: "string", default: "./data" },
        from: text,
        to: text,
        kind: { ...text, multiple: true },
        tag: { ...text, multiple: true },
        help: { type: "boolean" },
      },
      allowPositionals: true,
    });
  } catch (cause) {
    throw new Fault("E_OPTION", cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause), { cause });
  }
}

function kind(given: string): string {
  if (!KINDS.includes(given)) throw new Fault("E_OPTION", `--kind ${given}: give ${KINDS.join(", ")}`);
  return given;
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

const COLUMNS = ["segment", "from", "to", "records", "samples", "bytes", "B/sample", "checkpoints", "state", "checksums"];
const WIDTHS = [12, 24, 24, 10, 13, 13, 8, 11, 6, 9];
const row = (cells: readonly string[]): string => cells.map((text, i) => text.padStart(WIDTHS[i] as number)).join("  ");
const iso = (ms: number | undefined): string => (ms === undefined ? "" : new Date(ms).toISOString());
const count = (n: number): string => n.toLocaleString("en");

function list(folder: string): number {
  let damaged = 0;
  say(row(COLUMNS));
  for (const survey of surveyRecord(folder, { whole: false })) {
    damaged += survey.damages.length;
    say(row(cellsOf(survey)));
  }
  const log = openLog({ folder, plant: new PathBook() });
  for (const line of readersOf(log, folder)) say(line);
  log.close();
  return damaged === 0 ? 0 : 1;
}

function cellsOf({ number, span, bytes, checkpoints, sealed, damages }: SegmentSurvey): string[] {
  const samples = span?.samples ?? 0;
  return [
    String(number),
    iso(span?.started),
    iso(span?.ended),
    count(span?.records ?? 0),
    count(samples),
    count(bytes),
    samples === 0 ? "" : (bytes / samples).toFixed(2),
    count(checkpoints),
    sealed ? "sealed" : "open",
    damages.length === 0 ? "ok" : `${damages.length} wrong`,
  ];
}

function readersOf(log: LogReader, folder: string): string[] {
  const saved = savedReaders(folder);
  return Object.entries(saved?.positions ?? {}).map(([name, position]) => {
    const segment = segmentOf(position);
    const place = position === 0 ? "has yet to begin" : `has segment ${segment} up to record ${position - positionOf(segment, 0)}`;
    return `reader ${name} ${place}, ${count(log.waiting(position))} samples behind what is recorded now (told ${iso(saved?.time)})`;
  });
}

function verify(folder: string): number {
  let segments = 0;
  let damaged = 0;
  for (const { damages } of surveyRecord(folder, { whole: true })) {
    segments++;
    damaged += damages.length;
    for (const damage of damages) process.stderr.write(`${describeDamage(damage)}\n`);
  }
  if (damaged === 0) return say(`Record intact: ${segments} segments`);
  process.stderr.write(
    `${damaged} places damaged in ${segments} segments: they are left out, all else reads as written; a backup may have them\n`,
  );
  return 1;
}

async function dump(folder: string, wanted: Wanted): Promise<number> {
  const book = new PathBook();
  const log = openLog({ folder, plant: book });
  const only = wanted.tags.length > 0 && wanted.kinds.length === 0 ? ["frame"] : wanted.kinds;
  for (let position = await log.seek(wanted.from); ; ) {
    const { records, next } = await log.read(position, PORTION);
    for (const record of records) {
      if (record.receivedAt > wanted.to || record.receivedAt < wanted.from) continue;
      if (only.length > 0 && !only.includes(record.kind)) continue;
      const line = lineOf(record, book, wanted.tags);
      if (line !== undefined && !process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, "drain");
    }
    if (next === position || (records.at(-1)?.receivedAt ?? 0) > wanted.to) break;
    position = next;
  }
  if (log.losses.corrupt === 0) return 0;
  process.stderr.write(`${log.losses.corrupt} damaged places left out; npm run record -- verify names them\n`);
  return 1;
}

/** Undefined for a frame without any of the tags asked for. */
function lineOf(record: LogRecord, book: PathBook, tags: readonly string[]): object | undefined {
  const { position, kind: what, receivedAt: received } = record;
  const head = { position, kind: what, received };
  if (record.kind === "link") return { ...head, event: record.event };
  if (record.kind === "action") return { ...head, action: record.action };
  if (record.kind === "note") return { ...head, note: record.note };
  if (record.kind === "checkpoint") {
    const { values, ...rest } = record.checkpoint;
    return { ...head, ...rest, values: samplesOf({ ...values, count: values.tag.length }, book, []) };
  }
  const { clockOffset, historical, count: n } = record.frame;
  const samples = samplesOf(record.frame, book, tags);
  if (tags.length > 0 && samples.length === 0) return undefined;
  return { ...head, clockOffset, ...(historical && { historical }), ...(tags.length > 0 && { of: n }), samples };
}

type Columns = Pick<Frame, "count" | "tag" | "time" | "value" | "quality"> & Partial<Pick<TagStates, "received" | "effective">>;

/** JSON has no NaN: a sample without a number has null. */
function samplesOf(
  { count: n, tag, time: times, value, quality, received, effective }: Columns,
  book: PathBook,
  tags: readonly string[],
): object[] {
  const samples: object[] = [];
  for (let i = 0; i < n; i++) {
    const path = book.path(tag[i] as number);
    if (tags.length > 0 && !tags.some((wanted) => names(wanted, path))) continue;
    samples.push({
      tag: path,
      time: times[i],
      value: value[i],
      quality: qualityName(quality[i] as number),
      ...(received && { received: received[i] }),
      ...(effective && { effective: effective[i] }),
    });
  }
  return samples;
}

/** The whole path, or the end of it from a name on. */
function names(wanted: string, path: string): boolean {
  return path === wanted || path.endsWith(`.${wanted}`) || path.endsWith(`:${wanted}`);
}

/** Every path that stands in the record, numbered as met: no plant is needed. */
class PathBook implements TagIds {
  readonly #ids = new Map<string, number>();
  readonly #paths: string[] = [];

  tag(path: string): { id: number } {
    let id = this.#ids.get(path);
    if (id === undefined) {
      id = this.#paths.push(path) - 1;
      this.#ids.set(path, id);
    }
    return { id };
  }

  path(id: number): string {
    return this.#paths[id] ?? "";
  }
}

if (import.meta.main) {
  // Whoever read our lines may have had enough.
  process.stdout.on("error", () => process.exit(0));
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}\n`);
    process.exitCode = 2;
  }
}
