/**
 * Feed-forward by Faraday's law: the oxide a cell's current consumes becomes its feed setpoint, for every cell in CASCADE.
 * It never feeds on doubt: with an input that is not Good it writes nothing, and the PLC keeps what it has.
 */
import { type Cell, effectiveTime, MODES, Quality, type Tag, tagOf } from "@cellhouse/shared";
import { faradayFeed } from "@cellhouse/shared/blocks";
import type { Actor } from "../../contracts.ts";
import { allowedRange, type Range } from "../ranges.ts";
import type { ControlContext, ControllerKind } from "./controller.ts";

/** Every cell in turn once in ten seconds, a tenth of the hall each second: no burst towards field and journal. */
const PERIOD = 1000;
const TURNS = 10;
/** Time constant of the current's filter, ms (process model, "Faraday feed-forward"). */
const FILTER = 60_000;
/** Sent when it differs by more than this share of what stands, or was last sent so long ago (ms). */
const DEADBAND = 0.005;
const REFRESH = 300_000;
const CASCADE = MODES.indexOf("CASCADE");
const ACTOR: Actor = { name: "control:faraday", role: "operator", areas: [""] };

interface Loop {
  readonly cell: Cell;
  readonly current: Tag;
  readonly setpoint: Tag;
  readonly mode: Tag;
  readonly range: Range;
  /** When it last sent; NaN since the cell came into CASCADE, so that the first setpoint is its own. */
  sentAt: number;
}

export const faraday: ControllerKind = (context) => {
  const { plant, clock } = context;
  const loops = plant.cells.map(
    (cell): Loop => ({
      cell,
      current: tagOf(cell, "II-202"),
      setpoint: tagOf(cell, "FIC-303.SP"),
      mode: tagOf(cell, "HS-910"),
      range: allowedRange(tagOf(cell, "FIC-303.SP").definition, cell),
      sentAt: Number.NaN,
    }),
  );
  const filter = createFilter(loops.length);
  const loopOf = new Int32Array(plant.tags.length).fill(-1);
  for (const [i, loop] of loops.entries()) loopOf[loop.current.id] = i;
  let turn = 0;

  return {
    period: PERIOD,
    step(frame) {
      if (frame.historical) return;
      const { tag, value, quality } = frame;
      for (let i = 0; i < frame.count; i++) {
        const loop = loopOf[tag[i] as number] as number;
        if (loop !== -1 && quality[i] === Quality.Good) filter.take(loop, value[i] as number, effectiveTime(frame, i));
      }
    },
    tick() {
      turn = (turn + 1) % TURNS;
      for (let i = turn; i < loops.length; i += TURNS) {
        const loop = loops[i] as Loop;
        const current = filter.at(i, clock.now());
        if (mayAct(loop, current, context)) act(loop, current, context);
      }
    },
  };
};

/** Only in CASCADE, and on a current to be believed. */
function mayAct(loop: Loop, current: number, { model, count }: ControlContext): boolean {
  const { mode } = loop;
  if (model.quality(mode.id) !== Quality.Good || model.value(mode.id) !== CASCADE) {
    loop.sentAt = Number.NaN;
    return false;
  }
  const good = model.quality(loop.current.id) === Quality.Good && !Number.isNaN(current);
  if (!good) count("faraday: II-202 is not good");
  return good;
}

function act(loop: Loop, current: number, { model, clock, door, count }: ControlContext): void {
  const { cell, setpoint, range } = loop;
  const wanted = faradayFeed({ ...cell.recipe, current, efficiency: cell.cellClass.currentEfficiency });
  const value = Math.min(range.high, Math.max(range.low, wanted));
  if (value !== wanted) count("faraday: clamped");
  const standing = model.value(setpoint.id);
  const near = Math.abs(value - standing) <= DEADBAND * Math.abs(standing);
  if (near && clock.now() - loop.sentAt < REFRESH) return;
  const clamp = value === wanted ? "" : `, clamped from ${wanted.toFixed(2)} kg/h`;
  const reply = door.submit({ tag: setpoint.path, value, reason: `current ${(current / 1000).toFixed(2)} kA${clamp}` }, ACTOR);
  if (reply.ok) loop.sentAt = clock.now();
  count(reply.ok ? "faraday: sent" : `faraday: ${reply.code}`);
}

/** First-order filters for signals that stand between their samples (report by exception). */
function createFilter(size: number): { take(i: number, value: number, time: number): void; at(i: number, now: number): number } {
  const filtered = new Float64Array(size).fill(Number.NaN);
  const held = new Float64Array(size);
  const time = new Float64Array(size);
  /** The filter's value at `now`, the last sample having stood since it came. */
  const at = (i: number, now: number): number => {
    const passed = now - (time[i] as number);
    const last = filtered[i] as number;
    return passed > 0 ? last + ((held[i] as number) - last) * (1 - Math.exp(-passed / FILTER)) : last;
  };
  return {
    at,
    take(i, value, now) {
      if (Number.isNaN(value)) return;
      filtered[i] = Number.isNaN(filtered[i] as number) ? value : at(i, now);
      held[i] = value;
      time[i] = Math.max(now, time[i] as number);
    },
  };
}
