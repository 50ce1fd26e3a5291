/** Keys for the value under the focus or the pointer: `t` opens its trend, `p` adds it as one more pen and says so. */
import type { Tag } from "@cellhouse/shared";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useObservable } from "../../../live/hooks.ts";
import { useKeys } from "../../keys.ts";
import { useAddPen } from "./add-pen.ts";
import { shortPath } from "./pens.ts";

const SHOWN_MS = 4000;

export function PenKeys() {
  const { t } = useTranslation();
  const live = useLive();
  const plant = useObservable(live.plant);
  const { add, added } = useAddPen();
  const [shown, setShown] = useState(false);
  const act = (open: boolean): boolean => {
    const path = valueAtHand()?.dataset.tag;
    const tag: Tag | undefined = path === undefined ? undefined : plant?.tag(path);
    if (tag !== undefined) add(tag, { open });
    return tag !== undefined;
  };
  useKeys({ p: () => act(false), t: () => act(true) });
  useEffect(() => {
    if (added === undefined) return;
    setShown(true);
    return live.clock.at(live.clock.now() + SHOWN_MS, () => setShown(false));
  }, [added, live]);
  return (
    <p className="pen-added" role="status" hidden={!shown}>
      {shown &&
        added !== undefined &&
        (added.number === 0 ? t("trends.full") : t("trends.added", { tag: shortPath(added.tag), n: added.number }))}
    </p>
  );
}

function valueAtHand(): HTMLElement | null {
  return (document.activeElement?.closest("[data-tag]") ?? document.querySelector("[data-tag]:hover")) as HTMLElement | null;
}
