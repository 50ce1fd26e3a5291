/** Plant files made for one run. */
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { plantFile } from "./plant.ts";
import { remove, tempFolder } from "./processes.ts";

export interface MadeLine {
  id: string;
  cells: number;
  protocol: "sparkplug" | "opcua";
}

export interface MadePlant {
  /** Of all lines. */
  readonly file: string;
  /** A file with the first so many lines only: their cells have the same numbers. */
  first(lines: number): string;
  remove(): void;
}

/** So many lines of 24 cells, one protocol after the other. */
export const mixedLines = (count: number): MadeLine[] =>
  Array.from({ length: count }, (_, i) => ({ id: lineId(i + 1), cells: 24, protocol: i % 2 === 0 ? "sparkplug" : "opcua" }));

export const lineId = (n: number): string => `L${String(n).padStart(2, "0")}`;

export function madePlant(name: string, lines: readonly MadeLine[]): MadePlant {
  const folder = tempFolder("plant");
  const write = (count: number): string => {
    const file = join(folder, `${count}.yaml`);
    const rows = lines
      .slice(0, count)
      .map(
        ({ id, cells, protocol }) =>
          `  - { id: ${id}, cells: ${cells}, class: 6kA, recipe: PrNd, protocol: ${protocol}, supply: { kind: series } }`,
      );
    const head = `extends: ${relative(folder, plantFile("base"))}\nname: ${name}\nplan: 15000\nlines:\n`;
    writeFileSync(file, `${head}${rows.join("\n")}\n`);
    return file;
  };
  return { file: write(lines.length), first: write, remove: () => remove(folder) };
}
