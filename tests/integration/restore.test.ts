/** A whole hall backed up while it runs and made anew on another machine: journals and history identical, and it goes on from there. */
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkData } from "../../server/src/backup/check.ts";
import { checkFolder } from "../../server/src/ledger/verify.ts";
import { type Api, type Started, startCellhouse } from "../support/cellhouse.ts";
import { node, type Program, remove, tempFolder, until } from "../support/processes.ts";
import { ROOT } from "../support/tree.ts";

const CLI = "server/src/backup/main.ts";
/** What was recorded this long before a backup began is in it whole. */
const WHOLE_MS = 1000;

interface Series {
  tag: string;
  t: number[];
  v: (number | null)[];
  q: string[];
}

let house: Started;
let home: string;
let restored: Program | undefined;
beforeAll(async () => {
  home = tempFolder("restore");
  house = await startCellhouse({ publish: "raw" });
});
afterAll(async () => {
  await restored?.stop();
  // Undefined where it could not be started.
  await house?.stop();
  remove(home);
});

async function run(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const program = node(CLI, args);
  const code = await program.ended();
  return { code, output: program.output() };
}

const journal = async (qa: Api): Promise<{ seq: number }[]> =>
  (await qa.get<{ events: { seq: number }[] }>("journal?limit=1000")).events.sort((a, b) => a.seq - b.seq);

async function history(qa: Api, from: number, to: number): Promise<Series[]> {
  const tags = house.plant.tags
    .filter(({ path }) => /C0(01|13|25|48):(TI-101|EI-201|FIC-303\.SP|YC-905)$/.test(path))
    .map(({ path }) => path);
  const { series } = await qa.get<{ series: Series[] }>(`history?raw=1&from=${from}&to=${to}&tags=${tags.join(",")}`);
  return series.map(({ tag, t, v, q }) => ({ tag, t, v, q }));
}

/** Setpoints may rest for long. */
const moving = (series: Series[]): Series[] => series.filter(({ tag }) => !tag.endsWith(".SP"));

test("journals and history of the restored hall are those of the hall, and nothing comes twice when it goes on", async () => {
  const begun = Date.now();
  const qa = await house.api("qa");
  await until("samples in memory", async () => moving(await history(qa, begun, Date.now())).every(({ t }) => t.length > 3));
  // Ends the run, so that a part of the history lies in closed files.
  await house.restartServer();
  await until("live values again", async () => moving(await history(qa, Date.now() - 3000, Date.now())).every(({ t }) => t.length > 1));

  const to = join(home, "backup");
  const made = await run(["--data", house.data, "--to", to]);
  expect(made).toMatchObject({ code: 0, output: expect.stringContaining("Backup of") });
  const { time, counts, plant } = JSON.parse(readFileSync(join(to, "manifest.json"), "utf8"));
  expect(plant).toBe("Demo hall");
  expect(counts).toMatchObject({ segments: 2 });
  expect(counts.historyRows).toBeGreaterThan(1000);
  expect((await house.api("viewer").then((viewer) => viewer.get<{ backup: { time: number } }>("storage"))).backup.time).toBe(time);
  const sentBefore = await until("all of it in the history", async () => {
    const before = await history(qa, begun, time - WHOLE_MS);
    return moving(before).every(({ t }) => (t.at(-1) as number) > time - 3 * WHOLE_MS) && before;
  });
  const lines = (await journal(qa)).filter(({ seq }) => seq <= counts.journal);
  expect(lines.length).toBe(counts.journal);
  await house.server.stop();

  const data = join(home, "another machine", "data");
  expect(await run(["verify", to])).toMatchObject({ code: 0, output: expect.stringContaining("intact") });
  expect(await run(["restore", "--from", to, "--data", data])).toMatchObject({ code: 0, output: expect.stringContaining("Restored") });
  expect(statSync(join(data, "ledger.sqlite")).mode & 0o777).toBe(0o600);
  expect(checkFolder(data)).toMatchObject({ ok: true, records: counts.audit });

  const { http, mqtt, opcua } = house.ports;
  const ports = ["--http-port", `${http}`, "--mqtt-port", `${mqtt}`, "--opcua-url", `opc.tcp://127.0.0.1:${opcua}/cellhouse`];
  restored = node("server/src/main.ts", ["--plant", join(ROOT, "shared/plants/demo.yaml"), "--data", data, ...ports]);
  await restored.printed(/Cellhouse ready/);
  // The accounts are those of the hall: the same password opens them.
  const again = await house.api("qa");
  expect((await journal(again)).slice(0, lines.length)).toEqual(lines);
  await until(
    "the record read on",
    async () => JSON.stringify(await history(again, begun, time - WHOLE_MS)) === JSON.stringify(sentBefore),
  );

  await until("it to go on", async () => moving(await history(again, Date.now() - 3000, Date.now())).every(({ t }) => t.length > 1));
  expect(await history(again, begun, time - WHOLE_MS)).toEqual(sentBefore);
  for (const { t } of await history(again, begun, Date.now())) expect(new Set(t).size).toBe(t.length);
  expect((await journal(again)).slice(0, lines.length)).toEqual(lines);
  await restored.stop();
  expect(await checkData(data)).toMatchObject({ findings: [] });
});

test("the command says what it could not do, and ends with the code for it", async () => {
  const to = join(home, "none");
  expect(await run(["--help"])).toMatchObject({ code: 0, output: expect.stringContaining("npm run restore") });
  expect(await run(["--data", home, "--to", to])).toMatchObject({ code: 2, output: expect.stringContaining("E_OPTION") });
  expect(await run(["--data", house.data])).toMatchObject({ code: 2, output: expect.stringContaining("--to FOLDER") });
  expect(await run(["mend"])).toMatchObject({ code: 2, output: expect.stringContaining("mend") });
  expect(await run(["--nonsense"])).toMatchObject({ code: 2, output: expect.stringContaining("--nonsense") });
  expect(await run(["verify", home])).toMatchObject({ code: 1, output: expect.stringContaining("manifest.json") });
  await house.server.stop();
  const copy = join(to, "data");
  expect(await run(["--data", house.data, "--to", to])).toMatchObject({ code: 0, output: expect.stringContaining("Backup of") });
  expect(await run(["check", "--data", copy])).toMatchObject({ code: 0, output: expect.stringContaining("Data intact") });
  rmSync(join(copy, "ledger.sqlite"));
  expect(await run(["check", "--data", copy])).toMatchObject({ code: 2, output: expect.stringContaining("no data folder") });
  expect(await run(["verify", to])).toMatchObject({ code: 1, output: expect.stringContaining("ledger.sqlite: is missing") });
});
