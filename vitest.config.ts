import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Unit tests stand beside the code; everything that needs real parts stands in `tests/`, one project per kind. */
const project = (name: string, include: string[], extra: object = {}) => ({
  test: { name, include, environment: "node" as const, ...extra },
});
/** Real programs on a machine that others use too: a second try is allowed and shown in the report, a third is not. */
const slow = { testTimeout: 120_000, hookTimeout: 180_000, retry: 1 };

/** Files of a minute and more, longest first: begun last, one of them would keep all other workers waiting. */
const LONG = [
  ...["e2e/operate-duckdb", "e2e/operate-influx", "e2e/accessibility-light", "e2e/accessibility-dark", "e2e/trends"],
  ...["chaos/disorder", "integration/main-job", "chaos/partition", "integration/simulator-outage", "integration/replay-middle"],
  ...["chaos/influxd", "chaos/links", "chaos/sparkplug"],
];

for (const name of LONG)
  if (!existsSync(new URL(`tests/${name}.test.ts`, import.meta.url))) throw new Error(`vitest.config.ts: no test file ${name} any more`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`tests/${name}.test.ts`));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      project("unit", ["{shared,server,simulator,client}/src/**/*.test.{ts,tsx}"], { testTimeout: 20_000 }),
      project("rules", ["tests/rules/**/*.test.ts"], { testTimeout: 120_000 }),
      project("integration", ["tests/integration/**/*.test.ts"], slow),
      project("chaos", ["tests/chaos/**/*.test.ts"], slow),
      project("e2e", ["tests/e2e/**/*.test.ts"], { ...slow, testTimeout: 300_000 }),
    ],
  },
});
