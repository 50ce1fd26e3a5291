/** The revisions of the plant's alarm table, out of the journal. */
import type { JournalEvent } from "@cellhouse/shared";
import { useQuery } from "@tanstack/react-query";
import { query } from "../../../live/api.ts";
import { useLive } from "../../../live/hooks.ts";
import { type Revision, revisionsOf } from "./levels.ts";

const NONE: readonly Revision[] = [];
const MOST = 100;

export function useRevisions(): readonly Revision[] {
  const live = useLive();
  const { data } = useQuery({
    queryKey: ["revisions"],
    queryFn: async () =>
      revisionsOf(
        (await live.api.get<{ events: JournalEvent[] }>(`journal${query({ kind: "config", order: "desc", limit: MOST })}`)).events,
      ),
    staleTime: 300_000,
  });
  return data ?? NONE;
}
