import fc from "fast-check";
import { expect, test } from "vitest";
import { createRng, gauss } from "../process/index.ts";
import { Quality } from "../quality.ts";
import { createFused, dipFused, type FusedInput, stepFused } from "./index.ts";

/** Instruments over a bath of `truth` °C; break them at will. */
class Bench {
  truth = 1050;
  readonly #rng = createRng(5);
  readonly fused = createFused(this.#read());
  change: (input: FusedInput) => FusedInput = (input) => input;

  run(seconds: number, each: () => void = () => undefined): this {
    for (let s = 0; s < seconds; s++) {
      stepFused(this.fused, this.change(this.#read()));
      each();
    }
    return this;
  }

  #read(): FusedInput {
    const noise = (): number => gauss(this.#rng);
    return { immersed: this.truth + 0.4 * noise(), pyrometer: this.truth - 8 + 3 * noise(), wall: this.truth - 40 + 0.4 * noise(), age: 0 };
  }
}

const off = (bench: Bench): number => Math.abs(bench.fused.value - bench.truth);

test("it follows the thermocouple while that is good", () => {
  const bench = new Bench();
  bench.run(100, () => expect(off(bench)).toBeLessThan(2.5));
  expect([bench.fused.source, bench.fused.quality]).toEqual(["immersed", Quality.Good]);
});

let flip = 0;

test.each<[string, (input: FusedInput) => FusedInput]>([
  ["breaks upscale", (input) => ({ ...input, immersed: 1820 })],
  ["reads nothing", (input) => ({ ...input, immersed: Number.NaN })],
  ["is no longer heard of", (input) => ({ ...input, age: 6 })],
  ["jumps about", (input) => ({ ...input, immersed: input.immersed + (flip++ % 2 === 0 ? 60 : 0) })],
])("when it %s the pyrometer takes over, uncertain, and no step is seen", (_how, change) => {
  const bench = new Bench().run(3000);
  bench.change = change;
  let last = bench.fused.value;
  bench.run(60, () => {
    expect(Math.abs(bench.fused.value - last)).toBeLessThan(4);
    last = bench.fused.value;
    expect(bench.fused.quality).toBe(Quality.Uncertain);
  });
  expect(off(bench)).toBeLessThan(5);
});

test("a thermocouple that stands still to a fifth of a degree for ten minutes is stuck", () => {
  const bench = new Bench().run(60);
  bench.change = (input) => ({ ...input, immersed: 1050.1 });
  bench.run(590);
  expect(bench.fused.source).toBe("immersed");
  bench.run(30);
  expect(bench.fused.source).toBe("pyrometer");
});

test("fume that hides the bath makes the pyrometer no substitute; on the wall alone it is Bad after two minutes", () => {
  const bench = new Bench().run(7200);
  let second = 0;
  bench.change = (input) => ({ ...input, immersed: 1820, pyrometer: input.pyrometer - (second++ % 60 < 40 ? 50 : 0) });
  bench.run(70);
  expect(bench.fused.source).toBe("wall");
  expect(bench.fused.quality).toBe(Quality.Uncertain);
  bench.run(120);
  expect(bench.fused.quality).toBe(Quality.Bad);
  expect(off(bench)).toBeLessThan(5);
});

test("what comes back is believed after half a minute, and blended in", () => {
  const bench = new Bench().run(3000);
  bench.change = (input) => ({ ...input, immersed: 1820 });
  bench.run(60);
  bench.change = (input) => input;
  bench.run(29);
  expect(bench.fused.source).toBe("pyrometer");
  bench.run(2);
  expect([bench.fused.source, bench.fused.quality]).toEqual(["immersed", Quality.Good]);
});

test("a dip draws every instrument half the way, and a new thermocouple starts without the old one's correction", () => {
  const bench = new Bench().run(60);
  bench.change = (input) => ({ ...input, immersed: input.immersed - 6 });
  bench.run(60);
  expect(bench.fused.value).toBeLessThan(1046);
  dipFused(bench.fused, 1050);
  bench.run(1);
  expect(bench.fused.biasImmersed).toBeCloseTo(3, 0);
  dipFused(bench.fused, 20);
  dipFused(bench.fused, Number.NaN);
  expect(bench.fused.biasImmersed).toBeCloseTo(3, 0);
  bench.change = (input) => ({ ...input, immersed: 1820 });
  bench.run(5);
  bench.change = (input) => input;
  bench.run(40);
  expect(bench.fused.biasImmersed).toBe(0);
});

test("whatever the instruments say, the value is a number and a step is a step of an instrument", () => {
  const reading = fc.oneof(fc.double({ min: 900, max: 1200, noNaN: true }), fc.double());
  const inputs = fc.record({ immersed: reading, pyrometer: reading, wall: reading, age: fc.double({ min: 0, max: 20 }) });
  fc.assert(
    fc.property(fc.array(inputs, { minLength: 1, maxLength: 200 }), (list) => {
      const { fused } = new Bench();
      for (const input of list) {
        stepFused(fused, input);
        expect(Number.isNaN(fused.value)).toBe(false);
      }
    }),
  );
});
