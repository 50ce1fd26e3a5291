/** A file ordered from the server, and how far it is. */
import type { FaultCode } from "@cellhouse/shared";
import { useEffect, useState } from "react";
import { useLive } from "../../../live/hooks.ts";

export const FORMATS = ["csv", "parquet", "json"] as const;
export const RESOLUTIONS = ["raw", "10s", "1m", "1h"] as const;

const LOOK_MS = 500;

interface Order {
  tags: readonly string[];
  from: number;
  to: number;
  format: (typeof FORMATS)[number];
  resolution: (typeof RESOLUTIONS)[number];
}

interface Job {
  id: string;
  state: "waiting" | "running" | "done" | "failed";
  rows: number;
  /** 0 to 1. */
  progress: number;
  sha256?: string;
  fault?: { code: FaultCode; detail: string };
}

export function useExport() {
  const live = useLive();
  const [job, setJob] = useState<Job>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (job === undefined || job.state === "done" || job.state === "failed") return;
    return live.clock.at(live.clock.now() + LOOK_MS, () => void live.api.get<Job>(`exports/${job.id}`).then(setJob, setError));
  }, [job, live]);
  return {
    job,
    error,
    order: (order: Order): void => {
      setError(undefined);
      setJob(undefined);
      live.api.send<Job>("POST", "exports", order).then(setJob, setError);
    },
    /** Nobody waits for it any more. */
    drop: (): void => {
      if (job !== undefined) live.api.send("DELETE", `exports/${job.id}`).catch(() => undefined);
    },
  };
}
