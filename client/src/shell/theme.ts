/** Light, dark or as the system says; remembered. */
import { Observable } from "../live/observable.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
const KEY = "cellhouse.theme";

export const theme = new Observable<Theme>(THEMES.find((t) => t === remembered(KEY)) ?? "system");

function remembered(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value);
  } catch {
    // A kiosk may forbid storage: the choice then lasts as long as the page.
  }
}

export function chooseTheme(next: Theme): void {
  remember(KEY, next);
  theme.set(next);
}

/** Keeps `data-theme` of the document right. */
export function followTheme(): void {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => {
    const choice = theme.get();
    document.documentElement.dataset.theme = choice === "system" ? (system.matches ? "dark" : "light") : choice;
  };
  apply();
  theme.subscribe(apply);
  system.addEventListener("change", apply);
}
