/** What every driver owes the pipe, whatever it speaks: run against a real far side that the caller plays. */
import type { Plant } from "@cellhouse/shared";
import { expect } from "vitest";
import type { Driver } from "../../server/src/contracts.ts";
import { type CountedThings, listener, until } from "../integration/ingest-support.ts";

export interface FarSide {
  plant: Plant;
  driver: Driver;
  counters: CountedThings;
  /** Sends one good sample of this cell's tag. */
  say(value: number): void;
  /** The tag that `say` sends, and one that can be written. */
  tag: string;
  setpoint: string;
  /** Sends what is no message. */
  babble(): void;
  /** What has been written to it so far. */
  written(): number;
  /** Breaks the connection for good. */
  cut(): void | Promise<void>;
}

export async function keepsTheContract(far: FarSide): Promise<void> {
  const { driver, plant, counters } = far;
  const id = (path: string): number => plant.tag(path)?.id ?? -1;
  const owner = far.tag.split(":")[0] as string;
  const heard = listener();
  const values = (): number[] => heard.frames.flatMap((f) => [...f.value].filter((_, i) => f.tag[i] === id(far.tag)));
  await driver.start(heard);

  far.say(1050);
  await until("the first value", () => values().includes(1050));
  expect(heard.links.some(({ event, owners }) => event === "up" && owners.includes(owner))).toBe(true);
  for (const frame of heard.frames) expect([frame.receivedAt > 0, frame.count > 0]).toEqual([true, true]);
  expect(driver.links().every(({ state }) => state !== "down")).toBe(true);

  const refused = [...counters.seen.keys()].filter((key) => key.startsWith("rejected")).length;
  far.babble();
  far.say(1051);
  await until("what came after the noise", () => values().includes(1051));
  expect([...counters.seen.keys()].filter((key) => key.startsWith("rejected")).length).toBeGreaterThan(refused);

  expect(await driver.write({ tag: id(far.setpoint), value: 9 })).toEqual({ ok: true });
  await until("the write over there", () => far.written() === 1);
  expect(await driver.write({ tag: 99_999, value: 9 })).toMatchObject({ ok: false, code: "E_TAG_UNKNOWN" });
  expect(await driver.write({ tag: id(far.tag), value: 9 })).toMatchObject({ ok: false, code: "E_NOT_WRITABLE" });

  await far.cut();
  await until("the loss", () => heard.links.some(({ event, owners }) => event === "down" && owners.includes(owner)));
  expect(driver.links().some(({ state, detail }) => state === "down" && detail !== "")).toBe(true);
  expect(await driver.write({ tag: id(far.setpoint), value: 9 })).toMatchObject({ ok: false, code: "E_LINK_DOWN" });

  await driver.stop();
  const before = [heard.frames.length, heard.links.length];
  far.say(1052);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([heard.frames.length, heard.links.length]).toEqual(before);
}
