/**
 * Runs before `npm start` and `npm test`, possibly on a machine that has nothing but Node >= 20 and npm: plain
 * JavaScript without dependencies. Brings node_modules in line with the lock file, builds the client when its sources
 * changed, and for the tests installs the real parts they run against.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const lockStamp = join(root, "node_modules/.cellhouse-lock");
const clientStamp = join(root, "client/dist/.built-from");

/** What the tests run for real: the program that proves it is there, and the Debian package that brings it. */
const REAL_PARTS = [
  { program: "influxd", package: "influxdb" },
  { program: "mosquitto", package: "mosquitto" },
  { program: "chromium", package: "chromium" },
  { file: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", package: "fonts-noto-cjk" },
];

const say = (text) => process.stdout.write(`cellhouse: ${text}\n`);

function fail(text) {
  process.stderr.write(`cellhouse: ${text}\n`);
  process.exit(1);
}

/** Runs a step with a sign of life every few seconds; shows its output only when it fails. */
function step(label, command, args, options = {}) {
  return new Promise((resolve) => {
    const started = Date.now();
    const seconds = () => Math.round((Date.now() - started) / 1000);
    say(`${label} ...`);
    let output = "";
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const sign = setInterval(() => say(`${label} ... ${seconds()} s`), 10_000);
    const end = (ok, why) => {
      clearInterval(sign);
      if (ok) say(`${label}: done in ${seconds()} s`);
      resolve({ ok, output: why ? `${output}\n${why}` : output });
    };
    child.on("error", (error) => end(false, error.message));
    child.on("close", (code) => end(code === 0));
  });
}

function sha(text) {
  return createHash("sha256").update(text).digest("hex");
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  if (statSync(folder).isFile()) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== "dist" && entry.name !== "node_modules")
    .flatMap((entry) => filesBelow(join(folder, entry.name)))
    .sort();
}

function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((p) => filesBelow(join(root, p)))) hash.update(relative(root, path)).update(readFileSync(path));
  return hash.digest("hex");
}

const stampIs = (file, value) => existsSync(file) && readFileSync(file, "utf8") === value;

async function packages() {
  const wanted = sha(readFileSync(join(root, "package-lock.json")));
  if (stampIs(lockStamp, wanted)) return;
  const npm = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  const args = ["ci", "--loglevel=error", "--no-audit", "--no-fund"];
  const done = npm ? await step("installing packages", node, [npm, ...args]) : await step("installing packages", "npm", args);
  if (!done.ok)
    fail(`npm ci failed:\n${done.output}\nCheck that the package registry can be reached (npm ping), then run the command again.`);
  writeFileSync(lockStamp, wanted);
}

/** Node 24 comes as a platform package; a platform without one needs it installed. */
function runtime() {
  const own = join(root, "node_modules/.bin/node");
  const found = spawnSync(existsSync(own) ? own : "node", ["--version"], { encoding: "utf8" }).stdout?.trim() ?? "";
  if (Number(/^v(\d+)/.exec(found)?.[1] ?? 0) >= 24) return;
  fail(
    `no Node 24 package exists for ${process.platform}-${process.arch}: install Node.js 24 or newer yourself and run the command again.`,
  );
}

async function client() {
  const wanted = hashOf(["client", "shared/src", "package-lock.json"]);
  if (stampIs(clientStamp, wanted)) return;
  const done = await step("building the client", "npm", ["run", "build", "-w", "client"], { shell: process.platform === "win32" });
  if (!done.ok) fail(`the client could not be built:\n${done.output}`);
  mkdirSync(dirname(clientStamp), { recursive: true });
  writeFileSync(clientStamp, wanted);
}

const present = (part) =>
  part.file ? existsSync(part.file) : spawnSync("sh", ["-c", `PATH="$PATH:/usr/sbin" command -v ${part.program}`]).status === 0;

async function realParts() {
  const missing = REAL_PARTS.filter((part) => !present(part)).map((part) => part.package);
  if (missing.length === 0) return;
  const names = missing.join(" ");
  const byHand = `the tests run against real parts: install them (Debian: sudo apt-get install ${names}), then run npm test again.`;
  if (spawnSync("sh", ["-c", "command -v apt-get"]).status !== 0) fail(`${names} missing and this system has no apt-get; ${byHand}`);
  const asRoot = process.getuid?.() === 0;
  const sudo = !asRoot && spawnSync("sudo", ["-n", "true"]).status === 0;
  if (!asRoot && !sudo) fail(`${names} missing, and installing them needs root; ${byHand}`);
  // RUNLEVEL=1 keeps the packages from starting their services: the tests start their own on free ports.
  const apt = (args) => [...(sudo ? ["sudo", "-n"] : []), "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-q", ...args];
  for (const [label, args] of [
    ["reading the package lists", ["update"]],
    [`installing ${names}`, ["install", "-y", "--no-install-recommends", ...missing]],
  ]) {
    const [command, ...rest] = apt(args);
    const done = await step(label, command, rest);
    if (!done.ok) fail(`${label} failed:\n${done.output}\n${byHand}`);
  }
}

if (Number(process.versions.node.split(".")[0]) < 20) fail(`Node ${process.version} is too old: install Node.js 20 or newer.`);
await packages();
runtime();
await client();
if (process.argv[2] === "test") await realParts();
