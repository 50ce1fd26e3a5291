/** Areas: a path prefix on whole steps, so that `BT.EL1.L01` reaches its cells and not `BT.EL1.L011`. */

/** True where one of the prefixes covers `path`; the empty prefix covers everything. */
export function reaches(areas: readonly string[], path: string): boolean {
  return areas.some((area) => area === "" || (path.startsWith(area) && isStep(path, area.length)));
}

function isStep(path: string, at: number): boolean {
  return at === path.length || path[at] === "." || path[at] === ":";
}
