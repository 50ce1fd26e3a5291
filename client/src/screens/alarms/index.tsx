/** Alarms: what stands now, and the journal of what was. The address keeps tab, filter and choice. */
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Active } from "./active.tsx";
import "./alarms.css";
import { Journal } from "./journal.tsx";

export default function Alarms() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const tab = params.get("tab") === "journal" ? "journal" : "active";
  const choose = (next: string): void =>
    setParams((now) => {
      const changed = new URLSearchParams(now);
      changed.set("tab", next);
      return changed;
    });
  return (
    <div className="alarms-screen">
      <div className="tabs">
        {(["active", "journal"] as const).map((name) => (
          <button key={name} type="button" aria-pressed={tab === name} onClick={() => choose(name)}>
            {t(`alarm.${name}`)}
          </button>
        ))}
      </div>
      {tab === "active" ? <Active /> : <Journal />}
    </div>
  );
}
