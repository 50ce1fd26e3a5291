/** One more pen for the Trends screen, from wherever a value is seen. */
import type { Tag } from "@cellhouse/shared";
import { useCallback, useState } from "react";
import { useLocation, useSearchParams } from "react-router";
import { useLive } from "../../../live/hooks.ts";
import { useGo } from "../../go.tsx";
import { readPens, withPen, writePens } from "./pens.ts";
import { lastView, rememberView } from "./shelf.ts";

interface PenAdding {
  /** `open` shows the screen; else the pen waits there. */
  add(tag: Tag, how: { open: boolean }): void;
  /** What was added last without being shown, and its number; number 0: there was no place. */
  added: { tag: Tag; number: number } | undefined;
}

export function useAddPen(): PenAdding {
  const live = useLive();
  const go = useGo();
  const { pathname } = useLocation();
  const [seen] = useSearchParams();
  const [added, setAdded] = useState<PenAdding["added"]>();
  const add = useCallback(
    (tag: Tag, { open }: { open: boolean }) => {
      const plant = live.plant.get();
      if (plant === undefined) return;
      const params = pathname === "/trends" ? new URLSearchParams(seen) : lastView();
      const pens = withPen(readPens(params.get("pens") ?? "", plant).pens, tag);
      const place = pens?.find((pen) => pen.tag === tag)?.place;
      setAdded({ tag, number: place === undefined ? 0 : place + 1 });
      if (pens === undefined || place === undefined) return;
      params.set("pens", writePens(pens));
      params.set("pick", String(place));
      rememberView(params);
      if (open) go(`/trends?${params.toString()}`);
    },
    [live, go, pathname, seen],
  );
  return { add, added };
}
