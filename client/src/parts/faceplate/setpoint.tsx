/** One setpoint: actual, setpoint, working; type or nudge, look at what it will do, send with a second key. */
import type { Cell, Tag } from "@cellhouse/shared";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Bar } from "../bar.tsx";
import type { Situation } from "../capability.ts";
import { Value } from "../value.tsx";
import { clampOf } from "./command.ts";
import { Entry } from "./entry.tsx";

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
