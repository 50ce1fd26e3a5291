/** The journal's lines, page by page backwards from now; asked again every few seconds, the less often the more is shown. */
import type { JournalEvent } from "@cellhouse/shared";
import { useInfiniteQuery } from "@tanstack/react-query";
import { query } from "../../live/api.ts";
import { useLive, useObservable } from "../../live/hooks.ts";

export const SPANS = { h1: 3_600_000, h8: 8 * 3_600_000, h24: 24 * 3_600_000, d7: 7 * 24 * 3_600_000 } as const;
export const KINDS = ["alarm", "command", "link", "session", "fault", "config", "system"] as const;
const PAGE = 250;
/** Pages at most: beyond, a narrower question finds more than a longer table. */
const MOST = 20;
const POLL_MS = 5000;

export interface JournalFilter {
  span: keyof typeof SPANS;
  /** One of `KINDS`; empty for all. */
  kind: string;
  /** As typed; what is no cell or line asks for all. */
  cell: string;
}

interface Page {
  events: JournalEvent[];
  next?: string;
}

export function useJournal({ span, kind, cell }: JournalFilter) {
  const live = useLive();
  const epoch = useObservable(live.epoch);
  const owner = /^[CL]\d{2,3}$/i.test(cell) ? cell.toUpperCase() : "";
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["journal", span, kind, owner, epoch],
    initialPageParam: "",
    queryFn: ({ pageParam: before }) => {
      const [from, to] = [Math.floor(live.now() - SPANS[span]), Math.ceil(live.now())];
      return live.api.get<Page>(`journal${query({ from, to, kind, cell: owner, order: "desc", before, limit: PAGE })}`);
    },
    getNextPageParam: ({ next }, pages) => (pages.length < MOST ? next : undefined),
    refetchInterval: ({ state }) => POLL_MS * Math.max(1, state.data?.pages.length ?? 1),
  });
  const pages = data?.pages ?? [];
  return {
    /** The newest first; undefined until the first answer. */
    events: data && pages.flatMap((page) => page.events).sort((a, b) => b.time - a.time || b.seq - a.seq),
    /** There are older ones, reachable or not. */
    more: pages.at(-1)?.next !== undefined,
    reachable: hasNextPage,
    busy: isFetchingNextPage,
    older: () => void fetchNextPage(),
    error,
  };
}
