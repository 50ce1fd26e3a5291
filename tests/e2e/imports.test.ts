/** Import as an engineer uses it: a foreign table with bad rows, a file this program has exported, and who may not. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe, openBrowser, openPage, signInAs } from "../support/browser.ts";
import { type Api, PASSWORD, type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";

const SHANGHAI_MS = 8 * 3_600_000;
const ROWS = 120;
/** Whole seconds, two hours ago. */
const T0 = Math.floor(Date.now() / 1000) * 1000 - 7_200_000;
const TAG = "C001:EI-201";

let house: Started;
let browser: Browser;
let page: Page;
let context: BrowserContext;
let problems: string[];
let engineer: Api;

beforeAll(async () => {
  house = await startCellhouse();
  browser = await openBrowser();
  ({ page, context, problems } = await openPage(browser));
  await signInAs(context, house.url, "engineer", PASSWORD);
  engineer = await house.api("engineer");
});

afterAll(async () => {
  await browser?.close();
  await house?.stop();
});

/** `22.11.2026 08:00:00` on the plant's clocks. */
function stamp(time: number): string {
  const [year, month, day, clock] = new Date(time + SHANGHAI_MS).toISOString().slice(0, 19).split(/[-T]/);
  return `${day}.${month}.${year} ${clock}`;
}

/** Millivolts with a comma; one time that is none, one number that is none. */
function foreign(): Buffer {
  const rows = Array.from({ length: ROWS }, (_, i) => `${stamp(T0 + i * 1000)};${7000 + i},5;ja`);
  rows[3] = "31.02.2026 08:00:00;7003,5;ja";
  rows[5] = `${stamp(T0 + 5000)};viel;ja`;
  return Buffer.from(["Zeit;U (mV);ok?", ...rows].join("\r\n"));
}

const choose = (file: { name: string; buffer: Buffer }): Promise<void> =>
  page.getByLabel("A CSV or Parquet file").setInputFiles({ mimeType: "application/octet-stream", ...file });
const entered = (): Promise<void> => page.getByRole("heading", { name: "The samples are in history" }).waitFor();

/** The samples stored in the span of the foreign file, as an export of this program. */
async function exported(): Promise<Buffer> {
  const order = { tags: [TAG], from: T0, to: T0 + ROWS * 1000, format: "csv", received: false };
  const { body } = await engineer.send<{ id: string }>("POST", "exports", order);
  await until("the export", async () => (await engineer.get<{ state: string }>(`exports/${body.id}`)).state === "done");
  const file = await fetch(`${house.url}/api/v1/exports/${body.id}/file`, { headers: { cookie: engineer.cookie } });
  return Buffer.from(await file.arrayBuffer());
}

test("a foreign table is mapped, what is wrong is said where it is, and the rest is seen in Trends", async () => {
  await page.goto(`${house.url}/trends`);
  await page.getByRole("link", { name: "Import" }).click();
  await page.getByRole("navigation", { name: "Where you are" }).getByRole("link", { name: "Trends" }).waitFor();
  await choose({ name: "furnace.csv", buffer: foreign() });
  const column = (name: string) => page.getByRole("group", { name, exact: true });
  await column("U (mV)").getByLabel("This is").selectOption("a tag");
  await page.getByRole("button", { name: "Send and check" }).click();
  await column("U (mV)").getByText("Which tag this is, is missing").waitFor();
  await column("U (mV)").getByRole("combobox", { name: "Tag of U (mV)" }).fill("c001 ei-201");
  await page.keyboard.press("Enter");
  await column("U (mV)").getByText(`${TAG} [V]`).waitFor();
  await column("U (mV)").getByLabel("Its quality is in").selectOption("ok?");
  await page.getByLabel("“ja” means").selectOption("Good");
  await column("Zeit").getByLabel("Time zone").fill("Mars/Olympus");
  await column("U (mV)").getByLabel("times").fill("0.001");
  await page.keyboard.press("Enter");
  await column("Zeit").getByText("Mars/Olympus is no IANA time zone").waitFor();
  expect(await axe(page)).toEqual([]);
  await column("Zeit").getByLabel("Time zone").fill("Asia/Shanghai");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Checked; nothing has entered" }).waitFor();
  const rejects = page.getByRole("table", { name: "Rejected; the first hundred" });
  expect(await rejects.getByRole("row").allInnerTexts()).toEqual([
    "Row\tColumn\tReason\tText",
    "5\tZeit\tno time\t31.02.2026 08:00:00",
    "7\tU (mV)\tno number\tviel",
  ]);
  expect(await axe(page)).toEqual([]);
  expect((await exported()).toString().trim().split("\n")).toHaveLength(1);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  expect(await page.locator(":focus").innerText()).toBe("Let 118 samples enter");
  await page.keyboard.press("Enter");
  await entered();
  await page.getByRole("link", { name: "See them in Trends" }).click();
  await page.getByText("PAST", { exact: true }).waitFor();
  await page.getByRole("application", { name: /^Plot/ }).focus();
  await page.keyboard.press("1");
  // The cursor stands in the middle of what came in.
  await page.getByRole("region", { name: "Pens" }).getByText("7.06").waitFor();
});

test("a file this program has exported enters as it is, and changes nothing", async () => {
  const before = await exported();
  expect(before.toString().trim().split("\n")).toHaveLength(ROWS - 1);
  await page.goto(`${house.url}/import`);
  await page.getByRole("button", { name: /^Open/ }).waitFor();
  await choose({ name: "cellhouse.csv", buffer: before });
  await page.getByRole("radio", { name: "An export of this program", checked: true }).waitFor();
  await page.getByRole("button", { name: "Send and check" }).click();
  await page.getByRole("button", { name: "Let 118 samples enter" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Let 118 samples enter" }).click();
  await entered();
  expect((await exported()).equals(before)).toBe(true);
  await page.getByRole("button", { name: "Another file" }).click();
  await page.getByRole("heading", { name: "Samples from a file into history" }).waitFor();
  for (const left of [1, 0]) {
    await page
      .getByRole("button", { name: /^Remove/ })
      .first()
      .click();
    await until("it to be gone", async () => (await page.getByRole("button", { name: /^Remove/ }).count()) === left);
  }
});

test("a file that was sent in part is gone on with after a reload, or taken back", async () => {
  const file = await exported();
  const { body } = await engineer.send<{ id: string }>("POST", "imports", { format: "csv" });
  const headers = { cookie: engineer.cookie, origin: house.url, "content-type": "application/octet-stream" };
  await fetch(`${house.url}/api/v1/imports/${body.id}/file`, { method: "POST", headers, body: new Uint8Array(file.subarray(0, 500)) });
  await page.goto(`${house.url}/import?job=${body.id}`);
  await page.getByText(/^500\sB of the file are here/).waitFor();
  await choose({ name: "cellhouse.csv", buffer: file });
  await page.getByRole("button", { name: "Let 118 samples enter" }).waitFor();
  await page.getByRole("button", { name: "Take it back" }).click();
  await page.getByRole("heading", { name: "Samples from a file into history" }).waitFor();
  expect((await engineer.get<{ imports: unknown[] }>("imports")).imports).toEqual([]);
});

test("a viewer is offered no import, and reads why at its address", async () => {
  const other = await openPage(browser);
  await signInAs(other.context, house.url, "viewer", PASSWORD);
  await other.page.goto(`${house.url}/trends`);
  await other.page.getByText("No pen yet").waitFor();
  expect(await other.page.getByRole("link", { name: "Import" }).count()).toBe(0);
  await other.page.goto(`${house.url}/import`);
  await other.page.getByText("Only an engineer may let samples").waitFor();
  expect((await (await house.api("viewer")).send("POST", "imports", { format: "csv" })).status).toBe(403);
  await other.context.close();
});

test("the page reported no errors of its own", () => {
  // The browser's own word for the refusal of the zone.
  expect(problems.filter((line) => !/status of 422/.test(line))).toEqual([]);
});
