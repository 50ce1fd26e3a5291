/** The transport bar under every screen of a replay: play, speed, and a scrubber with the alarms of the span as lanes. */
import type { JournalEvent, ReplayState } from "@cellhouse/shared";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { query } from "../../live/api.ts";
import { useLive, useNow, usePlant } from "../../live/hooks.ts";
import { dayTime } from "../../parts/format.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import { priorityIn } from "../../parts/trend/marks.ts";
import { lanesOf } from "./replay-lanes.ts";

const SPEEDS = [1, 2, 5, 10, 30, 60] as const;

export function ReplayBar({ state, onLeave }: { state: ReplayState; onLeave: () => void }) {
  const live = useLive();
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const now = useNow(250);
  const [held, setHeld] = useState<number>();
  const [refusal, setRefusal] = useState<unknown>();
  const order = (change: { playing?: boolean; speed?: number; at?: number }): void => {
    setRefusal(undefined);
    live.api.send("PATCH", `replays/${state.id}`, change).catch(setRefusal);
  };
  useEffect(() => {
    if (held === undefined) return;
    return live.clock.at(live.clock.now() + 200, () => {
      setHeld(undefined);
      live.api.send("PATCH", `replays/${state.id}`, { at: held }).catch(setRefusal);
    });
  }, [held, live, state.id]);
  const at = held ?? now;
  return (
    <section className="replay-bar" aria-label={t("replay.transport")}>
      <button type="button" onClick={() => order({ playing: !state.playing })}>
        {t(state.playing ? "replay.pause" : "replay.play")}
      </button>
      <label>
        {t("replay.speed")}{" "}
        <select value={state.speed} onChange={(event) => order({ speed: Number(event.target.value) })}>
          {SPEEDS.map((s) => (
            <option key={s} value={s}>
              {s}×
            </option>
          ))}
        </select>
      </label>
      <span className="scrub">
        <Lanes from={state.from} to={state.to} />
        <input
          type="range"
          min={state.from}
          max={state.to}
          step={1000}
          value={at}
          aria-label={t("replay.position")}
          aria-valuetext={dayTime(at, zone)}
          onChange={(event) => setHeld(Number(event.target.value))}
        />
      </span>
      <time>{dayTime(at, zone)}</time>
      <button type="button" className="leave" onClick={onLeave}>
        {t("replay.leave")}
      </button>
      <RefusalNote error={refusal} />
    </section>
  );
}

function Lanes({ from, to }: { from: number; to: number }) {
  const live = useLive();
  const plant = usePlant();
  const { data } = useQuery({
    queryKey: ["lanes", from, to],
    queryFn: () => live.api.get<{ events: JournalEvent[] }>(`journal${query({ from, to, kind: "alarm", limit: 5000 })}`),
    staleTime: 60_000,
  });
  return (
    <svg className="lanes" viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">
      {lanesOf(data?.events ?? [], { from, to }, priorityIn(plant.description.alarms)).map((m) => (
        <rect key={`${m.priority}-${m.x}`} data-p={m.priority} x={m.x * 1000} y={(m.priority - 1) * 4} width="3" height="3.5" />
      ))}
    </svg>
  );
}
