/** One's own imports that the server still keeps. */
import { useTranslation } from "react-i18next";
import { usePlant } from "../../live/hooks.ts";
import { count, dayTime } from "../../parts/format.ts";
import type { ImportActs } from "./use-imports.ts";

export function OwnImports({ acts: { jobs, job: seen, look, remove } }: { acts: ImportActs }) {
  const { t } = useTranslation();
  const zone = usePlant().description.timezone;
  const others = jobs.filter((job) => job !== seen).sort((a, b) => b.created - a.created);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="panel own-imports" aria-labelledby="own-imports" tabIndex={0}>
      <h2 id="own-imports">{t("imports.mine")}</h2>
      {others.length === 0 && <p className="muted">{t("imports.noneMine")}</p>}
      <table>
        <tbody>
          {others.map(({ id, created, state, format, samples }) => {
            const name = dayTime(created, zone);
            return (
              <tr key={id}>
                <th scope="row" className="figure">
                  {name}
                </th>
                <td>{t(`imports.formats.${format}`)}</td>
                <td>{t(`imports.states.${state}`)}</td>
                <td className="figure">{t("imports.count", { n: count(samples) })}</td>
                <td className="actions">
                  <button type="button" aria-label={t("imports.lookOne", { name })} onClick={() => look(id)}>
                    {t("imports.look")}
                  </button>
                  <button type="button" aria-label={t("imports.removeOne", { name })} onClick={() => remove(id)}>
                    {t("imports.remove")}
                  </button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
