/** What surrounds every screen: banner, navigation, trail, and the frame that says when one does not see the present. */
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Route, Routes, useLocation, useNavigate } from "react-router";
import { useLive, useObservable } from "../live/hooks.ts";
import { keepReplay } from "../parts/go.tsx";
import { useKeys } from "../parts/keys.ts";
import { PenKeys } from "../parts/trend/pens/pen-keys.tsx";
import { SCREENS, type Screen } from "../screens/index.ts";
import { Banner } from "./banner.tsx";
import { Crash } from "./crash.tsx";
import { KeyHelp } from "./key-help.tsx";
import { LostNote, ThinnedNote } from "./lost-note.tsx";
import { Navigation, Trail } from "./navigation.tsx";
import { useReplayAddress } from "./replay/replay-address.ts";
import { ReplayBar } from "./replay/replay-bar.tsx";
import { Search } from "./search/search.tsx";
import { stepBack } from "./trail.ts";

export function Shell() {
  const live = useLive();
  const { t } = useTranslation();
  const [open, setOpen] = useState<"search" | "keys" | undefined>();
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const plant = useObservable(live.plant);
  const replay = useObservable(live.replay);
  const leaving = useReplayAddress();
  useKeys({
    "/": () => setOpen("search"),
    "?": () => setOpen("keys"),
    Escape: () => void navigate(keepReplay(stepBack(pathname, plant), search)),
  });
  return (
    <div className="shell" data-replay={replay !== null}>
      <a className="skip" href="#screen">
        {t("shell.skip")}
      </a>
      <Banner onSearch={() => setOpen("search")} onKeys={() => setOpen("keys")} />
      <Navigation />
      <div className="stage">
        {replay !== null && (
          <section className="replay-title" aria-label={t("replay.title")}>
            <h2>{t("replay.title")}</h2>
          </section>
        )}
        <LostNote />
        <ThinnedNote />
        <Trail />
        <main id="screen" className="screen" tabIndex={-1}>
          <Crash key={pathname}>
            <Suspense fallback={<p className="loading">{t("start.loading")}</p>}>
              <Routes>
                {SCREENS.map((screen) => (
                  <Route key={screen.path} path={screen.path} element={<Visit screen={screen} />} />
                ))}
                <Route path="/" element={<Navigate to={keepReplay("/hall", search)} replace />} />
                <Route path="*" element={<p className="loading">{t("start.noScreen")}</p>} />
              </Routes>
            </Suspense>
          </Crash>
        </main>
        {replay !== null && <ReplayBar state={replay} onLeave={leaving} />}
      </div>
      <PenKeys />
      {open === "search" && <Search onClose={() => setOpen(undefined)} />}
      {open === "keys" && <KeyHelp onClose={() => setOpen(undefined)} />}
    </div>
  );
}

/** One stay at a screen: what it was begun with, it keeps. */
function Visit({ screen }: { screen: Screen }) {
  const [Component] = useState(() => screen.component());
  return <Component />;
}
