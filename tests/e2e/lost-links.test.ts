/** A person at the screen when links are lost: within seconds the page names which one, and shows no number as live. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe, openBrowser, openPage } from "../support/browser.ts";
import { type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";

let house: Started;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  house = await startCellhouse();
  browser = await openBrowser();
  ({ page } = await openPage(browser));
  await page.goto(house.link);
  await until("all cells running", async () => /48\s*\/\s*48/.test(await page.locator("body").innerText()), 60_000);
});

afterAll(async () => {
  await browser?.close();
  await house?.stop();
});

async function secondsUntilShown(text: RegExp): Promise<number> {
  const begun = Date.now();
  await page.getByText(text).first().waitFor({ timeout: 15_000 });
  return (Date.now() - begun) / 1000;
}

test("the field lost: named at once, and no number of the cell looks live", async () => {
  await page.goto(`${house.url}/cell/C001`);
  await until("a live temperature", async () => /\d{4}\.\d/.test(await page.locator("main").innerText()));
  house.simulator.kill("SIGKILL");
  expect(await secondsUntilShown(/(edge:L01|opcua:L02) lost since/)).toBeLessThan(4);
  await page.getByText("Stale").first().waitFor({ timeout: 4000 });
  await house.restartSimulator();
  await page.getByText("Stale").first().waitFor({ state: "hidden", timeout: 30_000 });
});

test("the server lost: the page says so, counts the age of what it shows, and comes back by itself", async () => {
  house.server.kill("SIGKILL");
  expect(await secondsUntilShown(/Server lost/)).toBeLessThan(4);
  expect(await axe(page)).toEqual([]);
  await house.restartServer();
  await page.getByText(/Server lost/).waitFor({ state: "hidden", timeout: 30_000 });
  await until("a live temperature", async () => /\d{4}\.\d/.test(await page.locator("main").innerText()));
});
