/** What is to go wrong: kind, its arguments with their ranges, when and for how long. Whom it befalls is the caller's. */
import { ALL_TAGS, DISTURBANCES, type DisturbanceArgs, type DisturbanceEntry, type DisturbanceKind } from "@cellhouse/shared";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { FaultOrder } from "./faults.ts";
import "./faults.css";

const KINDS = Object.keys(DISTURBANCES) as DisturbanceKind[];
const MOST_AFTER_S = 86_400;
const MOST_S = 604_800;

interface FaultFormProps {
  kind: DisturbanceKind;
  onKind: (kind: DisturbanceKind) => void;
  onOrder: (order: FaultOrder) => void;
  disabled?: boolean;
  /** Whether it may be ordered as it stands. */
  ready?: boolean;
  children?: ReactNode;
}

export function FaultForm({ kind, onKind, onOrder, disabled = false, ready = true, children }: FaultFormProps) {
  const { t } = useTranslation();
  const { args, seconds }: DisturbanceEntry = DISTURBANCES[kind];
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const number = (name: string): number => Number(form.get(name));
    onOrder({
      kind,
      after: number("after"),
      seconds: number("seconds"),
      args: Object.fromEntries(Object.keys(args).map((name) => [name, number(`arg-${name}`)])),
    });
  };
  return (
    <form className="fault-form" onSubmit={submit}>
      <label>
        {t("fault.kind")}
        <select name="kind" value={kind} disabled={disabled} onChange={(event) => onKind(event.target.value as DisturbanceKind)}>
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {t(`disturbances.${each}.name`)}
            </option>
          ))}
        </select>
      </label>
      <p className="muted seen">{t(`disturbances.${kind}.seen`)}</p>
      {children}
      <div className="fault-fields" key={kind}>
        <Args args={args} disabled={disabled} />
        <label>
          {t("fault.after")}
          <input name="after" type="number" required min="0" max={MOST_AFTER_S} step="any" defaultValue="0" disabled={disabled} />
        </label>
        <label>
          {t("fault.seconds")}
          <input name="seconds" type="number" required min="0" max={MOST_S} step="any" defaultValue={seconds} disabled={disabled} />
        </label>
      </div>
      <button type="submit" className="primary" disabled={disabled || !ready}>
        {t("fault.start")}
      </button>
    </form>
  );
}

function Args({ args, disabled }: { args: DisturbanceArgs; disabled: boolean }) {
  const { t } = useTranslation();
  return Object.entries(args).map(([name, arg]) => {
    const title = t(`fault.arg.${name}`);
    if ("choices" in arg)
      return (
        <label key={name}>
          {title}
          <select name={`arg-${name}`} defaultValue={arg.fallback} disabled={disabled}>
            {arg.choices.map((choice, place) => (
              <option key={choice} value={place}>
                {choice === ALL_TAGS ? t("fault.allTags") : choice}
              </option>
            ))}
          </select>
        </label>
      );
    const { low, high, fallback, unit, whole } = arg;
    return (
      <label key={name}>
        <span>
          {title}{" "}
          <span className="unit">
            {low} … {high} {unit}
          </span>
        </span>
        <input
          name={`arg-${name}`}
          type="number"
          required
          min={low}
          max={high}
          step={whole ? 1 : "any"}
          defaultValue={fallback}
          disabled={disabled}
        />
      </label>
    );
  });
}
