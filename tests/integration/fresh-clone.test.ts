/** A stranger's first minute: a fresh clone in an empty folder, one command, a link with moving values; the second start is quick. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePort, launch, type Program, remove, tempFolder, until } from "../support/processes.ts";
import { ROOT } from "../support/tree.ts";

const folder = tempFolder("clone");
const clone = join(folder, "cellhouse");

afterAll(() => remove(folder));

/** As typed in a terminal, but for ports that may be taken here. */
async function npmStart(): Promise<Program> {
  const ports = ["--http-port", `${await freePort()}`, "--mqtt-port", "0", "--opcua-port", "0"];
  return launch("npm", ["--prefix", clone, "start", "--", ...ports]);
}

async function firstLiveValue(program: Program, patienceMs: number): Promise<void> {
  const link = (await program.printed(/Cellhouse ready (http\S+)/, patienceMs))[1] as string;
  const { origin, searchParams } = new URL(link);
  const reply = await fetch(`${origin}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ link: searchParams.get("signin") }),
  });
  expect(reply.status).toBeLessThan(300);
  const cookie = (reply.headers.get("set-cookie") ?? "").split(";")[0] as string;
  await until(
    "a live value",
    async () => {
      const values = (await (await fetch(`${origin}/api/v1/values?tags=C001:TY-100`, { headers: { cookie } })).json()) as {
        values: { quality: string }[];
      };
      return values.values[0]?.quality === "good";
    },
    30_000,
    50,
  );
  const page = await (await fetch(origin)).text();
  expect(page).toContain("<script");
}

test("npm start in a fresh clone reaches moving values with nothing else typed, and again within seconds", {
  timeout: 600_000,
}, async () => {
  execFileSync("git", ["clone", "-q", ROOT, clone]);
  const first = await npmStart();
  await firstLiveValue(first, 400_000);
  await first.stop();
  const begun = Date.now();
  const second = await npmStart();
  await firstLiveValue(second, 60_000);
  const seconds = (Date.now() - begun) / 1000;
  process.stdout.write(`second start to the first live value: ${seconds.toFixed(1)} s (6)\n`);
  await second.stop();
});
