/** From a file to samples: opened, laid out, converted row by row, reported on. */
import { dirname } from "node:path";
import { SampleWriter } from "../samples.ts";
import { LISTED, RowConversion } from "./convert.ts";
import { layoutOf, wrong } from "./layout.ts";
import type { ReaderOrder, ReaderResult } from "./order.ts";
import { openRows, type RowFile } from "./rows.ts";

/** Rows between two words about how far we are. */
const TELL_ROWS = 200_000;

/** Writes the samples of an order and reports on every row; `tell` hears how far it is. Throws E_QUERY where the file or its mapping is wrong as a whole. */
export async function readFile(order: ReaderOrder, tell: (report: ReaderResult) => void): Promise<ReaderResult> {
  const file = await openRows({ file: order.file, format: order.format, delimiter: order.mapping?.delimiter ?? "," });
  const samples = await SampleWriter.create(order.samples, dirname(order.samples));
  try {
    const converter = await convert(order, { file, samples, tell });
    return numbered(converter, await file.unread());
  } finally {
    await samples.close();
    file.close();
  }
}

interface Parts {
  file: RowFile;
  samples: SampleWriter;
  tell(report: ReaderResult): void;
}

async function convert(order: ReaderOrder, { file, samples, tell }: Parts): Promise<RowConversion> {
  const layout = layoutOf(file.head, order.mapping, order.tags);
  const { time } = layout.mapping;
  let full = false;
  const converter = new RowConversion(layout, {
    time: file.instants.has(time.column) ? { ...time, format: "epoch-ms" } : time,
    now: order.now,
    add: (sample) => {
      full = samples.add(sample) || full;
    },
  });
  for await (const rows of file.rows(layout.columns)) {
    for (const row of rows) {
      converter.row(row);
      if (full) await samples.flush();
      full = false;
    }
    if (converter.samples > order.mostSamples) throw wrong(`file: more than ${order.mostSamples} samples; cut it by time`);
    if (converter.rows % TELL_ROWS < rows.length) tell(converter.report());
  }
  return converter;
}

/** Rows by their place in the file: those that could not be made out stood between the others. */
function numbered(converter: RowConversion, { counts, first }: Awaited<ReturnType<RowFile["unread"]>>): ReaderResult {
  const { rejects, rows, rejected, ...report } = converter.report();
  const placed = rejects.map((reject) => {
    let row = reject.row + 2;
    for (const unread of first) if (unread.row <= row) row++;
    return { ...reject, row };
  });
  const unread = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const listed = [...placed, ...first].sort((a, b) => a.row - b.row).slice(0, LISTED);
  return { ...report, rows: rows + unread, rejected: { ...rejected, ...counts }, rejects: listed };
}
