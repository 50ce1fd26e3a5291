/** Language and theme, both remembered. */
import { useTranslation } from "react-i18next";
import { chooseLanguage } from "../i18n/index.ts";
import { useObservable } from "../live/hooks.ts";
import { chooseTheme, THEMES, theme } from "./theme.ts";

export function Preferences() {
  const { t, i18n } = useTranslation();
  const chosen = useObservable(theme);
  const chinese = i18n.language === "zh";
  const next = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? "system";
  return (
    <span className="preferences">
      <button type="button" onClick={() => chooseLanguage(chinese ? "en" : "zh")} lang={chinese ? "en" : "zh-Hans"}>
        {chinese ? "English" : "中文"}
      </button>
      <button type="button" onClick={() => chooseTheme(next)} title={t("shell.theme")}>
        <span aria-hidden="true">◐ </span>
        {t(`theme.${chosen}`)}
      </button>
    </span>
  );
}
