/** The table: only rows in sight exist, so that a flood costs what a screen costs. Arrows choose, Enter goes to the cell. */
import { type Alarm, isUnacknowledged } from "@cellhouse/shared";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLive, usePlant } from "../../live/hooks.ts";
import { Badge } from "../../parts/badge.tsx";
import { figure, near } from "../../parts/format.ts";

const ROW = 30;
const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -1e9, End: 1e9 };
const COLUMNS = ["priority", "name", "state", "value", "limit", "raised", "cause"] as const;

interface Props {
  rows: readonly Alarm[];
  chosen: string | undefined;
  onChoose: (alarm: Alarm) => void;
  onOpen: () => void;
}

export function AlarmTable({ rows, chosen, onChoose, onOpen }: Props) {
  const { t } = useTranslation();
  const frame = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => ROW, overscan: 12 });
  const index = rows.findIndex((alarm) => alarm.id === chosen);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [index, virtual]);
  const onKey = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    const next = step === undefined ? undefined : rows[Math.max(0, Math.min(rows.length - 1, index + step))];
    if (event.key === "Enter" && event.target === frame.current) onOpen();
    else if (next !== undefined) onChoose(next);
    else return;
    event.preventDefault();
  };
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <section
      className="alarm-table panel"
      aria-label={t("alarm.list")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      onKeyDown={onKey}
      ref={frame}
    >
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name} scope="col" className={`col-${name}`}>
                {t(`alarm.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Spacer height={above} />}
          {items.map(({ index: i }) => {
            const alarm = rows[i];
            return alarm === undefined ? null : (
              <Row key={alarm.id} alarm={alarm} index={i} chosen={alarm.id === chosen} onChoose={onChoose} />
            );
          })}
          {below > 0 && <Spacer height={below} />}
        </tbody>
      </table>
      {rows.length === 0 && <p className="muted">{t("alarm.empty")}</p>}
    </section>
  );
}

/** Stands for the rows out of sight. */
function Spacer({ height }: { height: number }) {
  return (
    <tr style={{ height }}>
      <td colSpan={COLUMNS.length} />
    </tr>
  );
}

interface RowProps {
  alarm: Alarm;
  index: number;
  chosen: boolean;
  onChoose: (alarm: Alarm) => void;
}

function Row({ alarm, index, chosen, onChoose }: RowProps) {
  const live = useLive();
  const plant = usePlant();
  const { t } = useTranslation();
  const open = isUnacknowledged(alarm.state) && alarm.inhibit.length === 0;
  const { kind, decimals } = plant.tag(alarm.tag)?.definition ?? { kind: "analog", decimals: 1 };
  return (
    <tr aria-rowindex={index + 2} data-chosen={chosen} data-open={open}>
      <td>
        <Badge priority={alarm.priority} unacknowledged={open} size={18} />
        <span className="visually-hidden">{alarm.priority}</span>
      </td>
      <td>
        {/* The button covers the row, so that a click anywhere chooses. */}
        <button type="button" className="row-button" tabIndex={-1} aria-pressed={chosen} onClick={() => onChoose(alarm)}>
          <strong>{alarm.cell}</strong> {alarm.type}
        </button>
      </td>
      <td>{t(`states.${alarm.inhibit[0] ?? alarm.state}`)}</td>
      <td className="number">{kind === "word" ? "" : figure(alarm.value, decimals)}</td>
      <td className="number muted">{figure(alarm.limit, decimals)}</td>
      <td>{alarm.raised === null ? "" : near(alarm.raised, live.now(), plant.description.timezone)}</td>
      <td className="cause">{alarm.cause}</td>
    </tr>
  );
}
