/** An operator at the cell by hand: a tap begun and ended, seen on the hall; an order the PLC refuses, with its reason. */
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, openPage, signInAs } from "../support/browser.ts";
import { PASSWORD, type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";

/** First of L02, over OPC UA, where a PLC gives its reason in words. */
const CELL = "C025";
let house: Started;
let browser: Browser;
let page: Page;
let problems: string[];

beforeAll(async () => {
  house = await startCellhouse();
  browser = await openBrowser();
  const opened = await openPage(browser);
  ({ page, problems } = opened);
  await signInAs(opened.context, house.url, "operator", PASSWORD);
  await page.goto(`${house.url}/cell/${CELL}`);
});

afterAll(async () => {
  await browser?.close();
  await house?.stop();
});

const hand = (tag: string): Locator => page.getByRole("region", { name: new RegExp(`^${tag} `) });

/** Presses, looks at the question, confirms with the second key. */
async function order(tag: string, act: string): Promise<void> {
  await hand(tag).getByRole("button", { name: act, exact: true }).click();
  await hand(tag).getByText(`${CELL}, `).waitFor();
  await page.keyboard.press("Enter");
}

async function done(tag: string): Promise<void> {
  await hand(tag).locator("li[data-done=true]", { hasText: "done by the PLC" }).waitFor({ timeout: 10_000 });
}

/** What the hall says of the cell when it is chosen by the arrow keys. */
async function toldOnHall(): Promise<Locator> {
  await page.goto(`${house.url}/hall`);
  const hall = page.getByRole("application", { name: /^Hall/ });
  const tip = page.locator(".cell-tip");
  await until("the cell chosen", async () => {
    await hall.press("ArrowDown"); // a line may be folded into several rows
    return (await tip.innerText()).startsWith(CELL);
  });
  await tip.getByText(/Current \d+ A/).waitFor();
  return tip;
}

test("a tap begun by hand is done by the PLC, and the hall shows its letter", async () => {
  await hand("HS-913").getByText("Not under way").waitFor();
  await order("HS-913", "Begin");
  await done("HS-913");
  await hand("HS-913").getByText("Under way", { exact: true }).waitFor();
  await (await toldOnHall()).getByText("Tapping").waitFor();
});

test("a quench during the tap is refused, and the PLC's reason is read on the screen", async () => {
  await page.goto(`${house.url}/cell/${CELL}`);
  await order("HS-912", "Begin");
  const refusal = hand("HS-912").getByRole("alert");
  await refusal.getByText(/interlock 9, a tap or an anode change is under way/).waitFor({ timeout: 10_000 });
  expect(await refusal.innerText()).toContain("E_INTERLOCK");
});

test("a bypass is not an operator's, and the control says so", async () => {
  const bypass = hand("HS-916");
  await bypass.getByText("Only engineers may bypass").waitFor();
  for (const button of await bypass.getByRole("button").all()) expect(await button.isDisabled()).toBe(true);
});

test("the tap ended by hand is done too, and the letter goes", async () => {
  await page.goto(`${house.url}/cell/${CELL}`);
  await order("HS-913", "End");
  await done("HS-913");
  await hand("HS-913").getByText("Not under way").waitFor();
  const tip = await toldOnHall();
  await until("the letter to go", async () => (await tip.getByText("Tapping").count()) === 0);
});

test("the page reported no errors of its own", () => {
  expect(problems).toEqual([]);
});
