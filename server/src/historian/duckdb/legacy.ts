/** Takes over `historian.duckdb`, the one file in which the embedded engine kept its samples before it had closed files. */
import { existsSync, rmSync } from "node:fs";
import type { Clock } from "@cellhouse/shared";
import type { Catalog, StoredFile } from "./catalog.ts";
import { fileName } from "./compactor.ts";
import type { Parquet } from "./parquet.ts";
import { text, whole } from "./sql.ts";
import { widthOf } from "./windows.ts";

/** Its samples under the new ids; what had not been merged last, so that it is right. */
const SAMPLES = `
  SELECT id AS tag, time, value, quality, lag FROM (
    SELECT m.id, o.time, coalesce(o.wide, o.value::DOUBLE) AS value, o.quality, o.lag, 0 AS later FROM old.history o JOIN moved m ON m.was = o.tag
    UNION ALL
    SELECT m.id, r.time::BIGINT, r.value, r.quality, (r.received - r.time)::BIGINT, 1 + r.rowid FROM old.recent r JOIN moved m ON m.was = r.tag)`;

/**
 * Turns the old file's samples into closed files and goes on from its position; then the old file is deleted. Does
 * nothing where there is none. Throws E_HISTORIAN when it cannot be read or the disk is full; it is left as it was then.
 */
export async function takeOver(
  file: string,
  { catalog, parquet, clock }: { catalog: Catalog; parquet: Parquet; clock: Clock },
): Promise<void> {
  if (!existsSync(file)) return;
  await parquet.run(`ATTACH ${text(file)} AS old`);
  try {
    const paths = await parquet.texts("SELECT path FROM old.tag ORDER BY id");
    const [was] = (await parquet.ask("SELECT id::DOUBLE FROM old.tag ORDER BY id")) as [Float64Array];
    const rows = [...catalog.tagIds(paths)].map((id, i) => `(${whole(was[i] as number)}, ${whole(id)})`);
    await parquet.run(`CREATE TABLE moved AS SELECT * FROM (VALUES ${rows.join(", ") || "(0, 0)"}) AS t(was, id)`);
    const width = widthOf(0);
    const [hours] = (await parquet.ask(`SELECT DISTINCT (time // ${width})::DOUBLE AS hour FROM (${SAMPLES}) ORDER BY hour`)) as [
      Float64Array,
    ];
    const add: StoredFile[] = [];
    for (const hour of hours) {
      const window = hour * width;
      const seq = catalog.next();
      const name = fileName({ resolution: "raw", level: 0, window, seq });
      const within = `WHERE time >= ${whole(window)} AND time < ${whole(window + width)}`;
      const latest = "QUALIFY row_number() OVER (PARTITION BY id, time ORDER BY later DESC) = 1";
      const closed = await parquet.save(`${SAMPLES} ${within} ${latest} ORDER BY tag, time`, name);
      if (closed !== undefined) add.push({ ...closed, seq, name, resolution: "raw", level: 0, window, made: clock.now(), repeats: 1 });
    }
    const [position] = (await parquet.ask("SELECT position FROM old.mark")) as [Float64Array];
    catalog.change({ add, position: Math.max(catalog.position, position[0] ?? 0) });
  } finally {
    await parquet.run("DROP TABLE IF EXISTS moved; DETACH old");
  }
  for (const end of ["", ".wal"]) rmSync(file + end, { force: true });
}
