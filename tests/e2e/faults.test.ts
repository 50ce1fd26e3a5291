/** The faults screen as an engineer uses it, and as an operator finds it. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe, openBrowser, openPage, signInAs } from "../support/browser.ts";
import { PASSWORD, type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";

let house: Started;
let browser: Browser;

beforeAll(async () => {
  house = await startCellhouse();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await house?.stop();
});

test("an engineer breaks two thermocouples at once, sees both at work, and stops one", async () => {
  const { page, context, problems } = await openPage(browser, { width: 1366, height: 768 });
  await signInAs(context, house.url, "engineer", PASSWORD);
  await page.goto(`${house.url}/faults`);
  await page.locator("select[name=kind]").selectOption("tc_break");
  for (const cell of ["C005", "C006"]) await page.getByRole("button", { name: cell, exact: true }).click();
  await page.getByRole("button", { name: "Inject" }).click();
  await page.getByText("Ordered: 2").waitFor();
  const stop = page.getByRole("button", { name: "Stop Thermocouple broken, C005" });
  await stop.click();
  await stop.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Stop Thermocouple broken, C006" }).waitFor();
  const viewer = await house.api("viewer");
  const quality = async (): Promise<string | undefined> =>
    (await viewer.get<{ values: { quality: string }[] }>("values?tags=C006:TI-101")).values[0]?.quality;
  await until("C006's thermocouple to be bad", async () => (await quality()) === "bad", 15_000);
  await page.getByText("Thermocouple broken stopped").waitFor();
  expect(problems).toEqual([]);
  await context.close();
});

test("a fault of a line is ordered for the line", async () => {
  const { page, context } = await openPage(browser, { width: 390, height: 844, theme: "dark" });
  await signInAs(context, house.url, "engineer", PASSWORD);
  await page.goto(`${house.url}/faults`);
  await page.locator("select[name=kind]").selectOption("duct_fan_trip");
  await page.getByRole("button", { name: "L01", exact: true }).click();
  await page.getByRole("button", { name: "Inject" }).click();
  await page.getByText("Ordered: 1").waitFor();
  await page.getByRole("rowheader", { name: "L01" }).first().waitFor();
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  expect(await axe(page)).toEqual([]);
  await context.close();
});

test("an operator sees what was ordered, may order nothing, and reads why", async () => {
  const { page, context, problems } = await openPage(browser);
  await signInAs(context, house.url, "operator", PASSWORD);
  await page.goto(`${house.url}/faults`);
  await page.getByText("Only an engineer may order faults").first().waitFor();
  expect(await page.getByRole("button", { name: "Inject" }).isDisabled()).toBe(true);
  await page.getByText("Duct fan trip ordered").waitFor();
  expect(problems).toEqual([]);
  await context.close();
});
