/** Field -> ingest -> recorder -> historian -> this screen. */
import type { Link } from "@cellhouse/shared";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvery, useLive } from "../../live/hooks.ts";
import { figure } from "../../parts/format.ts";
import { stagesOf } from "./stages.ts";

export function Pipeline({ links }: { links: readonly Link[] }) {
  const { store } = useLive();
  const { t } = useTranslation();
  const before = useRef(store.samples);
  const [rate, setRate] = useState(0);
  useEvery(2000, () => {
    setRate((store.samples - before.current) / 2);
    before.current = store.samples;
  });
  return (
    <ol className="pipeline">
      {stagesOf(links, rate).map((s) => (
        <li key={s.key} data-state={s.state}>
          <h3>{t(`system.${s.key}`)}</h3>
          <p>
            {s.rate === undefined ? "" : <span className="big figure">{figure(s.rate, 0)}</span>}{" "}
            <span className="unit">{s.rate === undefined ? "" : t("system.rate")}</span>
          </p>
          {s.key === "field" && <p className="muted">{t("system.edges", { up: s.up, all: s.all })}</p>}
          {s.waiting !== undefined && s.waiting > 0 && <p>{t("system.waiting", { n: figure(s.waiting, 0) })}</p>}
          <p className={s.state === "up" ? "muted" : "not-up"}>{t(`links.${s.state}`)}</p>
        </li>
      ))}
    </ol>
  );
}
