/** InfluxDB killed twenty times, then away for the time given at full rate; each audited from InfluxDB itself. */
import { type InfluxStand, startInfluxStand } from "../support/influx-stand.ts";
import { drain, killInfluxd } from "../support/influx-trials.ts";
import { plantOf } from "../support/plant.ts";
import type { SoakOptions } from "./main.ts";

const KILLS = 20;
const LEAST_SPEED = 3;

/** True when nothing is missing or doubled in samples and rows, and the backlog went at three times real time or faster. */
export async function influxdSoak({ seconds, plant }: SoakOptions): Promise<boolean> {
  process.stdout.write(`\nsoak influxd, ${plant}, ${new Date().toISOString()}\n`);
  const killed = await judge(plant, async (stand) => {
    await killInfluxd(stand, KILLS);
    return { text: `killed ${KILLS} times`, kept: true };
  });
  const drained = await judge(plant, async (stand) => {
    const { backlog, speed } = await drain(stand, seconds);
    return { text: `away ${seconds} s, ${backlog} samples waited, drained at ${speed.toFixed(1)} x real time`, kept: speed >= LEAST_SPEED };
  });
  return killed && drained;
}

async function judge(plant: string, trial: (stand: InfluxStand) => Promise<{ text: string; kept: boolean }>): Promise<boolean> {
  const stand = await startInfluxStand(plantOf(plant));
  try {
    const { text, kept } = await trial(stand);
    await stand.settle();
    const wrong = await stand.audit();
    const good = kept && wrong.length === 0;
    process.stdout.write(
      `| ${text} | ${stand.published()} values published | tags that differ ${wrong.length} | ${good ? "kept" : "BROKEN"} |\n`,
    );
    for (const row of wrong.slice(0, 10)) process.stdout.write(`${row}\n`);
    return good;
  } finally {
    await stand.stop();
  }
}
