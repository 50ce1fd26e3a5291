/** The storage part of the System page: every role sees it, in both languages and themes and on every size; what a backup and a check say stands there. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe, openBrowser, openPage, signInAs } from "../support/browser.ts";
import { PASSWORD, type Started, startCellhouse } from "../support/cellhouse.ts";
import { node, remove, tempFolder, until } from "../support/processes.ts";

let house: Started;
let browser: Browser;
let home: string;
beforeAll(async () => {
  home = tempFolder("storage");
  house = await startCellhouse({ plant: "single" });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await house?.stop();
  remove(home);
});

const fact = (page: Page, name: string) => page.locator(".storage-facts > div", { has: page.locator("dt", { hasText: name }) });

test.each([
  { width: 1920, height: 1080, theme: "light" },
  { width: 1366, height: 768, theme: "dark" },
  { width: 390, height: 844, theme: "light" },
] as const)("at $width in $theme, in both languages, it is whole and axe finds nothing", async ({ width, height, theme }) => {
  const { page, context, problems } = await openPage(browser, { width, height, theme });
  await signInAs(context, house.url, "viewer", PASSWORD);
  for (const [language, title] of [
    ["en", "Storage"],
    ["zh", "存储"],
  ] as const) {
    await page.addInitScript((chosen) => localStorage.setItem("cellhouse.language", chosen), language);
    await page.goto(`${house.url}/system`);
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
    await page.locator(".storage-facts > div").first().waitFor();
    expect(await page.locator(".storage-facts > div").count()).toBeGreaterThanOrEqual(8);
    // Nothing is cut off or makes the page wider than it is.
    expect(await page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth")).toBeLessThanOrEqual(
      0,
    );
    expect(await axe(page)).toEqual([]);
  }
  expect(problems).toEqual([]);
  await context.close();
});

test("figures carry units; a backup and a check made meanwhile are shown without a reload", async () => {
  const { page, context } = await openPage(browser);
  await signInAs(context, house.url, "qa", PASSWORD);
  await page.goto(`${house.url}/system`);
  await fact(page, "Last backup").getByText("never").waitFor();
  await fact(page, "Last integrity check").getByText("never").waitFor();
  expect(await fact(page, "Free on the disk").innerText()).toMatch(/\d\s[GT]B\n.*of [\d.]+\s[GT]B/);
  expect(await fact(page, "Record").innerText()).toMatch(/[\d.]+\s[kM]B[\s\S]*values\/s/);
  expect(await fact(page, "historian is behind by").innerText()).toMatch(/\d+ s\n.*samples/);
  const rows = page.locator(".storage-table tbody tr");
  expect(await rows.locator("th").allInnerTexts()).toEqual(["raw", "10s", "1m", "1h"]);
  for (const args of [
    ["--data", house.data, "--to", `${home}/backup`],
    ["check", "--data", house.data],
  ]) {
    const program = node("server/src/backup/main.ts", args);
    expect(await program.ended(), program.output()).toBe(0);
  }
  await until("both on the page", async () => {
    const [backup, check] = [await fact(page, "Last backup").innerText(), await fact(page, "Last integrity check").innerText()];
    return /\d+ s ago/.test(backup) && /files/.test(backup) && /intact/.test(check);
  });
  await context.close();
});
