/** More than the hall can send in earnest: alarms and writes keep their latency, pages say that they leave values out, and it ends by itself. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { openBrowser, openPage, signInAs } from "../support/browser.ts";
import { PASSWORD, type Started, startCellhouse } from "../support/cellhouse.ts";
import { lineId, type MadePlant, madePlant } from "../support/made-plant.ts";
import { processFigures, quantile, type Watcher, watch } from "../support/measure.ts";
import { Probes, type Waits, waited } from "../support/probes.ts";
import { node, type Program, until } from "../support/processes.ts";
import { counter } from "../support/record-check.ts";
import { ROOT } from "../support/tree.ts";
import type { SoakOptions } from "./main.ts";

const RATED = 5000;
const OVERLOAD = 15_000;
const BURST = 50_000;
const QUIET_S = 20;
const BURST_S = 10;
const CHATTER_S = 25;
/** Row 67: an alarm on the screen; a write is proven by a scan of the PLC and a publication of its read-back. */
const ALARM_MS = 250;
const COMMAND_MS = 1500;
const RECOVERY_MS = 15_000;
const SCREENS = 24;
/** Lines of the simulator, of the generator, and of the one edge that chatters. */
const REAL = 2;
const SPREAD = 8;
const CHATTERER = REAL + SPREAD + 1;
const out = join(ROOT, ".screenshots");

interface Stand {
  house: Started;
  plant: MadePlant;
  probes: Probes;
  watcher: Watcher;
  browser: Browser;
  page: Page;
}

interface Phase {
  name: string;
  rate: number;
  waits: Waits;
  cpu: number;
  /** Median from source to socket, ms. */
  latency: number;
  /** The note that values are left out stood on the page. */
  note: boolean;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A hall whose first two lines are the simulator's; the others are played by the generator. */
async function open(): Promise<Stand> {
  const lines = Array.from({ length: CHATTERER }, (_, i) => ({
    id: lineId(i + 1),
    cells: i + 1 === CHATTERER ? 12 : 24,
    protocol: i + 1 === REAL ? ("opcua" as const) : ("sparkplug" as const),
  }));
  const plant = madePlant("Overload", lines);
  const house = await startCellhouse({ plant: plant.file, simulator: ["--plant", plant.first(REAL)] });
  const probes = await Probes.open(house);
  const { cookie } = await house.api("viewer");
  const watcher = await watch(house.url, cookie, { hall: true });
  for (let i = 0; i < SCREENS; i++)
    await watch(house.url, cookie, { cells: house.plant.cells.slice(10 * i, 10 * i + 7).map(({ id }) => id) });
  const browser = await openBrowser();
  const { page, context } = await openPage(browser);
  await signInAs(context, house.url, "operator", PASSWORD);
  await page.goto(`${house.url}/cell/${house.plant.cells.at(-1)?.id}`);
  return { house, plant, probes, watcher, browser, page };
}

async function close({ house, plant, probes, watcher, browser }: Stand): Promise<void> {
  probes.close();
  watcher.close();
  await browser.close();
  await house.stop();
  plant.remove();
}

function generate({ house, plant }: Stand, lines: readonly string[], phases: string): Program {
  const args = ["--url", `mqtt://127.0.0.1:${house.ports.mqtt}`, "--plant", plant.file, "--data", house.data];
  return node("tests/generator/main.ts", [...args, "--lines", lines.join(","), "--phases", phases]);
}

/** Asks for a write on each network and an alarm every two seconds, each alarm of another cell, for the time given. */
async function phase(stand: Stand, name: string, seconds: number): Promise<Phase> {
  const { house, probes, watcher, page } = stand;
  const cells = house.plant.cells;
  const pid = house.server.process.pid as number;
  const [cpu, received, begun] = [processFigures(pid).cpuSeconds, await counter(house, "cellhouse_received_total"), Date.now()];
  watcher.reset();
  probes.take();
  let note = false;
  const asked: Promise<void>[] = [];
  while (Date.now() < begun + seconds * 1000) {
    asked.push(probes.command("C001"), probes.command("C025"), probes.alarm(cells[struck++ % (REAL * 24)]?.id ?? ""));
    await pause(2000);
    note ||= await page.locator(".thinned").isVisible();
    if (note) await page.screenshot({ path: join(out, "overload-thinned.png") });
  }
  await Promise.all(asked);
  const took = (Date.now() - begun) / 1000;
  const rate = ((await counter(house, "cellhouse_received_total")) - received) / took;
  const used = (processFigures(pid).cpuSeconds - cpu) / took;
  // What was asked for last is annunciated some seconds later.
  await pause(1000);
  return { name, rate, waits: probes.take(), cpu: used, latency: quantile(watcher.latencies(["BT.EL1."]), 0.5), note };
}

let struck = 2;

function print({ name, rate, waits, cpu, latency, note }: Phase): void {
  const cells = [
    name.padEnd(22),
    `${rate.toFixed(0)}/s`.padStart(8),
    `${(cpu * 100).toFixed(0)} %`.padStart(5),
    `${latency.toFixed(0)} ms`.padStart(8),
    waited(waits.alarms).padEnd(20),
    waited(waits.commands).padEnd(20),
    note ? "stands" : "no",
    waits.failed.slice(0, 3).join("; "),
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

/** Nine in ten within the promise, or within twice what it took at the rated load: the machine may be another's too. */
function inTime({ waits: { alarms, commands, failed } }: Phase, rated: Waits): boolean {
  const kept = (list: readonly number[], before: readonly number[], promise: number): boolean =>
    list.length > 0 && quantile(list, 0.9) <= Math.max(promise, 2 * quantile(before, 0.9));
  return failed.length === 0 && kept(alarms, rated.alarms, ALARM_MS) && kept(commands, rated.commands, COMMAND_MS);
}

const gone = (page: Page): Promise<boolean> =>
  page.waitForSelector(".thinned", { state: "hidden", timeout: RECOVERY_MS }).then(
    () => true,
    () => false,
  );

/** All that was received by now is recorded and stored, and nothing was dropped. */
async function whole({ house }: Stand): Promise<boolean> {
  const received = await counter(house, "cellhouse_received_total");
  const stored = async (): Promise<boolean> => (await counter(house, "cellhouse_stored_total")) >= received;
  await until("everything received to be recorded and stored", stored, 60_000, 500);
  return (await counter(house, "cellhouse_dropped_total")) === 0;
}

/** Rated load, three times that for the time given, ten seconds of ten times that, rated load again, and one edge that sends it all alone. */
export async function overloadSoak({ seconds }: SoakOptions): Promise<boolean> {
  mkdirSync(out, { recursive: true });
  const stand = await open();
  try {
    await until("the real cells to be live", () => ["C001", "C048"].every((id) => stand.watcher.live.has(pathOf(stand, id))), 60_000);
    await Promise.all(["C001", "C025"].map((cell) => stand.probes.prepare(cell)));
    process.stdout.write(`\nsoak overload, ${stand.house.plant.cells.length} cells, ${new Date().toISOString()}\n`);
    process.stdout.write(
      "| load | received | server CPU of a core | source to socket, median | alarm, median / 90 % / worst | write to verdict | note |\n",
    );
    const spread = Array.from({ length: SPREAD }, (_, i) => lineId(REAL + 1 + i));
    const phases = `${RATED}:${QUIET_S},${OVERLOAD}:${seconds},${RATED}:${QUIET_S},${BURST}:${BURST_S},${RATED}:${RECOVERY_MS / 1000 + QUIET_S + 15}`;
    const generator = generate(stand, spread, phases);
    await generator.printed(/born: /);
    const told: Phase[] = [];
    const run = async (name: string, time: number): Promise<void> => {
      const one = await phase(stand, name, time);
      print(one);
      told.push(one);
    };
    await run("rated", QUIET_S - 2);
    await pause(1000);
    await run("three times rated", seconds - 4);
    await pause(4000);
    await run("rated again", QUIET_S - 5);
    await pause(2000);
    await run("ten times rated", BURST_S - 3);
    await pause(RECOVERY_MS);
    await run("rated at last", QUIET_S - 5);
    await generator.ended();
    const chatter = generate(stand, [lineId(CHATTERER)], `${OVERLOAD}:${CHATTER_S}`);
    await chatter.printed(/born: /);
    await run("one edge chatters", CHATTER_S - 6);
    await chatter.ended();
    const kept = await whole(stand);
    const quiet = await gone(stand.page);
    const noted = told.at(-1)?.note === true;
    process.stdout.write(`nothing dropped: ${kept}; the note stood while one edge chattered: ${noted}, and went by itself: ${quiet}\n`);
    return kept && noted && quiet && told.every((one) => inTime(one, (told[0] as Phase).waits));
  } finally {
    await close(stand);
  }
}

const pathOf = ({ house }: Stand, cell: string): string => `${house.plant.cell(cell)?.path}:EI-201`;
