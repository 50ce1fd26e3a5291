/** `npm run screenshots`: the README's picture, and every screen in every size, theme and state into `.screenshots/`, to be looked at. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { openBrowser, openPage, signInAs } from "../support/browser.ts";
import { PASSWORD, type Started, startCellhouse } from "../support/cellhouse.ts";
import { until } from "../support/processes.ts";
import { ROOT } from "../support/tree.ts";

const SIZES = [
  [1920, 1080],
  [1366, 768],
  [390, 844],
] as const;
const SCREENS = [
  "hall",
  "line/L01",
  "cell/C007",
  "alarms",
  "trends?pens=C007:TY-100,C007:EI-201,C007:FI-303",
  "replay",
  "faults",
  "system",
];
const out = join(ROOT, ".screenshots");

/** Long enough for the first values and the history behind the trends. */
const settle = (page: Page): Promise<void> => page.waitForTimeout(2500);

async function everyScreen(browser: Browser, house: Started, state: string): Promise<void> {
  for (const theme of ["light", "dark"] as const)
    for (const [width, height] of SIZES) {
      const { page, context } = await openPage(browser, { theme, width, height });
      await signInAs(context, house.url, "operator", PASSWORD);
      for (const screen of SCREENS) {
        await page.goto(`${house.url}/${screen}`);
        await settle(page);
        await page.screenshot({ path: join(out, `${state}-${theme}-${width}-${screen.replace("/", "-").replace(/\?.*/, "")}.png`) });
      }
      await context.close();
    }
}

async function readmePicture(browser: Browser, house: Started): Promise<void> {
  const { page, context } = await openPage(browser, { width: 1600, height: 900 });
  await signInAs(context, house.url, "operator", PASSWORD);
  await page.goto(`${house.url}/hall`);
  await settle(page);
  await page.screenshot({ path: join(ROOT, "shared/docs/hall.png") });
  await context.close();
}

mkdirSync(out, { recursive: true });
const house = await startCellhouse();
const browser = await openBrowser();
try {
  const engineer = await house.api("engineer");
  if (process.argv.includes("--all")) await everyScreen(browser, house, "calm");
  const faults = [
    { kind: "feeder_jam", cell: "C007" },
    { kind: "feeder_jam", cell: "C041" },
    { kind: "over_temp", cell: "C019", seconds: 45, args: { size: 40 } },
  ];
  for (const fault of faults)
    await until(
      "the fault door",
      async () => (await engineer.send("POST", "faults", { seconds: 0, ...fault })).status === 201,
      30_000,
      1000,
    );
  const standing = async (): Promise<boolean> => (await engineer.get<{ alarms: unknown[] }>("alarms")).alarms.length >= faults.length;
  await until("the alarms", standing, 300_000, 1000);
  await readmePicture(browser, house);
  if (process.argv.includes("--all")) {
    await everyScreen(browser, house, "alarms");
    house.simulator.kill("SIGKILL");
    await until("all stale", async () =>
      (await engineer.get<{ values: { quality: string }[] }>("values?tags=C001:TY-100,C041:TY-100")).values.every(
        (v) => v.quality !== "good",
      ),
    );
    await everyScreen(browser, house, "stale");
  }
} finally {
  await browser.close();
  await house.stop();
}
