/** `npm run backup`, `npm run restore`: a data folder saved, proven and made anew. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Fault, type Finding } from "@cellhouse/shared";
import { checkData } from "./check.ts";
import { makeBackup } from "./make.ts";
import { readManifest, verifyBackup } from "./manifest.ts";
import { writeNote } from "./notes.ts";
import { restoreBackup } from "./restore.ts";

const HELP = `Saves a data folder, proves it, makes it anew:
  npm run backup -- --to FOLDER [--data DIR]     a whole copy, while the server runs or not
  npm run backup -- verify FOLDER                is the backup what its manifest says?
  npm run backup -- check [--data DIR]           is the data folder as it was written?
  npm run restore -- --from FOLDER --data DIR    a new data folder from a backup, every file verified

  --data DIR      the server's data folder (default data); to restore into: one that is empty or not there yet
  --to FOLDER     empty or not there yet
  --from FOLDER   a backup
A backup holds private keys and passwords: keep it as you keep those.
Exit code 0: done, intact; 1: something is wrong and named; 2: nothing could be done.`;

/** The commands by name; each resolves to the exit code. */
const COMMANDS: Readonly<Record<string, (given: Given) => Promise<number>>> = { backup, verify, check, restore };

interface Given {
  data: string | undefined;
  to: string | undefined;
  from: string | undefined;
  /** What stands behind the command. */
  rest: readonly string[];
}

async function backup({ data = "data", to, rest }: Given): Promise<number> {
  if (to === undefined || rest.length > 0) throw new Fault("E_OPTION", "backup: expects --to FOLDER and nothing else");
  const { program, now } = { program: version(), now: Date.now() };
  const { counts, files, notes } = await makeBackup({ data, to, now, program });
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const { segments, samples, historyFiles, historyRows, journal, audit } = counts;
  say(`Record: ${segments} segments, ${samples} samples. History: ${historyFiles} files, ${historyRows} samples.`);
  say(`Ledger: ${journal} lines of the journal, ${audit} of the audit.`);
  for (const note of notes) say(note);
  say(`Backup of ${data} in ${to}: ${files.length} files, ${bytes} bytes, ${((Date.now() - now) / 1000).toFixed(1)} s`);
  await noted(data, () => writeNote(data, "backup", { time: now, files: files.length, bytes }));
  return 0;
}

async function verify({ rest }: Given): Promise<number> {
  const [folder] = rest;
  if (folder === undefined || rest.length > 1) throw new Fault("E_OPTION", "verify: expects the folder of one backup");
  const manifest = await readManifest(folder);
  const findings = await verifyBackup(folder, manifest);
  tell(findings);
  if (findings.length === 0)
    say(`Backup intact: ${manifest.files.length} files, ${manifest.plant || "no plant yet"}, ${new Date(manifest.time).toISOString()}`);
  return findings.length === 0 ? 0 : 1;
}

async function check({ data = "data", rest }: Given): Promise<number> {
  if (rest.length > 0) throw new Fault("E_OPTION", `check ${rest.join(" ")}: name the data folder with --data`);
  const time = Date.now();
  const { files, findings } = await checkData(data);
  tell(findings);
  if (findings.length === 0) say(`Data intact: ${files} files, ${((Date.now() - time) / 1000).toFixed(1)} s`);
  await noted(data, () => writeNote(data, "check", { time, files, findings }));
  return findings.length === 0 ? 0 : 1;
}

async function restore({ data, from, rest }: Given): Promise<number> {
  if (from === undefined || data === undefined || rest.length > 0)
    throw new Fault("E_OPTION", "restore: expects --from FOLDER and --data DIR");
  const { files, time, notes } = await restoreBackup({ from, data });
  for (const note of notes) say(note);
  say(`Restored ${files.length} files to ${data}, as of ${new Date(time).toISOString()}`);
  return 0;
}

/** The System page does without where the folder belongs to someone else. */
async function noted(data: string, write: () => Promise<void>): Promise<void> {
  await write().catch((error: Error) => process.stderr.write(`The System page will not show it: ${data}: ${error.message}\n`));
}

function tell(findings: readonly Finding[]): void {
  for (const { file, reason, remedy } of findings) process.stderr.write(`${file}: ${reason}. ${remedy}.\n`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function version(): string {
  const file = join(import.meta.dirname, "../../package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function main(): Promise<number> {
  const { values, positionals } = options();
  if (values.help === true) {
    say(HELP);
    return 0;
  }
  const [name = "backup", ...rest] = positionals;
  const command = COMMANDS[name];
  if (command === undefined) throw new Fault("E_OPTION", `${name}: is none of ${Object.keys(COMMANDS).join(", ")}`);
  return command({ data: values.data, to: values.to, from: values.from, rest });
}

function options() {
  const text = { type: "string" } as const;
  try {
    return parseArgs({ options: { data: text, to: text, from: text, help: { type: "boolean" } }, allowPositionals: true });
  } catch (cause) {
    throw new Fault("E_OPTION", (cause as Error).message.split("\n")[0] as string, { cause });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Fault ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = error instanceof Fault && error.code === "E_BACKUP" ? 1 : 2;
  },
);
