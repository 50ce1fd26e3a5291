/** The screens: one folder and one line each. Order is that of the navigation; `nav: false` ones are reached by going deeper. */
import { type ComponentType, lazy } from "react";
import { matchPath } from "react-router";

export interface Screen {
  path: string;
  /** Key of its title in the language files. */
  title: string;
  nav: boolean;
  /** The screen itself when its code is here, else one that waits for it. To be asked once per visit. */
  component(): ComponentType;
  load(): Promise<unknown>;
}

function screen(path: string, title: string, nav: boolean, fetch: () => Promise<{ default: ComponentType }>): Screen {
  let here: ComponentType | undefined;
  const load = async (): Promise<{ default: ComponentType }> => {
    const code = await fetch();
    here = code.default;
    return code;
  };
  const waiting = lazy(load);
  return { path, title, nav, component: () => here ?? waiting, load };
}

export const SCREENS: readonly Screen[] = [
  screen("/hall", "screens.hall", true, () => import("./hall/index.tsx")),
  screen("/line/:line", "screens.line", false, () => import("./line/index.tsx")),
  screen("/cell/:cell", "screens.cell", false, () => import("./cell/index.tsx")),
  screen("/alarms", "screens.alarms", true, () => import("./alarms/index.tsx")),
  screen("/trends", "screens.trends", true, () => import("./trends/index.tsx")),
  screen("/import", "screens.import", false, () => import("./imports/index.tsx")),
  screen("/replay", "screens.replay", true, () => import("./replay/index.tsx")),
  screen("/faults", "screens.faults", true, () => import("./faults/index.tsx")),
  screen("/system", "screens.system", true, () => import("./system/index.tsx")),
];

/**
 * Fetches the code of the screen an address names; never rejects, the screen itself will tell what failed. To be begun while the
 * session is still asked for: a screen that React has to wait for is held back 300 ms behind its fallback, however soon it comes.
 */
export async function fetchAhead(pathname: string): Promise<void> {
  const wanted = SCREENS.find(({ path }) => matchPath(path, pathname === "/" ? "/hall" : pathname) !== null);
  await wanted?.load().catch(() => undefined);
}
