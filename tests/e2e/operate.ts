/** The main job as one shift's worth of acts in real Chromium, for whichever historian and cell it is given. */
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, openPage, signInAs } from "../support/browser.ts";
import { PASSWORD, type Started, startCellhouse } from "../support/cellhouse.ts";
import { type Influxd, startInfluxd } from "../support/influxd.ts";
import { until } from "../support/processes.ts";

export interface Setup {
  engine: "duckdb" | "influx";
  cell: string;
  line: string;
}

/** The tests of one setup, in the order a person acts. */
export function operate({ engine, cell, line }: Setup): void {
  let house: Started;
  let influxd: Influxd | undefined;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  let overTemperature = 0;

  beforeAll(async () => {
    influxd = engine === "influx" ? await startInfluxd() : undefined;
    house = await startCellhouse({ server: influxd === undefined ? [] : ["--influx-url", influxd.url] });
    browser = await openBrowser();
    ({ page, problems } = await openPage(browser));
  });

  afterAll(async () => {
    await browser?.close();
    await house?.stop();
    await influxd?.stop();
  });

  const plate = (name: string | RegExp): Locator => page.getByRole("region", { name });
  const number = async (locator: Locator): Promise<number> => Number(/-?[\d.]+/.exec((await locator.innerText()).replace("−", "-"))?.[0]);
  /** The figure beside a name on a faceplate. */
  const pair = (of: Locator, name: string): Promise<number> =>
    number(of.locator(".pair", { hasText: name }).locator(".value, .figure").first());

  test("signs in by the link, which leaves the address bar and works once", async () => {
    await page.goto(house.link);
    await page.getByRole("application", { name: /Hall/ }).waitFor();
    expect(page.url()).not.toContain("signin");
    const other = await openPage(browser);
    await other.page.goto(house.link);
    await other.page.getByLabel("Password").waitFor();
    await other.context.close();
  });

  test("sees the hall move", async () => {
    await until("all cells running", async () => /48\s*\/\s*48/.test(await page.locator("body").innerText()), 30_000);
    const canvas = page.locator("canvas").first();
    const before = await canvas.screenshot();
    await until("the picture to change", async () => !(await canvas.screenshot()).equals(before), 15_000, 500);
  });

  test("opens a cell by keyboard search", async () => {
    await page.keyboard.press("/");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type(cell);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/cell/${cell}`);
    await until("a live temperature", async () => (await number(page.locator(".section-drawing, body").first())) > 0);
  });

  test("scrolls the trend back and returns to live", async () => {
    await page.getByRole("button", { name: "10 min" }).click();
    await page.getByRole("application", { name: /^Trends of/ }).focus();
    await page.keyboard.press("ArrowLeft");
    await page.getByText(/Viewing the past/).waitFor();
    await page.getByRole("button", { name: "Back to live" }).click();
    await page.getByText(/Viewing the past/).waitFor({ state: "hidden" });
  });

  test("takes the cell to AUTO, sends a feed setpoint and sees the feeder follow", async () => {
    await plate("Mode").getByRole("button", { name: "AUTO" }).click();
    await page.keyboard.press("Enter");
    await plate("Mode").locator("button[aria-pressed=true]", { hasText: "AUTO" }).waitFor();
    const feeder = plate(/^Feeder/);
    const interval = await pair(feeder, "Shot every");
    await feeder.getByRole("textbox").fill("12");
    await page.keyboard.press("Enter");
    await feeder.getByText(/Press Enter again/).waitFor();
    await page.keyboard.press("Enter");
    await feeder.locator("li[data-done=true]", { hasText: "read back" }).waitFor({ timeout: 10_000 });
    await until("the setpoint on the faceplate", async () => Math.abs((await pair(feeder, "Setpoint")) - 12) < 0.01, 5000);
    // 50 g a shot: 12 kg/h is a shot each 15 s, against 18.5 s before.
    await until("the shot interval to follow", async () => (await pair(feeder, "Shot every")) < interval - 1.5, 120_000, 1000);
  });

  test("gives it back to CASCADE and sees the controller's own setpoint arrive", async () => {
    await plate("Mode").getByRole("button", { name: "CASCADE" }).click();
    await page.keyboard.press("Enter");
    await plate("Mode").locator("button[aria-pressed=true]", { hasText: "CASCADE" }).waitFor();
    const feeder = plate(/^Feeder/);
    await until("the controller's setpoint", async () => Math.abs((await pair(feeder, "Setpoint")) - 12) > 1, 30_000, 500);
    await page
      .getByText(/control:faraday/)
      .first()
      .waitFor({ timeout: 15_000 });
  });

  test("an engineer injects over_temp; the alarm rises and the operator acknowledges it", async () => {
    // 40 K/min for 45 s lift the bath by 30 K: past HI (+20 K, 60 s delay) and short of HIHI (+40 K).
    const engineer = await house.api("engineer");
    overTemperature = Date.now();
    const fault = await engineer.send<{ id: string }>("POST", "faults", { kind: "over_temp", cell, seconds: 45, args: { size: 40 } });
    expect(fault.status).toBe(201);
    const banner = page.getByRole("banner");
    await banner.getByText(new RegExp(`${line} ${cell} TY-100\\.HI\\b`)).waitFor({ timeout: 170_000 });
    await page.goto(`${house.url}/alarms`);
    const row = page.getByRole("row", { name: new RegExp(`${cell}.*TY-100\\.HI\\b`) });
    await row.click();
    await page.keyboard.press("a");
    const viewer = await house.api("viewer");
    await until("the acknowledge in the alarm list", async () => {
      const { alarms } = await viewer.get<{ alarms: { id: string; state: string; ackBy?: string }[] }>(`alarms?cell=${cell}`);
      const alarm = alarms.find((a) => a.id === `${cell}:TY-100.HI`);
      return alarm?.ackBy === "operator" && alarm.state !== "UNACK";
    });
  });

  test("replays the last minutes on the same screens and sees the same alarm again", async () => {
    const { page: desk, context } = await openPage(browser);
    await signInAs(context, house.url, "qa", PASSWORD);
    await desk.goto(`${house.url}/replay`);
    await desk.getByRole("button", { name: "Last 5 min" }).click();
    const bar = desk.getByRole("region", { name: "Replay transport" });
    await bar.waitFor();
    await bar.getByRole("combobox").selectOption("30");
    expect(await desk.title()).toMatch(/REPLAY/i);
    // It was acknowledged within seconds, and so it is in the replay: the list shows it, the banner only what waits.
    await desk.getByRole("navigation").getByRole("link", { name: "Alarms" }).click();
    await desk.getByRole("row", { name: new RegExp(`${cell}.*TY-100\\.HI\\b`) }).waitFor({ timeout: 60_000 });
    await desk.goto(desk.url().replace("/alarms", `/cell/${cell}`));
    await desk
      .getByRole("region", { name: /^Feeder/ })
      .getByText(/replay/i)
      .first()
      .waitFor();
    expect(Date.now() - overTemperature).toBeLessThan(10 * 60_000);
    await bar.getByRole("button", { name: "Leave replay" }).click();
    await bar.waitFor({ state: "hidden" });
    await context.close();
  });

  test("the page reported no errors of its own", () => {
    expect(problems).toEqual([]);
  });
}
