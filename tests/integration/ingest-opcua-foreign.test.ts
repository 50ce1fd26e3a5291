/** Servers that never heard of us, plugged in by the plant file alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Plant, Quality } from "@cellhouse/shared";
import { loadPlant } from "@cellhouse/shared/plant-file";
import { StatusCodes } from "node-opcua";
import { afterAll, afterEach, expect, test } from "vitest";
import { type ForeignServer, potline, startForeign, vendorCells } from "./ingest-opcua-foreign-server.ts";
import { opcuaRig } from "./ingest-opcua-support.ts";
import { until } from "./ingest-support.ts";

const SCADA = { name: "scada", password: "potline secret" };
const OURS = { name: "cellhouse", password: "field-password" };
const folder = mkdtempSync(join(tmpdir(), "cellhouse-foreign-"));
const passwordFile = join(folder, "scada-password");
writeFileSync(passwordFile, `${SCADA.password}\n`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A plant file as a person would write it. */
function plantOf(lines: string): Plant {
  const file = join(import.meta.dirname, "../../shared/plants/foreign.yaml");
  const text = `extends: base.yaml\nname: Foreign\nplan: 100\nlines:\n${lines}`;
  return loadPlant(
    file,
    (path) => (path === file ? text : readFileSync(path, "utf8")),
    (from, to) => join(dirname(from), to),
  );
}

const mapped = (url: string): string => `
  - id: L01
    cells: 2
    class: 6kA
    recipe: PrNd
    protocol: opcua
    supply: { kind: dedicated }
    opcua:
      url: ${url}
      user: scada
      passwordFile: ${passwordFile}
      namespace: urn:acme:potline
      report: exception
      nodes:
        TI-101: s=Pot.{place}.BathTemp
        EI-201: nsu=urn:acme:potline;s=Pot.{place}.Volts
        EI-201.MAX: s=Pot.{place}.Noise
        II-202: s=Pot.{place}.Charge
        FIC-303.SP: s=Pot.{place}.FeedSetpoint
        LI-401: s=Pot.{place}.Name
        TI-102: s=Pot.{place}.NoSuchThing
      scale:
        TI-101: { factor: 0.1 }
        FIC-303.SP: { factor: 0.1 }
        EI-201.MAX: { factor: 2, offset: 1 }
`;
const discovered = (url: string): string =>
  `\n  - { id: L02, cells: 2, class: 6kA, recipe: PrNd, protocol: opcua, supply: { kind: series }, opcua: { url: "${url}" } }\n`;

let clean: () => Promise<void> = async () => undefined;
afterEach(() => clean());

async function start(plan: (servers: { pots: ForeignServer; vendor: ForeignServer }) => string) {
  const pots = await startForeign(SCADA, potline(2));
  const vendor = await startForeign(OURS, vendorCells(["C003", "C004", "C999"]));
  const rig = opcuaRig(plantOf(plan({ pots, vendor })));
  clean = rig.cleanup;
  rig.cleanups.push(
    () => pots.stop(),
    () => vendor.stop(),
  );
  return { pots, vendor, rig, ...(await rig.drive({ password: OURS.password })) };
}

test("a mapped line: other node ids, types, scales and user; what has no node is named once and counted", async () => {
  const { pots, driver, counters, said, last, samples } = await start(({ pots: server }) => mapped(server.url));
  expect(driver.links()).toMatchObject([{ id: "opcua:L01", state: "up" }]);
  pots.set("2.BathTemp", 10_512);
  pots.set("1.Charge", [1, 5]);
  await until("scaled", () => last("C002:TI-101")?.value === 10_512 * 0.1);
  await until("64 bits", () => last("II-202")?.value === 0x1_0000_0005);
  expect(last("C002:TI-101")?.quality).toBe(Quality.Good);
  expect(last("EI-201.MAX")?.value).toBe(101);
  expect(last("LI-401"), "a text is no number").toMatchObject({ value: Number.NaN, quality: Quality.Bad });
  pots.set("1.BathTemp", 10_600, { status: StatusCodes.UncertainNoCommunicationLastUsableValue });
  await until("what it said before it fell silent", () => last("TI-101")?.quality === Quality.Stale);
  expect(samples("C001:TI-102")).toEqual([]);
  expect(said.filter((text) => /BadNodeIdUnknown.*C001:TI-102/.test(text))).toHaveLength(1);
  expect(said.filter((text) => /"no node"/.test(text))).toHaveLength(1);
  expect(counters.seen.get("rejected unknown_node")).toBeGreaterThan(2);
});

test("its cells live by the server's word, without a heartbeat of their own", async () => {
  const { pots, samples } = await start(({ pots: server }) => mapped(server.url));
  await until("beats", () => samples("C001:YC-905").length >= 2 && samples("C002:YC-905").length >= 2);
  for (const what of ["BathTemp", "Volts", "Charge", "FeedSetpoint", "Name", "Noise"])
    pots.set(`1.${what}`, what === "Charge" ? [0, 1] : what === "Name" ? "x" : 1, { status: StatusCodes.BadNoCommunication });
  await until("all gone", () => samples("C001:EI-201.MAX").at(-1)?.quality === Quality.Bad);
  const [gone, alive] = [samples("C001:YC-905").length, samples("C002:YC-905").length];
  await until("the other goes on", () => samples("C002:YC-905").length >= alive + 3);
  expect(samples("C001:YC-905").length).toBeLessThanOrEqual(gone + 1);
});

test("changes inside a tag's deadband are not sent by a server that can judge them", async () => {
  const { pots, samples, last } = await start(({ pots: server }) => mapped(server.url));
  await until("first", () => last("EI-201.MAX") !== undefined);
  pots.set("1.Noise", 50.01);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  pots.set("1.Noise", 80);
  await until("beyond it", () => last("EI-201.MAX")?.value === 161);
  expect(samples("EI-201.MAX").map((sample) => sample.value)).toEqual([101, 161]);
});

test("a write is scaled back into the server's own type; a tag without a node is refused", async () => {
  const { pots, driver } = await start(({ pots: server }) => mapped(server.url));
  const id = (path: string): number => plantOf(mapped(pots.url)).tag(path)?.id ?? -1;
  const order = { seq: 1, user: "anna", at: Date.now(), token: 1 };
  expect(await driver.write({ tag: id("C002:FIC-303.SP"), value: 9.6, order })).toEqual({ ok: true });
  expect(pots.read("2.FeedSetpoint")).toBe(96);
  expect(await driver.write({ tag: id("C002:TIC-101.SP"), value: 1050 })).toMatchObject({ ok: false, code: "E_NOT_WRITABLE" });
  expect(await driver.write({ tag: id("C002:LI-401"), value: 5 })).toMatchObject({
    code: "E_NOT_WRITABLE",
    detail: expect.stringMatching(/5 does not fit the server's String/),
  });
  expect(await driver.write({ tag: id("C002:FIC-303.SP"), value: -1 })).toMatchObject({
    code: "E_NOT_WRITABLE",
    detail: expect.stringMatching(/UInt16/),
  });
});

test("cells of our type are found wherever they stand, also of a derived type; several servers at once", async () => {
  const { pots, vendor, driver, last, said } = await start((servers) => mapped(servers.pots.url) + discovered(servers.vendor.url));
  expect(driver.links()).toMatchObject([
    { id: "opcua:L01", state: "up" },
    { id: "opcua:L02", state: "up" },
  ]);
  vendor.set("C003.TI-101", 1055);
  pots.set("1.BathTemp", 10_444);
  await until("from the one", () => last("C003:TI-101")?.value === 1055);
  await until("from the other", () => last("C001:TI-101")?.value === 10_444 * 0.1);
  expect(said.join("\n")).toMatch(/C003:TI-102/);
  await pots.stop();
  await until("one down", () => driver.links()[0]?.state === "down");
  vendor.set("C004.TI-101", 1056);
  await until("the other goes on", () => last("C004:TI-101")?.value === 1056);
  expect(driver.links()[1]).toMatchObject({ state: "up", gaps: 0 });
});

test("a wrong password file is said in words", async () => {
  const { driver } = await start(({ pots: server }) => mapped(server.url).replace(passwordFile, join(folder, "none")));
  expect(driver.links()[0]).toMatchObject({ state: "down", detail: expect.stringMatching(/passwordFile .*none cannot be read: ENOENT/) });
});

test.each([
  ["nodes: { TI-999: s=x }", /no tag "TI-999"/],
  ["nodes: { TI-101: Pot.Temp }", /node id looks like/],
  ["nodes: { TI-101: s=Pot.Temp }", /the same for all 2 cells/],
  ['nodes: { "*": "s={cell}.x" }', /use \{tag\}/],
  ['nodes: { II-001: "s=Line.{cell}" }', /a tag of the line has no cell/],
  ["cells: { C007: { TI-101: s=x } }", /C007 does not stand in line L01/],
  ["scale: { TI-101: { factor: 0 } }", /not 0/],
  ["url: http://x", /opc\.tcp/],
  ["colour: red", /colour/],
])("a plant file with %s is refused with the field and the reason", (wrong, reason) => {
  const line = `  - { id: L01, cells: 2, class: 6kA, recipe: PrNd, protocol: opcua, supply: { kind: series }, opcua: { ${wrong} } }\n`;
  expect(() => plantOf(line)).toThrow(reason);
  expect(() => plantOf(line)).toThrow(/lines\.0\.opcua/);
});
