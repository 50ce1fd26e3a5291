/** The system's real Chromium, driven as a person would: by role, name and key. */
import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Without these a headless Chromium asks the network for things of its own. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function openBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((p) => existsSync(p));
  if (executablePath === undefined) throw new Error("no Chromium found; npm test installs it where it can");
  return chromium.launch({ executablePath, args: ARGS });
}

export interface PageOptions {
  width?: number;
  height?: number;
  theme?: "light" | "dark";
}

/** A context of its own (cookies, storage); errors of the page fail the test that asks `problems`. */
export async function openPage(
  browser: Browser,
  options: PageOptions = {},
): Promise<{ page: Page; context: BrowserContext; problems: string[] }> {
  const { width = 1920, height = 1080, theme = "light" } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: "en-GB" });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  return { page, context, problems };
}

/** What axe finds on the page as it stands, one line per offence. */
export async function axe(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}: ${n.html.slice(0, 160)}`));
}

/** Signs a page in by name and password through the API, as the sign-in form does. */
export async function signInAs(context: BrowserContext, url: string, name: string, password: string): Promise<void> {
  const reply = await context.request.post(`${url}/api/v1/session`, { data: { name, password }, headers: { origin: url } });
  if (!reply.ok()) throw new Error(`sign-in as ${name}: ${reply.status()}`);
}
