import { createFrame, decodeValues, encodeValues, pushSample, Quality } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Store } from "./store.ts";

function setup(): {
  store: Store;
  frame: () => void;
  send: (...samples: [index: number, time: number, value: number, quality: number][]) => void;
} {
  const due: (() => void)[] = [];
  const store = new Store((run) => void due.push(run));
  store.resize(4);
  store.setIndex(Int32Array.from([2, 0, -1]));
  const send = (...samples: [number, number, number, number][]): void => {
    const frame = createFrame(8);
    for (const [index, time, value, quality] of samples) pushSample(frame, index, time, value, quality);
    const message = decodeValues(encodeValues(frame));
    if (message !== undefined) store.apply(message);
  };
  const frame = (): void => {
    for (const run of due.splice(0)) run();
  };
  return { store, send, frame };
}

test("puts samples into the columns of their tags by the socket's index", () => {
  const { store, send } = setup();
  send([0, 10, 1.5, Quality.Good], [1, 11, 2.5, Quality.Uncertain]);
  expect([store.value[2], store.time[2], store.quality[2]]).toEqual([1.5, 10, Quality.Good]);
  expect([store.value[0], store.quality[0]]).toEqual([2.5, Quality.Uncertain]);
});

test("leaves out positions it was never told, and tags this plant does not have", () => {
  const { store, send } = setup();
  send([2, 10, 9, Quality.Good], [77, 10, 9, Quality.Good]);
  expect([...store.value].every(Number.isNaN)).toBe(true);
  expect(store.samples).toBe(0);
});

test("tells a tag once per frame, however often it changed", () => {
  const { store, send, frame } = setup();
  let told = 0;
  store.onTag(2, () => told++);
  send([0, 10, 1, Quality.Good]);
  send([0, 11, 2, Quality.Good]);
  expect(told).toBe(0);
  frame();
  expect(told).toBe(1);
  frame();
  expect(told).toBe(1);
});

test("gives trends every sample, also those a frame overtakes", () => {
  const { store, send } = setup();
  const seen: number[] = [];
  store.onSample(2, (_time, value) => void seen.push(value));
  send([0, 10, 1, Quality.Good], [0, 11, 2, Quality.Good]);
  expect(seen).toEqual([1, 2]);
});

test("hands the canvas the changed tags of a frame, and no others", () => {
  const { store, send, frame } = setup();
  const flushes: number[][] = [];
  store.onFlush((changed) => void flushes.push([...changed]));
  send([0, 10, 1, Quality.Good], [0, 11, 2, Quality.Good]);
  frame();
  send([1, 12, 3, Quality.Good]);
  frame();
  expect(flushes).toEqual([[2], [0]]);
});

test("nobody is told after leaving", () => {
  const { store, send, frame } = setup();
  let told = 0;
  store.onTag(2, () => told++)();
  send([0, 10, 1, Quality.Good]);
  frame();
  expect(told).toBe(0);
});

test("a jump in time forgets values and makes everything stale", () => {
  const { store, send, frame } = setup();
  let told = 0;
  store.onTag(2, () => told++);
  send([0, 10, 1, Quality.Good]);
  frame();
  store.forget();
  frame();
  expect(Number.isNaN(store.value[2])).toBe(true);
  expect(store.quality[2]).toBe(Quality.Stale);
  expect(told).toBe(2);
});

test("a stale value that is watched is told again each second, so that its age goes on", () => {
  const { store, send, frame } = setup();
  let told = 0;
  store.onTag(2, () => told++);
  store.onTag(0, () => told++);
  send([0, 10, 1, Quality.Stale], [1, 10, 1, Quality.Good]);
  frame();
  store.touchStale();
  frame();
  expect(told).toBe(3);
});
