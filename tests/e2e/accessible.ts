/** axe on every screen, in one theme and both languages, on a desk and on a phone, calm, in a replay and with alarms standing. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe, openBrowser, openPage, signInAs } from "../support/browser.ts";
import { PASSWORD, type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";

const SCREENS = [
  "/hall",
  "/line/L01",
  "/cell/C001",
  "/alarms",
  "/trends?pens=C001:TY-100,C001:EI-201",
  "/import",
  "/replay",
  "/faults",
  "/system",
];
const SIZES = [
  { name: "desk", width: 1920, height: 1080 },
  { name: "phone", width: 390, height: 844 },
];

async function settled(page: Page): Promise<void> {
  await page.locator("main, .sign-in").first().waitFor();
  await page.waitForLoadState("networkidle").catch(() => undefined);
}

/** Declares the tests of one theme. */
export function accessible(theme: "light" | "dark"): void {
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

  test("the sign-in form", async () => {
    const { page, context } = await openPage(browser, { theme });
    await page.goto(house.url);
    await page.getByLabel("Password").waitFor();
    expect(await axe(page)).toEqual([]);
    await context.close();
  });

  test.each(SIZES)("every screen, calm, on a $name", async ({ width, height }) => {
    const { page, context } = await openPage(browser, { theme, width, height });
    await signInAs(context, house.url, "engineer", PASSWORD);
    const found: string[] = [];
    for (const screen of SCREENS) {
      await page.goto(house.url + screen);
      await settled(page);
      found.push(...(await axe(page)).map((line) => `${screen} ${line}`));
    }
    expect(found).toEqual([]);
    await context.close();
  });

  test("every screen of a replay", async () => {
    const qa = await house.api("qa");
    const now = Date.now();
    const { body } = await qa.send<{ id: string }>("POST", "replays", { from: now - 20_000, to: now, speed: 1 });
    const { page, context } = await openPage(browser, { theme });
    await signInAs(context, house.url, "qa", PASSWORD);
    const found: string[] = [];
    for (const screen of SCREENS) {
      await page.goto(`${house.url}${screen}${screen.includes("?") ? "&" : "?"}replay=${body.id}`);
      await page.locator(".replay-title").waitFor();
      await settled(page);
      found.push(...(await axe(page)).map((line) => `${screen} ${line}`));
    }
    expect(found).toEqual([]);
    await context.close();
  });

  test("every screen with alarms standing, in Chinese", async () => {
    const engineer = await house.api("engineer");
    for (const cell of ["C001", "C002", "C025"]) {
      const order = { kind: "feeder_jam", cell, seconds: 0 };
      await until("the fault door", async () => (await engineer.send("POST", "faults", order)).status === 201, 30_000, 1000);
    }
    const jammed = async (): Promise<boolean> => (await engineer.get<{ alarms: unknown[] }>("alarms")).alarms.length >= 3;
    await until("three alarms", jammed, 200_000, 1000);
    const { page, context } = await openPage(browser, { theme });
    await signInAs(context, house.url, "operator", PASSWORD);
    await page.goto(`${house.url}/hall`);
    await settled(page);
    await page.getByRole("button", { name: "中文" }).click();
    const found: string[] = [];
    for (const screen of SCREENS) {
      await page.goto(house.url + screen);
      await settled(page);
      expect(await page.locator("html").getAttribute("lang")).toMatch(/^zh/);
      found.push(...(await axe(page)).map((line) => `${screen} ${line}`));
    }
    expect(found).toEqual([]);
    await context.close();
  });
}
