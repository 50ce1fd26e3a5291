/** What decides whether a person may write to a cell, followed live. */
import { type Cell, MODES } from "@cellhouse/shared";
import { useCapabilities, useLive, useObservable, useTagQuality, useTagValue } from "../../live/hooks.ts";
import type { Situation } from "../../parts/capability.ts";

export function useSituation(cell: Cell): Situation {
  const capabilities = useCapabilities();
  const connected = useObservable(useLive().phase) === "live";
  const mode = MODES[useTagValue(cell.tags.get("HS-910"))];
  const quality = useTagQuality(cell.tags.get("HS-910"));
  return { connected, capabilities, mode, quality };
}
