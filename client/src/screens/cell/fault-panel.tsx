/** For engineers at a simulator: make something go wrong in this cell. */
import type { Cell } from "@cellhouse/shared";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "../../live/hooks.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";

/** What the simulator's PLC can be told; another one may be typed, the edge refuses what it does not know. */
const KINDS = ["feeder_jam", "over_temp", "plc_comm_loss"] as const;

/** `size=40, rate=2` as numbers by name; what is no number is left to the server to refuse. */
function readArgs(text: string): Record<string, number> {
  const pairs = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((pair) => pair.split("="));
  return Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, Number(value)]));
}

interface Fault {
  id: string;
  kind: string;
  cell: string;
  seconds: number;
}

export function FaultPanel({ cell }: { cell: Cell }) {
  const live = useLive();
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [answer, setAnswer] = useState<{ id?: string; error?: unknown }>({});
  const { data } = useQuery({ queryKey: ["faults"], queryFn: () => live.api.get<{ faults: Fault[] }>("faults") });
  const act = async (run: () => Promise<{ id: string } | undefined>): Promise<void> => {
    try {
      const done = await run();
      setAnswer(done === undefined ? {} : { id: done.id });
    } catch (error) {
      setAnswer({ error });
    }
    await queries.invalidateQueries({ queryKey: ["faults"] });
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const args = readArgs(String(form.get("args") ?? ""));
    const body = { kind: form.get("kind"), cell: cell.id, after: Number(form.get("after")), seconds: Number(form.get("seconds")), args };
    void act(() => live.api.send("POST", "faults", body));
  };
  return (
    <details className="panel fault-panel">
      <summary>{t("fault.title")}</summary>
      <form onSubmit={submit}>
        <label>
          {t("fault.kind")}
          <input name="kind" list="fault-kinds" defaultValue={KINDS[0]} required />
          <datalist id="fault-kinds">
            {KINDS.map((kind) => (
              <option key={kind} value={kind} />
            ))}
          </datalist>
        </label>
        <label>
          {t("fault.after")}
          <input name="after" type="number" min="0" max="86400" defaultValue="0" />
        </label>
        <label>
          {t("fault.seconds")}
          <input name="seconds" type="number" min="0" max="604800" defaultValue="300" />
        </label>
        <label>
          {t("fault.args")}
          <input name="args" placeholder="size=40" pattern="[\w=., -]*" />
        </label>
        <button type="submit">{t("fault.start")}</button>
      </form>
      {answer.id !== undefined && <p role="status">{t("fault.started", { id: answer.id.slice(0, 8) })}</p>}
      <RefusalNote error={answer.error} />
      <ul>
        {(data?.faults ?? [])
          .filter((f) => f.cell === cell.id)
          .map((f) => (
            <li key={f.id}>
              {f.kind}{" "}
              <button type="button" onClick={() => void act(() => live.api.send("DELETE", `faults/${f.id}`))}>
                {t("fault.end")}
              </button>
            </li>
          ))}
      </ul>
    </details>
  );
}
