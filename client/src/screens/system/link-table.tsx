/** Each link: state, since when, rate, gaps, rebirths, clock offset, and in words what is wrong. */
import type { Link } from "@cellhouse/shared";
import { useTranslation } from "react-i18next";
import { usePlant, useServerNow } from "../../live/hooks.ts";
import { age, figure, near } from "../../parts/format.ts";

const BADNESS = { down: 0, degraded: 1, up: 2 } as const;

export function LinkTable({ links }: { links: readonly Link[] }) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const now = useServerNow();
  const sorted = [...links].sort((a, b) => BADNESS[a.state] - BADNESS[b.state] || (a.id < b.id ? -1 : 1));
  const heads = [
    "id",
    "state",
    "since",
    "rate",
    "received",
    "birth",
    "gaps",
    "lastGap",
    "rebirths",
    "offset",
    "backlog",
    "detail",
  ] as const;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="link-table" aria-label={t("system.links")} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {heads.map((h) => (
              <th key={h} scope="col" className={h}>
                {t(`system.${h}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((l) => (
            <tr key={l.id} data-state={l.state}>
              <th scope="row">{l.id}</th>
              <td>
                <span className="dot" data-state={l.state}>
                  <span className="mark" aria-hidden="true" /> {t(`links.${l.state}`)}
                </span>
              </td>
              <td className="figure">
                {near(l.since, now, zone)} ({age(now - l.since)})
              </td>
              <td className="number">{cell(l.rate, 1)}</td>
              <td className="number">{cell(l.received, 0)}</td>
              <td className="figure">{l.lastBirth === undefined ? "" : near(l.lastBirth, now, zone)}</td>
              <td className="number">{cell(l.gaps, 0)}</td>
              <td className="figure">{gapText(l, now, zone)}</td>
              <td className="number">{cell(l.rebirths, 0)}</td>
              <td className="number">{l.clockOffset === undefined ? "" : `${figure(l.clockOffset, 0)} ms`}</td>
              <td className="number">{cell(l.backlog, 0)}</td>
              <td>{l.detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** `12:03:10 (4 s)`, or still open. */
function gapText({ lastGap }: Link, now: number, zone: string): string {
  if (lastGap === undefined) return "";
  const { from, to } = lastGap;
  return `${near(from, now, zone)} (${to === undefined ? "…" : age(to - from)})`;
}

function cell(value: number | undefined, decimals: number): string {
  return value === undefined ? "" : figure(value, decimals);
}
