/** The interlock chain of the PLC: the first that acted in words and what to do, then all of them. */
import { type Cell, Quality, STATUS } from "@cellhouse/shared";
import { interlockKind } from "@cellhouse/shared/blocks";
import { useTranslation } from "react-i18next";
import { useTagQuality, useTagValue } from "../../live/hooks.ts";
import { interlockName } from "../../parts/plant-words.ts";
import { readChain } from "./chain.ts";

export function Interlocks({ cell }: { cell: Cell }) {
  const { t } = useTranslation();
  const [status, firstOut] = [cell.tags.get("YS-901"), cell.tags.get("YS-903")];
  const [word, code] = [useTagValue(status), useTagValue(firstOut)];
  const quality = Math.max(useTagQuality(status), useTagQuality(firstOut));
  const known = quality < Quality.Stale;
  const first = known ? code : Number.NaN;
  return (
    <section className="panel interlocks" aria-labelledby="interlocks-title">
      <h2 id="interlocks-title">{t("interlock.title")}</h2>
      {known ? (
        <FirstOut number={first} acts={(word & STATUS.interlock) !== 0} />
      ) : (
        <p className="why">{t(quality === Quality.Bad ? "why.bad" : "why.stale")}</p>
      )}
      <details open={first > 0}>
        <summary>{t("interlock.all")}</summary>
        <ol className="chain">
          {readChain(known ? word : Number.NaN, first).map(({ number, kind, mark }) => (
            <li key={number} data-mark={mark} title={mark === "untold" ? t("interlock.untold") : t(`interlock.kinds.${kind}`)}>
              <span className="number">{t("interlock.number", { n: number })}</span>
              <span>{t(`interlocks.${number}.name`)}</span>
              <span className="mark">{t(`interlock.marks.${mark}`)}</span>
            </li>
          ))}
        </ol>
      </details>
    </section>
  );
}

function FirstOut({ number, acts }: { number: number; acts: boolean }) {
  const { t } = useTranslation();
  if (number === 0) return <p className="muted">{t("interlock.none")}</p>;
  return (
    <p className="first-out" role="status">
      <strong>{interlockName(t, number)}</strong>
      <span>{interlockKind(number) === undefined ? t("interlock.foreign") : t(`interlocks.${number}.remedy`)}</span>
      {!acts && <span>{t("interlock.over")}</span>}
    </p>
  );
}
