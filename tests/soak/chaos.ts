/** The chaos button: one mistreatment of the field after the other, each with a verdict, and the long partition. */

import { allLive, audit, type ChaosField, chaosField, gapsSince, pause, raisedSince } from "../support/chaos-field.ts";
import { type Difference, told } from "../support/record-check.ts";
import type { SoakOptions } from "./main.ts";
import { cut, SCENARIOS, type Scenario } from "./scenarios.ts";

/** What is kept of a hall that was mistreated. */
interface Verdict {
  /** Why it was not done, or did not end; nothing of what follows is known then. */
  failed?: string;
  recoverySeconds: number;
  lost: number;
  doubled: number;
  /** Tags with all their samples, of which one is another. */
  altered: number;
  destroyed: number;
  wrongAlarms: readonly string[];
  missedAlarms: readonly string[];
  kept: boolean;
}

const RECOVERY_S = 30;
const JOURNAL_MS = 20_000;
const NOTHING = {
  recoverySeconds: Number.NaN,
  lost: 0,
  doubled: 0,
  altered: 0,
  destroyed: 0,
  wrongAlarms: [],
  missedAlarms: [],
  kept: false,
};

async function judge(scenario: Scenario): Promise<Verdict> {
  const field = await chaosField(scenario.field);
  try {
    const begun = Date.now();
    const destroyed = (await scenario.act(field)) ?? 0;
    const over = Date.now();
    await allLive(field);
    const recoverySeconds = (Date.now() - over) / 1000;
    const raised = await raisedUntil(field, begun, scenario.raises ?? []);
    const gaps = await gapsSince(field, begun);
    const differing = await audit(field);
    for (const one of differing.slice(0, 5)) process.stdout.write(`  ${told(one)}\n`);
    const { raises = [], mayRaise = [] } = scenario;
    const figures = {
      ...NOTHING,
      recoverySeconds,
      ...sums(differing, scenario),
      destroyed,
      wrongAlarms: raised.filter((kind) => ![...raises, ...mayRaise].includes(kind)),
      missedAlarms: raises.filter((kind) => !raised.includes(kind)),
    };
    return { ...figures, kept: isKept(figures, gaps) };
  } catch (error) {
    return { ...NOTHING, failed: (error as Error).message.split("\n")[0] ?? "" };
  } finally {
    await field.stop();
  }
}

/** A journal that could not be written either catches up within some seconds. */
async function raisedUntil(field: ChaosField, begun: number, wanted: readonly string[]): Promise<string[]> {
  let raised: string[] = [];
  for (const end = Date.now() + JOURNAL_MS; Date.now() < end; ) {
    await pause(2500);
    raised = await raisedSince(field, begun);
    if (wanted.every((kind) => raised.includes(kind))) break;
  }
  return raised;
}

/** What died with a PLC by its nature is no loss. */
function sums(differing: readonly Difference[], { diesWithPlc = 0 }: Scenario): Pick<Verdict, "lost" | "doubled" | "altered"> {
  const isAllowed = ({ path, edge, held }: Difference): boolean => path.includes(".L02.") && held < edge && edge - held <= diesWithPlc;
  const told = differing.filter((one) => !isAllowed(one));
  return {
    lost: told.reduce((sum, { edge, held }) => sum + Math.max(0, edge - held), 0),
    doubled: told.reduce((sum, { edge, held }) => sum + Math.max(0, held - edge), 0),
    altered: told.filter(({ edge, held }) => edge === held).length,
  };
}

/** Nothing missing but what was destroyed, and of that a gap is named; nothing doubled or altered, no alarm wrong or missed, live again in time. */
function isKept({ lost, doubled, altered, destroyed, wrongAlarms, missedAlarms, recoverySeconds }: Verdict, gaps: number): boolean {
  const whole = lost <= destroyed && doubled === 0 && altered === 0;
  const honest = destroyed === 0 || gaps > 0;
  return whole && honest && wrongAlarms.length === 0 && missedAlarms.length === 0 && recoverySeconds <= RECOVERY_S;
}

const HEAD = ["scenario".padEnd(38), "recovery", "destroyed", "  lost", "doubled", "altered", "alarms wrong (-: missed)", "verdict"];

function row({ name, control }: Scenario, verdict: Verdict): string {
  const { recoverySeconds, destroyed, lost, doubled, altered, wrongAlarms, missedAlarms, kept, failed } = verdict;
  const word = kept ? "kept" : failed === undefined ? "BROKEN" : "FAILED";
  const alarms = [...wrongAlarms, ...missedAlarms.map((kind) => `-${kind}`)].join(" ");
  const figures = [`${recoverySeconds.toFixed(1)} s`, destroyed, lost, doubled, altered].map(String);
  const cells = [name, ...figures, failed ?? alarms, control === true && !kept && failed === undefined ? "broken, as it must be" : word];
  return `| ${cells.map((cell, i) => (i === 0 || i > 5 ? cell.padEnd(HEAD[i]?.length ?? 0) : cell.padStart(HEAD[i]?.length ?? 0))).join(" | ")} |\n`;
}

/**
 * Each scenario with a verdict. The promises: nothing missing but what the scenario itself destroys, nothing doubled or altered, no alarm but
 * those that belong to it, live again within 30 s. The controls break a promise on purpose and must be found broken. `only`: part of a name.
 */
export async function chaosSoak({ only = "" }: SoakOptions): Promise<boolean> {
  process.stdout.write(`\nsoak chaos, ${new Date().toISOString()}\n| ${HEAD.join(" | ")} |\n`);
  let good = true;
  for (const scenario of SCENARIOS.filter(({ name }) => name.includes(only))) {
    const verdict = await judge(scenario);
    good &&= scenario.control === true ? !verdict.kept && verdict.failed === undefined : verdict.kept;
    process.stdout.write(row(scenario, verdict));
  }
  return good;
}

/** Both networks away at full rate for the time given, ten minutes unless told otherwise. */
export async function partitionSoak({ seconds, plant }: SoakOptions): Promise<boolean> {
  const field = await chaosField({ plant });
  try {
    const begun = Date.now();
    await cut(field, ["mqtt", "opcua"], seconds);
    const over = Date.now();
    await allLive(field);
    const live = (Date.now() - over) / 1000;
    const wrongAlarms = await raisedSince(field, begun);
    const differing = await audit(field);
    const whole = (Date.now() - over) / 1000;
    process.stdout.write(`\nsoak partition, ${plant}, ${seconds} s, ${new Date().toISOString()}\n`);
    process.stdout.write(
      `| live again after ${live.toFixed(1)} s | whole after ${whole.toFixed(0)} s, with the checks | tags that differ ${differing.length} | wrong alarms ${wrongAlarms.join(" ") || "none"} |\n`,
    );
    for (const one of differing.slice(0, 10)) process.stdout.write(`${told(one)}\n`);
    return differing.length === 0 && wrongAlarms.length === 0;
  } finally {
    await field.stop();
  }
}
