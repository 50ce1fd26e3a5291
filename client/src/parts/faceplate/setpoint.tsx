/** One setpoint: actual, setpoint, working; type or nudge, look at what it will do, send with a second key. */
import { type Cell, type Tag, UNITS } from "@cellhouse/shared";
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useTagQuality } from "../../live/hooks.ts";
import { Bar } from "../bar.tsx";
import { type Situation, whyNoSetpoint } from "../capability.ts";
import { type Clamp, clampOf, nudgeOf, type Staged, stage } from "../command.ts";
import { duration, figure, readNumber, signed } from "../format.ts";
import { Value } from "../value.tsx";
import { CommandNote } from "./command-note.tsx";
import { useCommand } from "./use-command.ts";

interface Props {
  cell: Cell;
  title: string;
  sp: string;
  spw: string;
  pv: string;
  op?: string;
  situation: Situation;
  children?: ReactNode;
}

export function Setpoint({ cell, title, sp, spw, pv, op, situation, children }: Props) {
  const { t } = useTranslation();
  const tag = (name: string): Tag | undefined => cell.tags.get(name);
  const own = tag(sp);
  if (own === undefined) return null;
  const allowed = clampOf(own.definition, cell);
  return (
    <section className="faceplate" aria-label={`${title} ${sp}`}>
      <header>
        <h3>{title}</h3> <code>{sp}</code>
      </header>
      <Bar tag={tag(pv)} range={[allowed.low, allowed.high]} setpoint={own} band={[allowed.low, allowed.high]} />
      <div className="pairs">
        <Pair name={t("faceplate.pv")} tag={tag(pv)} />
        <Pair name={t("faceplate.sp")} tag={own} />
        <Pair name={t("faceplate.spw")} tag={tag(spw)} />
        {op !== undefined && <Pair name={t("faceplate.op")} tag={tag(op)} />}
        {children}
      </div>
      <Entry tag={own} working={tag(spw)} clamp={allowed} situation={situation} title={title} />
    </section>
  );
}

function Pair({ name, tag }: { name: string; tag: Tag | undefined }) {
  return (
    <span className="pair">
      <span className="name">{name}</span> <Value tag={tag} />
    </span>
  );
}

interface EntryProps {
  tag: Tag;
  working: Tag | undefined;
  clamp: Clamp;
  situation: Situation;
  title: string;
}

function Entry({ tag, working, clamp, situation, title }: EntryProps) {
  const { store } = useLive();
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState("");
  const [staged, setStaged] = useState<Staged>();
  const sending = useCommand(tag);
  const quality = useTagQuality(tag);
  const { decimals, unit: unitName, ramp } = tag.definition;
  const unit = UNITS[unitName].symbol;
  const why = whyNoSetpoint({ ...situation, quality: Math.max(quality, situation.quality) });
  const present = (): number => store.value[tag.id] as number;

  const look = (typed: string): void => {
    const at = working === undefined ? Number.NaN : (store.value[working.id] as number);
    setStaged(stage(readNumber(typed), { present: present(), working: at, clamp, ramp }));
  };
  const nudge = (steps: number): void => {
    const base = Number.isNaN(readNumber(text)) ? present() : readNumber(text);
    const next = figure(Math.max(clamp.low, Math.min(clamp.high, base + steps * nudgeOf(tag.definition))), decimals);
    setText(next);
    look(next);
  };
  const withdraw = (): void => {
    setText("");
    setStaged(undefined);
  };
  const confirm = (): void => {
    if (staged?.ok !== true) {
      look(text);
      return;
    }
    sending.send(staged.value);
    withdraw();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.repeat) confirm();
    else if (event.key === "Escape" && (text !== "" || staged !== undefined)) withdraw();
    else if (event.key === "ArrowUp") nudge(1);
    else if (event.key === "ArrowDown") nudge(-1);
    else return;
    event.preventDefault();
  };
  return (
    <div className="entry">
      <div className="entry-row">
        <button type="button" onClick={() => nudge(-1)} disabled={why !== undefined} aria-label={`${title}: ${t("faceplate.less")}`}>
          −
        </button>
        <input
          value={text}
          disabled={why !== undefined}
          inputMode="decimal"
          placeholder={t("faceplate.enter")}
          aria-label={`${title}: ${t("faceplate.enter")}`}
          aria-describedby={id}
          onChange={(event) => {
            setText(event.target.value);
            setStaged(undefined);
          }}
          onKeyDown={onKey}
        />
        <button type="button" onClick={() => nudge(1)} disabled={why !== undefined} aria-label={`${title}: ${t("faceplate.more")}`}>
          +
        </button>
        <button
          type="button"
          className={staged?.ok === true ? "primary" : ""}
          disabled={why !== undefined || text === "" || sending.busy}
          onClick={confirm}
        >
          {t(staged?.ok === true ? "faceplate.send" : "faceplate.stage")}
        </button>
      </div>
      <p id={id} className="why">
        {why !== undefined
          ? t(`why.${why}`)
          : `${t("faceplate.range", { low: figure(clamp.low, decimals), high: figure(clamp.high, decimals), unit })}${ramp === undefined ? "" : `, ${t("faceplate.ramp", { rate: figure(ramp * 60, decimals === 0 ? 0 : 1), unit })}`}`}
      </p>
      {staged !== undefined && <Preview staged={staged} present={present()} clamp={clamp} unit={unit} decimals={decimals} />}
      <CommandNote sending={sending} tag={tag} />
    </div>
  );
}

function Preview({
  staged,
  present,
  clamp,
  unit,
  decimals,
}: {
  staged: Staged;
  present: number;
  clamp: Clamp;
  unit: string;
  decimals: number;
}) {
  const { t } = useTranslation();
  if (!staged.ok)
    return (
      <p className="preview refused" role="alert">
        {t(`faceplate.${staged.why}`, { low: figure(clamp.low, decimals), high: figure(clamp.high, decimals) })}
      </p>
    );
  return (
    <p className="preview" role="status">
      <strong>
        {t("faceplate.preview", {
          from: figure(present, decimals),
          to: figure(staged.value, decimals),
          delta: signed(staged.delta, decimals),
          unit,
        })}
      </strong>{" "}
      {staged.seconds < 1 ? t("faceplate.atOnce") : t("faceplate.takes", { time: duration(staged.seconds * 1000) })}.{" "}
      {t("faceplate.confirm")}
    </p>
  );
}
