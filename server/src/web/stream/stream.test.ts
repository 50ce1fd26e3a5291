import { createFrame, decodeValues, type Link, ManualClock, type Quality } from "@cellhouse/shared";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ModelView } from "../../contracts.ts";
import { Budget } from "./budget.ts";
import { LinkNews } from "./links.ts";
import { Subscription } from "./subscription.ts";

function columns(size: number): { model: ModelView; value: Float64Array } {
  const value = new Float64Array(size);
  return {
    value,
    model: {
      value: (tag) => value[tag] as number,
      time: (tag) => tag * 10,
      received: () => 0,
      quality: () => 0 as Quality,
      liveness: () => 0 as Quality,
    },
  };
}

const read = (subscription: Subscription, model: ModelView) => {
  const buffer = subscription.take(model, 1, createFrame(4));
  const values = buffer === undefined ? undefined : decodeValues(buffer);
  return (
    values && {
      coalesced: values.coalesced,
      values: Object.fromEntries(Array.from(values.tag, (position, i) => [subscription.tags[position], values.value[i]])),
    }
  );
};

test("what is new is sent whole, then only what changed, then nothing", () => {
  const { model, value } = columns(10);
  const subscription = new Subscription(10);
  expect(subscription.replace(new Set([7, 3]))).toBe(true);
  expect(read(subscription, model)).toEqual({ coalesced: false, values: { 7: 0, 3: 0 } });
  value[3] = 33;
  subscription.offer(Uint32Array.of(3, 5), 2);
  expect(read(subscription, model)).toEqual({ coalesced: false, values: { 3: 33 } });
  expect(read(subscription, model)).toBeUndefined();
});

test("two changes before a send are one value, the newest, and say so", () => {
  const { model, value } = columns(4);
  const subscription = new Subscription(4);
  subscription.replace(new Set([1]));
  read(subscription, model);
  for (const v of [1, 2, 3]) {
    value[1] = v;
    subscription.offer(Uint32Array.of(1), 1);
  }
  expect(read(subscription, model)).toEqual({ coalesced: true, values: { 1: 3 } });
});

test("however it is asked, a socket ends with the newest value of exactly the tags it wants, at positions that never move", () => {
  const step = fc.oneof(
    fc.record({ want: fc.uniqueArray(fc.nat(199), { maxLength: 150 }) }),
    fc.record({ offer: fc.array(fc.tuple(fc.nat(199), fc.double({ noNaN: true })), { maxLength: 40 }) }),
    fc.constant({ send: true }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { model, value } = columns(200);
      const subscription = new Subscription(200);
      const seen = new Map<number, number>();
      const positions = new Map<number, number>();
      let wanted = new Set<number>();
      const send = (): void => {
        for (const [tag, v] of Object.entries(read(subscription, model)?.values ?? {})) seen.set(Number(tag), v as number);
      };
      for (const one of steps) {
        if ("want" in one) {
          wanted = new Set(one.want);
          subscription.replace(wanted);
        } else if ("offer" in one) {
          for (const [tag, v] of one.offer) value[tag] = v;
          subscription.offer(
            Uint32Array.from(one.offer, ([tag]) => tag),
            one.offer.length,
          );
        } else send();
        for (const [position, tag] of subscription.tags.entries()) {
          expect(positions.get(tag) ?? position).toBe(position);
          positions.set(tag, position);
        }
      }
      send();
      for (const tag of wanted) expect(seen.get(tag)).toBe(value[tag]);
      expect(subscription.pending).toBe(false);
    }),
  );
});

test("links are told at once when a state changes, mere figures only every five seconds", () => {
  const clock = new ManualClock(10_000);
  const news = new LinkNews(clock);
  const link: Link = { id: "edge:L01", kind: "edge", state: "up", since: 0, detail: "", rate: 1 };
  const told = (next: Partial<Link>): boolean => {
    const before = news.edition;
    news.read([{ ...link, ...next }]);
    return news.edition !== before;
  };
  expect(told({})).toBe(true);
  clock.advance(1000);
  expect(told({ rate: 2 })).toBe(false);
  expect(told({ rate: 2, state: "down" })).toBe(true);
  clock.advance(5000);
  expect(told({ rate: 3, state: "down" })).toBe(true);
  clock.advance(5000);
  expect(told({ rate: 3, state: "down" })).toBe(false);
});

test("a burst is allowed, a flood is refused, a stubborn flood is closed, patience comes back", () => {
  const clock = new ManualClock(0);
  const budget = new Budget(clock);
  const takes = (count: number): string[] => [...new Set(Array.from({ length: count }, () => budget.take()))];
  expect(takes(500)).toEqual(["ok"]);
  expect(takes(1000)).toEqual(["refuse"]);
  expect(takes(1)).toEqual(["close"]);
  clock.advance(1000);
  expect(takes(100)).toEqual(["ok"]);
});
