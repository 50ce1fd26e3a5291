import { defineConfig } from "vitest/config";

/** Unit tests stand beside the code; everything that needs real parts stands in `tests/`, one project per kind. */
const project = (name: string, include: string[], extra: object = {}) => ({
  test: { name, include, environment: "node" as const, ...extra },
});
/** Real programs on a machine that others use too: a second try is allowed and shown in the report, a third is not. */
const slow = { testTimeout: 120_000, hookTimeout: 180_000, retry: 1 };

export default defineConfig({
  test: {
    projects: [
      project("unit", ["{shared,server,simulator,client}/src/**/*.test.{ts,tsx}"], { testTimeout: 20_000 }),
      project("rules", ["tests/rules/**/*.test.ts"], { testTimeout: 120_000 }),
      project("integration", ["tests/integration/**/*.test.ts"], slow),
      project("chaos", ["tests/chaos/**/*.test.ts"], slow),
      project("e2e", ["tests/e2e/**/*.test.ts"], { ...slow, testTimeout: 300_000 }),
    ],
  },
});
