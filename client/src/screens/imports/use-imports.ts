/** One's own imports: opened, sent in parts, checked, let in, removed. The one looked at stands in the address. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { Refusal } from "../../live/api.ts";
import { useLive } from "../../live/hooks.ts";
import { useAddress } from "../../parts/go.tsx";
import type { ImportMap } from "./choices.ts";
import type { FileKind } from "./head.ts";
import { type ImportJob, isMoving } from "./job.ts";

const PART_BYTES = 1 << 20;
const LOOK_MS = 500;
const POLL_MS = 5000;

export interface ImportActs {
  jobs: readonly ImportJob[];
  /** The one looked at. */
  job: ImportJob | undefined;
  /** The file it was begun with, where this page still has it. */
  file: File | undefined;
  /** While a file is on its way. */
  sending: { bytes: number; of: number } | undefined;
  /** What the last act was refused with. */
  error: unknown;
  /** Opens an import, sends the file and has it checked. */
  begin(file: File, order: { format: FileKind; mapping?: ImportMap }): void;
  /** Sends what is missing of the file of the one looked at, and has it checked. */
  resume(file: File): void;
  commit(): void;
  /** Ends it wherever it stands; what has entered stays. */
  remove(id: string): void;
  look(id: string): void;
  /** Leaves the one looked at; `why` is kept as the error. */
  leave(why?: ImportJob["fault"]): void;
}

export function useImports(): ImportActs {
  const { api } = useLive();
  const queries = useQueryClient();
  const [params, address] = useAddress();
  const id = params.get("job") ?? "";
  const [error, setError] = useState<unknown>();
  const { data, error: lost } = useQuery({
    queryKey: ["imports"],
    queryFn: () => api.get<{ imports: ImportJob[] }>("imports"),
    refetchInterval: ({ state }) => (state.data?.imports.some(isMoving) ? LOOK_MS : POLL_MS),
  });
  const { held, sending, send, stop } = useSending();
  const jobs = data?.imports ?? [];
  const look = (next: string): void => address({ job: next });
  const act = (work: () => Promise<unknown>): void => {
    setError(undefined);
    work()
      .catch((refusal) => setError(refusal))
      .finally(() => void queries.invalidateQueries({ queryKey: ["imports"] }));
  };
  return {
    jobs,
    job: jobs.find((one) => one.id === id),
    file: held?.id === id ? held.file : undefined,
    sending,
    error: error ?? lost ?? undefined,
    begin: (file, order) =>
      act(async () => {
        const opened = await api.send<ImportJob>("POST", "imports", order);
        await queries.cancelQueries({ queryKey: ["imports"] });
        queries.setQueryData(["imports"], { imports: [...jobs, opened] });
        look(opened.id);
        await send(opened, file);
      }),
    resume: (file) => act(async () => send(await api.get<ImportJob>(`imports/${id}`), file)),
    commit: () => act(() => api.send("POST", `imports/${id}/commit`)),
    remove: (gone) => {
      if (gone === id) {
        stop();
        look("");
      }
      act(() => api.send("DELETE", `imports/${gone}`));
    },
    look,
    leave: (why) => {
      look("");
      setError(why && new Refusal(why.code, why.detail, 400));
    },
  };
}

/** A file on its way, part after part, to be checked at its end; it stops when the page is left, and can be gone on with. */
function useSending() {
  const { api } = useLive();
  const [sending, setSending] = useState<ImportActs["sending"]>();
  const [held, setHeld] = useState<{ id: string; file: File }>();
  const back = useRef<AbortController>(undefined);
  const stop = useCallback(() => back.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const send = async ({ id, bytes }: ImportJob, file: File): Promise<void> => {
    if (file.size < bytes)
      throw new Refusal("E_QUERY", `file: ${file.size} bytes, but ${bytes} are here; choose the one it was begun with`, 400);
    const given = new AbortController();
    const { signal } = given;
    back.current = given;
    setHeld({ id, file });
    try {
      for (let at = bytes; at < file.size; at += PART_BYTES) {
        setSending({ bytes: at, of: file.size });
        await api.send("POST", `imports/${id}/file?at=${at}`, file.slice(at, at + PART_BYTES), signal);
      }
      await api.send("POST", `imports/${id}/check`, undefined, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      setSending(undefined);
    }
  };
  return { held, sending, send, stop };
}
