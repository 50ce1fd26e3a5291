/** The field of a setpoint with its nudges, its allowed range, the preview and what became of the command. */
import { type Tag, UNITS } from "@cellhouse/shared";
import { type KeyboardEvent, useId } from "react";
import { useTranslation } from "react-i18next";
import { useTagQuality } from "../../live/hooks.ts";
import { type Situation, whyNoSetpoint } from "../capability.ts";
import { figure } from "../format.ts";
import type { Clamp } from "./command.ts";
import { CommandNote } from "./command-note.tsx";
import { Preview } from "./preview.tsx";
import { Reason } from "./reason.tsx";
import { type Entering, useEntry } from "./use-entry.ts";

interface Props {
  tag: Tag;
  working: Tag | undefined;
  clamp: Clamp;
  situation: Situation;
  title: string;
}

export function Entry({ tag, working, clamp, situation, title }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const entering = useEntry(tag, working, clamp);
  const quality = useTagQuality(tag);
  const why = whyNoSetpoint({ ...situation, quality: Math.max(quality, situation.quality) });
  return (
    <div className="entry">
      <Field entering={entering} title={title} disabled={why !== undefined} describedBy={id} />
      <p id={id} className="why">
        {why === undefined ? <Allowed tag={tag} clamp={clamp} /> : t(`why.${why}`)}
      </p>
      {entering.staged !== undefined && <Preview staged={entering.staged} from={entering.from} clamp={clamp} tag={tag} />}
      {entering.staged?.ok === true && (
        <Reason text={entering.reason} title={title} onType={entering.explain} onSend={entering.confirm} onWithdraw={entering.withdraw} />
      )}
      <CommandNote sending={entering.sending} tag={tag} />
    </div>
  );
}

interface FieldProps {
  entering: Entering;
  title: string;
  disabled: boolean;
  describedBy: string;
}

function Field({ entering: { text, staged, sending, ...entering }, title, disabled, describedBy }: FieldProps) {
  const { t } = useTranslation();
  const ready = staged?.ok === true;
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.repeat) entering.confirm();
    else if (event.key === "Escape" && text !== "") entering.withdraw();
    else if (event.key === "ArrowUp") entering.nudge(1);
    else if (event.key === "ArrowDown") entering.nudge(-1);
    else return;
    event.preventDefault();
  };
  return (
    <div className="entry-row">
      <button type="button" onClick={() => entering.nudge(-1)} disabled={disabled} aria-label={`${title}: ${t("faceplate.less")}`}>
        −
      </button>
      <input
        value={text}
        disabled={disabled}
        inputMode="decimal"
        placeholder={t("faceplate.enter")}
        aria-label={`${title}: ${t("faceplate.enter")}`}
        aria-describedby={describedBy}
        onChange={(event) => entering.type(event.target.value)}
        onKeyDown={onKey}
      />
      <button type="button" onClick={() => entering.nudge(1)} disabled={disabled} aria-label={`${title}: ${t("faceplate.more")}`}>
        +
      </button>
      <button
        type="button"
        className={ready ? "primary" : ""}
        disabled={disabled || text === "" || sending.busy}
        onClick={entering.confirm}
      >
        {t(ready ? "faceplate.send" : "faceplate.stage")}
      </button>
    </div>
  );
}

function Allowed({ tag: { definition }, clamp }: { tag: Tag; clamp: Clamp }) {
  const { t } = useTranslation();
  const { decimals, ramp } = definition;
  const unit = UNITS[definition.unit].symbol;
  const range = t("faceplate.range", { low: figure(clamp.low, decimals), high: figure(clamp.high, decimals), unit });
  return ramp === undefined ? range : `${range}, ${t("faceplate.ramp", { rate: figure(ramp * 60, decimals === 0 ? 0 : 1), unit })}`;
}
