/** The screens: one folder and one line each. Order is that of the navigation; `nav: false` ones are reached by going deeper. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";

export interface Screen {
  path: string;
  /** Key of its title in the language files. */
  title: string;
  nav: boolean;
  Component: LazyExoticComponent<ComponentType>;
}

const screen = (path: string, title: string, nav: boolean, load: () => Promise<{ default: ComponentType }>): Screen => ({
  path,
  title,
  nav,
  Component: lazy(load),
});

export const SCREENS: readonly Screen[] = [
  screen("/hall", "screens.hall", true, () => import("./hall/index.tsx")),
  screen("/line/:line", "screens.line", false, () => import("./line/index.tsx")),
  screen("/cell/:cell", "screens.cell", false, () => import("./cell/index.tsx")),
  screen("/alarms", "screens.alarms", true, () => import("./alarms/index.tsx")),
  screen("/replay", "screens.replay", true, () => import("./replay/index.tsx")),
  screen("/system", "screens.system", true, () => import("./system/index.tsx")),
];
