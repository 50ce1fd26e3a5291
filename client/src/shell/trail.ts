/** Where one is and where "back" leads: up the plant, never through the browser's history. Pure. */
import type { Plant } from "@cellhouse/shared";

export interface Step {
  path: string;
  /** A title key of the language files, or a proper name. */
  key?: string;
  name?: string;
}

const HALL: Step = { path: "/hall", key: "screens.hall" };
const TRENDS: Step = { path: "/trends", key: "screens.trends" };

export function trailOf(pathname: string, plant: Plant | undefined): Step[] {
  const [kind = "", id = ""] = pathname.split("/").filter(Boolean);
  if (kind === "line") return [HALL, { path: pathname, name: id }];
  if (kind === "cell") {
    const line = plant?.cell(id)?.line.id;
    return [HALL, ...(line === undefined ? [] : [{ path: `/line/${line}`, name: line }]), { path: pathname, name: id }];
  }
  if (kind === "import") return [TRENDS, { path: pathname, key: "screens.import" }];
  return [{ path: pathname, key: kind === "" ? "screens.hall" : `screens.${kind}` }];
}

/** One step up; from the top of a branch to the hall. */
export function stepBack(pathname: string, plant: Plant | undefined): string {
  return trailOf(pathname, plant).at(-2)?.path ?? "/hall";
}
