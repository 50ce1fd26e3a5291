/** Priority, state, and a word of cell, line or alarm. */
import { useTranslation } from "react-i18next";
import type { Filter } from "./filter.ts";

const STATES = ["unacknowledged", "acknowledged", "inhibited"] as const;

interface Props {
  filter: Filter;
  shown: number;
  all: number;
  onChange: (filter: Filter) => void;
  onClear: () => void;
}

export function FilterBar({ filter, shown, all, onChange, onClear }: Props) {
  const { t } = useTranslation();
  return (
    <search className="filter-bar">
      <label>
        {t("alarm.priority")}{" "}
        <select value={filter.priority} onChange={(event) => onChange({ ...filter, priority: event.target.value })}>
          <option value="">{t("alarm.all")}</option>
          {[1, 2, 3, 4].map((p) => (
            <option key={p} value={p}>
              {p}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("alarm.state")}{" "}
        <select value={filter.state} onChange={(event) => onChange({ ...filter, state: event.target.value as Filter["state"] })}>
          <option value="">{t("alarm.all")}</option>
          {STATES.map((s) => (
            <option key={s} value={s}>
              {t(`alarm.${s}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("alarm.cell")}{" "}
        <input type="search" value={filter.text} onChange={(event) => onChange({ ...filter, text: event.target.value })} />
      </label>
      <span className="muted figure">{t("alarm.shown", { shown, all })}</span>
      {shown < all && (
        <button type="button" onClick={onClear}>
          {t("alarm.all")}
        </button>
      )}
    </search>
  );
}
