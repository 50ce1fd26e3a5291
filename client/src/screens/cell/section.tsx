/** The cell drawn in section, flat and grey; only levels, anodes and numbers move. */
import type { Cell, Tag } from "@cellhouse/shared";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useTagWriter } from "../../live/hooks.ts";
import { Value } from "../../parts/value.tsx";

const ANODES = ["A", "B", "C", "D"] as const;

export function Section({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  const tag = (name: string): Tag | undefined => cell.tags.get(name);
  return (
    <div className="section">
      <Drawing cell={cell} />
      <Label at="hopper" name={t("cell.hopper")}>
        <Value tag={tag("WI-302")} digits={2} />
      </Label>
      <Label at="screw" name={t("cell.screw")}>
        <Value tag={tag("SI-305")} digits={3} />
        <Value tag={tag("II-306")} digits={1} />
      </Label>
      <Label at="duct" name={t("cell.duct")}>
        <Value tag={tag("PI-601")} digits={4} />
        <Value tag={tag("TI-602")} digits={3} />
      </Label>
      <Label at="cooling" name={t("cell.cooling")}>
        <Value tag={tag("FI-501")} digits={2} />
        <Value tag={tag("TI-502")} digits={2} />
        <Value tag={tag("TI-503")} digits={2} />
      </Label>
      <Label at="anodes" name={t("cell.anodes")}>
        {ANODES.map((a) => (
          <Value key={a} tag={tag(`II-203${a}`)} />
        ))}
      </Label>
      <Label at="bath" name="">
        <Value tag={tag("TY-100")} big />
      </Label>
      <Label at="level" name={t("cell.bath")}>
        <Value tag={tag("LI-401")} digits={3} />
      </Label>
      <Label at="metal" name={t("cell.metal")}>
        <Value tag={tag("WY-402")} digits={3} />
      </Label>
      <Label at="shell-heat" name={t("cell.shell")}>
        <Value tag={tag("TI-104A")} digits={3} />
        <Value tag={tag("TI-104B")} digits={3} />
      </Label>
    </div>
  );
}

function Label({ at, name, children }: { at: string; name: string; children: ReactNode }) {
  return (
    <div className={`label ${at}`}>
      {name !== "" && <span className="place-name">{name}</span>}
      {children}
    </div>
  );
}

/** Box 560 x 300: figures at the sides, the cell in the middle, its bath between 130 and 268. */
function Drawing({ cell }: { cell: Cell }) {
  const hopper = useRef<SVGRectElement>(null);
  const bath = useRef<SVGRectElement>(null);
  const metal = useRef<SVGRectElement>(null);
  const beam = useRef<SVGGElement>(null);
  const level = (rect: SVGRectElement | null, bottom: number, height: number): void => {
    rect?.setAttribute("y", String(bottom - height));
    rect?.setAttribute("height", String(height));
  };
  const share = (value: number, most: number): number => (Number.isNaN(value) ? 0 : Math.max(0, Math.min(1, value / most)));
  useTagWriter(cell.tags.get("WI-302"), (kg) => level(hopper.current, 70, share(kg, 60) * 54));
  useTagWriter(cell.tags.get("LI-401"), (mm) => level(bath.current, 268, share(mm, 600) * 190));
  useTagWriter(cell.tags.get("WY-402"), (kg) => level(metal.current, 268, share(kg, 200) * 120));
  useTagWriter(cell.tags.get("ZI-403"), (mm) =>
    beam.current?.setAttribute("transform", `translate(0 ${Number.isNaN(mm) ? 0 : (100 - mm) * 0.15})`),
  );
  return (
    <svg viewBox="0 0 560 300" aria-hidden="true">
      <path className="solid" d="M158 112H178V268H382V112H402V288H158Z" />
      <rect className="bath" ref={bath} x="178" width="204" />
      <rect className="metal" ref={metal} x="178" width="204" />
      <rect className="cathode" x="274" y="44" width="12" height="146" />
      <g ref={beam}>
        <path className="solid" d="M186 86H374V94H186Z" />
        {[194, 222, 320, 348].map((x) => (
          <rect key={x} className="anode" x={x} y="94" width="18" height="96" />
        ))}
      </g>
      <path className="outline" d="M96 8H146V62L132 76H110L96 62Z" />
      <rect className="content" ref={hopper} x="98" width="46" />
      <path className="outline" d="M114 76H128V92L178 116" />
      <path className="outline" d="M402 104H420V40H452M402 120H436V56H452" />
      <path className="outline" d="M402 160H452M402 180H452" />
    </svg>
  );
}
