/** The screens at the left (at the foot on a phone) and the trail above the screen. */
import { type DragEvent, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useLocation } from "react-router";
import { useLive, useObservable } from "../live/hooks.ts";
import { Go, keepReplay } from "../parts/go.tsx";
import { useAddPen } from "../parts/trend/pens/add-pen.ts";
import { carriesTag, droppedTag } from "../parts/trend/pens/drag.ts";
import { SCREENS } from "../screens/index.ts";
import { trailOf } from "./trail.ts";

export function Navigation() {
  const { t } = useTranslation();
  const { search } = useLocation();
  const drop = useTagDrop();
  return (
    <nav className="navigation" aria-label={t("shell.navigation")}>
      {SCREENS.filter((s) => s.nav).map(({ path, title }) => (
        <NavLink key={path} to={keepReplay(path, search)} {...(path === "/trends" && drop)}>
          {t(title)}
        </NavLink>
      ))}
    </nav>
  );
}

/** A value let go of over the link to the trends becomes a pen there. */
function useTagDrop() {
  const plant = useObservable(useLive().plant);
  const { add } = useAddPen();
  return {
    onDragOver: (event: DragEvent) => carriesTag(event.dataTransfer) && event.preventDefault(),
    onDrop: (event: DragEvent) => {
      const tag = plant && droppedTag(event.dataTransfer, plant);
      if (tag === undefined) return;
      event.preventDefault();
      add(tag, { open: true });
    },
  };
}

export function Trail() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const live = useLive();
  const plant = useObservable(live.plant);
  const replay = useObservable(live.replay) !== null;
  const steps = trailOf(pathname, plant).map((step) => ({ ...step, text: step.name ?? t(step.key ?? "") }));
  const here = steps.at(-1)?.text ?? "";
  useEffect(() => {
    document.title = `${replay ? `${t("replay.title")} · ` : ""}${here} · Cellhouse`;
  }, [here, replay, t]);
  return (
    <nav className="trail" aria-label={t("shell.trail")}>
      {steps.map((step, i) =>
        i === steps.length - 1 ? (
          <h1 key={step.path}>{step.text}</h1>
        ) : (
          <span key={step.path}>
            <Go to={step.path}>{step.text}</Go> <span aria-hidden="true">›</span>{" "}
          </span>
        ),
      )}
    </nav>
  );
}
