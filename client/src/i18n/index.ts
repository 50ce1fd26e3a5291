/** The languages; what a key is missing in one of them, a test finds. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

const KEY = "cellhouse.language";
export type Language = "en" | "zh";

export async function startLanguage(): Promise<void> {
  const chosen = stored() ?? (window.navigator.language.startsWith("zh") ? "zh" : "en");
  await i18next.use(initReactI18next).init({
    lng: chosen,
    fallbackLng: "en",
    resources: { en: { translation: en }, zh: { translation: zh } },
    interpolation: { escapeValue: false },
  });
  tellDocument(chosen);
}

export function chooseLanguage(next: Language): void {
  try {
    window.localStorage.setItem(KEY, next);
  } catch {
    // As with the theme: a kiosk may forbid storage.
  }
  void i18next.changeLanguage(next);
  tellDocument(next);
}

function stored(): Language | undefined {
  try {
    const value = window.localStorage.getItem(KEY);
    return value === "en" || value === "zh" ? value : undefined;
  } catch {
    return undefined;
  }
}

function tellDocument(language: Language): void {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
}
