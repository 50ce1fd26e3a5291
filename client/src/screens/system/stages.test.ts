import type { Link } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { stagesOf } from "./stages.ts";

const link = (id: string, kind: Link["kind"], change: Partial<Link> = {}): Link => ({
  id,
  kind,
  state: "up",
  since: 0,
  detail: "",
  ...change,
});

test("each stage is as well as its worst link and carries the sum of their rates", () => {
  const stages = stagesOf(
    [
      link("edge:L01", "edge", { rate: 100 }),
      link("opcua:L02", "opcua", { rate: 50, state: "down" }),
      link("historian", "historian", { state: "degraded", backlog: 7 }),
    ],
    12,
  );
  const by = Object.fromEntries(stages.map((s) => [s.key, s]));
  expect(by.field).toMatchObject({ state: "down", rate: 150, up: 1, all: 2 });
  expect(by.historian).toMatchObject({ state: "degraded", waiting: 7 });
  expect(by.recorder?.rate).toBeUndefined();
  expect(by.screens?.rate).toBe(12);
});
