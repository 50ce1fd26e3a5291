/** How long a person waits for 30 days of eight pens: from the click to the painted picture, in Chromium, from a day-old hall on disk. */
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { openBrowser, openPage, signInAs } from "../support/browser.ts";
import { PASSWORD, startCellhouse } from "../support/cellhouse.ts";
import { quantile } from "../support/measure.ts";
import { plantOf } from "../support/plant.ts";
import { tempFolder } from "../support/processes.ts";
import { END, folderOf, MINUTE_TAGS, SETS } from "./history/query-set.ts";

const HOUR = 3_600_000;
/** Cells whose eight tags are looked at, one after the other: none of it is known already. */
const CELLS = 12;

/** The set as a data folder of its own; its files never change, so links do. */
function dataOf(set: string): string {
  const data = tempFolder("data");
  const [from, to] = [join(set, "history"), join(data, "history")];
  for (const resolution of readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    mkdirSync(join(to, resolution.name), { recursive: true });
    for (const file of readdirSync(join(from, resolution.name)))
      if (!tryLink(join(from, resolution.name, file), join(to, resolution.name, file)))
        cpSync(join(from, resolution.name, file), join(to, resolution.name, file));
  }
  copyFileSync(join(from, "catalog.db"), join(to, "catalog.db"));
  return data;
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Runs in the page: ms from the click on "30 d" until every pen says it is made of rows of minutes or hours and two more frames were drawn. */
const WAIT = `new Promise((resolve, reject) => {
  const rows = () => [...document.querySelectorAll("[aria-label=Pens] tbody tr")];
  const button = [...document.querySelectorAll(".spans button")].find((b) => b.textContent === "30 d");
  const begun = performance.now();
  const look = (now) => {
    const made = rows().filter((row) => /1 (min|h), min/.test(row.innerText)).length;
    if (made === ${MINUTE_TAGS.length}) requestAnimationFrame(() => requestAnimationFrame((end) => resolve(end - begun)));
    else if (now - begun > 20000) reject(new Error(made + " of the pens came: " + rows().map((row) => row.innerText).join(" | ")));
    else requestAnimationFrame(look);
  };
  button.click();
  requestAnimationFrame(look);
})`;

async function painted(page: Page, url: string, cell: string): Promise<number> {
  const pens = MINUTE_TAGS.map((tag) => `${cell}:${tag}`).join(",");
  await page.goto(`${url}/trends?pens=${pens}&span=${HOUR}&end=${END}`);
  await page.getByRole("row", { name: new RegExp(`${cell} TY-100.*(raw|10 s)`) }).waitFor();
  return page.evaluate<number>(WAIT);
}

async function run(): Promise<number> {
  const { plant } = SETS.day;
  const house = await startCellhouse({ plant, data: dataOf(folderOf("day")) });
  const browser = await openBrowser();
  try {
    const { page, context } = await openPage(browser);
    await signInAs(context, house.url, "engineer", PASSWORD);
    const took: number[] = [];
    const cells = plantOf(plant).cells.filter((_, i) => i % 19 === 3);
    for (const { id } of cells.slice(0, CELLS)) took.push(await painted(page, house.url, id));
    return quantile(
      took.sort((a, b) => a - b),
      0.95,
    );
  } finally {
    await browser.close();
    await house.stop();
  }
}

/** Only where the hall's large set has been made. */
export const benches = existsSync(join(folderOf("day"), "whole"))
  ? [{ name: "trends: 8 tags x 30 d painted in Chromium, p95 of 12", unit: "ms", budget: 1000, better: "lower", runs: 1, run }]
  : [];
