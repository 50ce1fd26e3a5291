/** Trends as a person uses them: pens by keyboard and by hand, past and present, a lost connection, an alarm and back, a file. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe, openBrowser, openPage, signInAs } from "../support/browser.ts";
import { type Cable, startCable } from "../support/cable.ts";
import { PASSWORD, type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";

/** Long enough that a screen without back-filling would show the hole. */
const CUT_MS = 20_000;
const HOT = "C007";

let house: Started;
let cable: Cable;
let browser: Browser;
let page: Page;
let context: BrowserContext;
let problems: string[];

beforeAll(async () => {
  house = await startCellhouse();
  cable = await startCable(house.ports.http);
  browser = await openBrowser();
  ({ page, context, problems } = await openPage(browser));
  await signInAs(context, house.url, "operator", PASSWORD);
  // Past HI (+20 K, 60 s delay) and short of HIHI; it rises while the other stories are told.
  const engineer = await house.api("engineer");
  const order = { kind: "over_temp", cell: HOT, seconds: 45, args: { size: 40 } };
  await until("the fault door", async () => (await engineer.send("POST", "faults", order)).status === 201, 30_000, 1000);
});

afterAll(async () => {
  await browser?.close();
  await cable?.stop();
  await house?.stop();
});

const plot = (of: Page) => of.getByRole("application", { name: /^Plot/ });
/** Every pixel of the plot. */
const picture = (of: Page): Promise<string> => of.evaluate<string>(`document.querySelector(".board canvas").toDataURL()`);

test("by keyboard alone: adds pens, goes into the past and back, sets cursors; the address restores it all", async () => {
  await page.goto(`${house.url}/trends`);
  await page.getByText("No pen yet").waitFor();
  await page.keyboard.press("p");
  for (const tag of ["C001 TY-100", "c002 voltage mean"]) {
    await page.keyboard.type(tag);
    await page.keyboard.press("Enter");
  }
  await page.getByRole("row", { name: /C001 TY-100/ }).waitFor();
  await page.getByRole("row", { name: /C002 EI-201/ }).waitFor();
  await plot(page).focus();
  await page.keyboard.press("ArrowLeft");
  await page.getByText("PAST", { exact: true }).waitFor();
  expect(await page.title()).toContain("PAST");
  await page.keyboard.press("1");
  await page.keyboard.press("2");
  await page.getByRole("slider", { name: "Cursor B" }).focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press("Shift+ArrowRight");
  await page.getByRole("columnheader", { name: "B − A" }).waitFor();
  await until("the address to follow", () => /[?&]b=\d+/.test(page.url()) && page.url().includes("end="));
  const table = (): Promise<string> => page.getByRole("region", { name: "Pens" }).innerText();
  const before = await until("the figures", async () => /raw/.test(await table()) && (await table()), 20_000, 500);
  expect(await axe(page)).toEqual([]);
  await page.reload();
  await until("the same figures", async () => (await table()) === before, 20_000, 500);
  await plot(page).focus();
  await page.keyboard.press("Home");
  await page.getByText("LIVE", { exact: true }).waitFor();
  expect(await page.title()).not.toContain("PAST");
});

test("a value is dragged from a cell onto Trends; t opens the trend of the one under the pointer, p keeps the focused one for later", async () => {
  await page.goto(`${house.url}/cell/C003`);
  const value = page.locator(".indicator", { hasText: "II-202" }).locator(".value").first();
  await value.waitFor();
  await value.dragTo(page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Trends" }));
  await page.getByRole("row", { name: /C003 II-202/ }).waitFor();
  const picture = page.getByRole("application", { name: /Hall/ });
  await page.goto(`${house.url}/`);
  await picture.waitFor();
  await picture.dragTo(page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Trends" }), {
    sourcePosition: { x: 90, y: 30 },
  });
  await page.getByRole("row", { name: /C00\d TY-100/ }).waitFor();
  await page.goto(`${house.url}/cell/C003`);
  await page.locator(".indicator", { hasText: "WI-302" }).locator(".value").first().hover();
  await page.keyboard.press("t");
  await page.getByRole("row", { name: /C003 WI-302/ }).waitFor();
  await page.goto(`${house.url}/cell/C003`);
  await page.locator(".indicator", { hasText: "TI-503" }).locator(".value").first().focus();
  await page.keyboard.press("p");
  await page.getByText(/C003:TI-503 is pen \d of Trends/).waitFor();
  await page.getByRole("link", { name: "Trends" }).click();
  await page.getByRole("row", { name: /C003 TI-503/ }).waitFor();
});

test("a page that was cut off shows in the end what one shows that was not", async () => {
  const other = await openPage(browser);
  const url = `http://127.0.0.1:${cable.port}`;
  await signInAs(other.context, url, "operator", PASSWORD);
  const address = "trends?pens=C001:TY-100,C001:EI-201,C001:TIC-101.SP&span=600000";
  await Promise.all([page.goto(`${house.url}/${address}`), other.page.goto(`${url}/${address}`)]);
  for (const one of [page, other.page]) await one.getByRole("row", { name: /C001 EI-201.*raw/ }).waitFor();
  const now = Date.now();
  cable.cut();
  await other.page.getByText("Server lost.").first().waitFor();
  await page.waitForTimeout(CUT_MS);
  cable.mend();
  await other.page.getByText("Server lost.").first().waitFor({ state: "hidden", timeout: 30_000 });
  await page.waitForTimeout(Math.max(0, now + 2 * CUT_MS - Date.now()));
  const field = (time: number): string => new Date(time + 8 * 3_600_000).toISOString().slice(0, 19);
  for (const one of [page, other.page]) {
    await one.getByRole("button", { name: "From, to" }).click();
    await one.getByLabel("From", { exact: true }).fill(field(now - 20_000));
    await one.getByLabel("To", { exact: true }).fill(field(now + CUT_MS + 5000));
    await one.getByRole("button", { name: "Show" }).click();
    await one.getByText("PAST", { exact: true }).waitFor();
    await one.mouse.move(0, 0);
  }
  await until("the same picture", async () => (await picture(page)) === (await picture(other.page)), 30_000, 1000);
  await other.context.close();
});

test("an alarm stands on the plot at its time with its limit; it leads to itself, and back leads here", async () => {
  await page.goto(`${house.url}/trends?pens=${HOT}:TY-100&span=600000`);
  const link = page.getByRole("link", { name: `${HOT} TY-100.HI`, exact: true }).first();
  await link.waitFor({ timeout: 170_000 });
  await page.getByText("limit then 1070.0").first().waitFor();
  const address = page.url();
  await link.click();
  await page.getByRole("heading", { name: new RegExp(`${HOT} TY-100.HI`) }).waitFor();
  await page.goBack();
  await link.waitFor();
  expect(new URL(page.url()).searchParams.get("pens")).toBe(new URL(address).searchParams.get("pens"));
  await link.click();
  await page.getByRole("heading", { name: new RegExp(`${HOT} TY-100.HI`) }).waitFor();
  await page.keyboard.press("t");
  await page.waitForURL(/\/trends\?/);
  await page.getByRole("row", { name: new RegExp(`${HOT} TY-100`) }).waitFor();
});

test("what is seen leaves as a file with its checksum, and as a picture", async () => {
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("button", { name: "Make the file" }).click();
  const fetched = page.getByRole("link", { name: "Fetch the file" });
  await fetched.waitFor({ timeout: 30_000 });
  const sum = /[0-9a-f]{64}/.exec(await page.locator(".checksum").innerText())?.[0];
  const [file] = await Promise.all([page.waitForEvent("download"), fetched.click()]);
  expect(
    createHash("sha256")
      .update(readFileSync(await file.path()))
      .digest("hex"),
  ).toBe(sum);
  await page.getByRole("button", { name: "Close" }).click();
  const [image] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Picture" }).click()]);
  expect(
    readFileSync(await image.path())
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
});

test("the page reported no errors of its own", () => {
  expect(problems.filter((line) => !/ERR_|WebSocket/.test(line))).toEqual([]);
});
