/** What stands above the plot: live or past, the span, the comparison, views, picture and export. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type uPlot from "uplot";
import { Refusal } from "../../../live/api.ts";
import { useCapabilities, useLive, useObservable, usePlant } from "../../../live/hooks.ts";
import { whyNoImport } from "../../../parts/capability.ts";
import { dayTime, zoneOffset } from "../../../parts/format.ts";
import { Go } from "../../../parts/go.tsx";
import { RefusalNote } from "../../../parts/refusal-note.tsx";
import { PastNote } from "../../../parts/trend/trend-stack.tsx";
import { follow } from "../../../parts/trend/window.ts";
import type { TrendsView } from "../use-trends.ts";
import { Compare } from "./compare.tsx";
import { ExportDialog } from "./export-dialog.tsx";
import { modeOf } from "./mode.ts";
import { SpanDialog } from "./span-dialog.tsx";
import { usePicture } from "./use-picture.ts";
import { ViewsDialog } from "./views-dialog.tsx";

const SPANS = {
  m10: 600_000,
  h1: 3_600_000,
  h8: 28_800_000,
  h24: 86_400_000,
  d7: 604_800_000,
  d30: 2_592_000_000,
  y1: 31_536_000_000,
} as const;

export function Toolbar({ view, plot }: { view: TrendsView; plot: uPlot | undefined }) {
  const { t } = useTranslation();
  const live = useLive();
  const { model } = view;
  const window = useObservable(model.window);
  const { busy, error } = useObservable(model.past);
  const [open, setOpen] = useState<"span" | "views" | "export">();
  const [copied, setCopied] = useState(false);
  const mayImport = whyNoImport(useObservable(live.session)?.role, useCapabilities()) === undefined;
  const picture = usePicture(view, plot);
  const copy = (): void => {
    navigator.clipboard?.writeText(location.href).then(
      () => setCopied(true),
      () => setOpen("views"),
    );
    if (navigator.clipboard === undefined) setOpen("views");
  };
  return (
    <header className="panel trends-bar">
      <ModeNote view={view} />
      <span className="actions spans">
        {Object.entries(SPANS).map(([name, ms]) => (
          <button
            key={name}
            type="button"
            aria-pressed={Math.abs(window.to - window.from - ms) < 1000}
            onClick={() => model.show(window.following ? follow(ms, live.now()) : { ...window, from: window.to - ms })}
          >
            {t(`trend.${name}`)}
          </button>
        ))}
        <button type="button" onClick={() => setOpen("span")}>
          {t("trends.span")}
        </button>
      </span>
      <Compare view={view} />
      <button
        type="button"
        aria-pressed={view.layout === "shared"}
        onClick={() => view.arrange(view.layout === "shared" ? "lanes" : "shared")}
      >
        {t("trends.overlay")}
      </button>
      <span className="actions files">
        <button type="button" onClick={() => setOpen("views")}>
          {t("trends.views")}
        </button>
        <button type="button" onClick={copy}>
          {t(copied ? "trends.copied" : "trends.copy")}
        </button>
        <button type="button" disabled={plot === undefined} onClick={picture.take}>
          {t("trends.picture")}
        </button>
        {view.pens.length > 0 && (
          <button type="button" onClick={() => setOpen("export")}>
            {t("trends.export")}
          </button>
        )}
        {mayImport && (
          <Go to="/import" className="button">
            {t("screens.import")}
          </Go>
        )}
      </span>
      {busy && <span className="muted busy">{t("trend.loading")}</span>}
      <RefusalNote error={isLost(error) ? picture.error : (error ?? picture.error)} />
      {open === "span" && <SpanDialog model={model} onClose={() => setOpen(undefined)} />}
      {open === "export" && <ExportDialog view={view} onClose={() => setOpen(undefined)} />}
      {open === "views" && <ViewsDialog view={view} onClose={() => setOpen(undefined)} />}
    </header>
  );
}

/** That the server is lost, the shell says already. */
const isLost = (error: unknown): boolean => error instanceof Refusal && error.status === 0;

/** Live, past or replay, in words, with the time seen. */
function ModeNote({ view }: { view: TrendsView }) {
  const { t } = useTranslation();
  const live = useLive();
  const zone = usePlant().description.timezone;
  const replay = useObservable(live.replay) !== null;
  const { from, to, following } = useObservable(view.model.window);
  const mode = modeOf({ replay, following, connected: useObservable(live.phase) === "live" });
  return (
    <div className="mode" data-past={!following}>
      <strong className="badge-mode">{t(`trends.mode.${mode}`)}</strong>
      <span className="figure">
        {dayTime(from, zone)} – {dayTime(to, zone).slice(dayTime(from, zone).startsWith(dayTime(to, zone).slice(0, 10)) ? 11 : 0)}{" "}
        <span className="muted">{zoneOffset(to, zone)}</span>
      </span>
      {!following && <PastNote model={view.model} brief />}
      <span className="visually-hidden" role="status">
        {t(`trends.said.${mode}`)}
      </span>
    </div>
  );
}
