/**
 * Reads one file that somebody sent and writes its samples down, in a process of its own: a hostile file may cost this
 * process its memory or its life, never the server's. Answers by lines of JSON; the last one knows all or names the fault.
 */
import { readFileSync } from "node:fs";
import { faultOf } from "../folder.ts";
import type { ReaderMessage, ReaderOrder } from "./order.ts";
import { readFile } from "./read.ts";

function tell(message: ReaderMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

try {
  const order = JSON.parse(readFileSync(process.argv[2] as string, "utf8")) as ReaderOrder;
  tell({ done: await readFile(order, (report) => tell({ report })) });
} catch (error) {
  const { code, detail } = faultOf(error);
  tell({ fault: code === "E_HISTORIAN" ? { code: "E_QUERY", detail: `file: ${detail}` } : { code, detail } });
}
