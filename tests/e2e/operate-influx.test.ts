/** The main job on a real InfluxDB, with a cell that speaks OPC UA. */
import { operate } from "./operate.ts";

operate({ engine: "influx", cell: "C025", line: "L02" });
