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
    <section className="panel own-imports" aria-labelledby="own-imports">
      <h2 id="own-imports">{t("imports.mine")}</h2>
      {others.length === 0 && <p className="muted">{t("imports.noneMine")}</p>}
      <ul>
        {others.map(({ id, created, state, format, samples }) => {
          const name = dayTime(created, zone);
          return (
            <li key={id}>
              <strong className="figure">{name}</strong> <span>{t(`imports.formats.${format}`)}</span>{" "}
              <span>{t(`imports.states.${state}`)}</span> <span className="figure">{t("imports.count", { n: count(samples) })}</span>
              <span className="actions">
                <button type="button" aria-label={t("imports.lookOne", { name })} onClick={() => look(id)}>
                  {t("imports.look")}
                </button>
                <button type="button" aria-label={t("imports.removeOne", { name })} onClick={() => remove(id)}>
                  {t("imports.remove")}
                </button>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
