/** The main job on DuckDB, with a cell that speaks Sparkplug B. */
import { operate } from "./operate.ts";

operate({ engine: "duckdb", cell: "C001", line: "L01" });
