/** The button that makes a picture of what is seen. */
import { UNITS } from "@cellhouse/shared";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type uPlot from "uplot";
import { useLive, usePlant } from "../../../live/hooks.ts";
import { valueAt } from "../../../live/past/curve.ts";
import { day, dayTime, figure, zoneOffset } from "../../../parts/format.ts";
import { tagWords } from "../../../parts/plant-words.ts";
import { lookOf } from "../../../parts/trend/looks.ts";
import { readInk } from "../../../parts/trend/plot.ts";
import type { TrendsView } from "../use-trends.ts";
import { modeOf } from "./mode.ts";
import { download, pictureOf } from "./picture.ts";

export function usePicture({ model, pens, behind }: TrendsView, plot: uPlot | undefined): { take: () => void; error: unknown } {
  const { t } = useTranslation();
  const live = useLive();
  const { name, timezone: zone } = usePlant().description;
  const [error, setError] = useState<unknown>();
  const take = (): void => {
    if (plot === undefined) return;
    const ink = readInk(plot.root);
    const { from, to, following } = model.window.get();
    const mode = t(`trends.mode.${modeOf({ replay: live.replay.get() !== null, following, connected: live.phase.get() === "live" })}`);
    const against = behind === 0 ? "" : ` · ${t("trends.behindTo", { time: dayTime(to - behind, zone) })}`;
    setError(undefined);
    pictureOf({
      plot: plot.ctx.canvas,
      title: `${name} · ${t("screens.trends")}`,
      time: `${mode} · ${dayTime(from, zone)} – ${dayTime(to, zone)} ${zoneOffset(to, zone)} (${zone})${against}`,
      ink,
      legend: pens
        .filter((pen) => !pen.hidden)
        .map(({ tag, place }) => {
          const { definition, owner } = tag;
          const value = figure(valueAt(model.line(tag), to), definition.decimals);
          const look = lookOf(place);
          return {
            number: `${place + 1}`,
            ink: ink.pens[look.ink] as string,
            dash: look.dash,
            text: `${owner} ${definition.name}  ${value} ${UNITS[definition.unit].symbol}  ${tagWords(t, definition.name)}`,
          };
        }),
    })
      .then((blob) => download(blob, `trend ${day(to, zone)}.png`))
      .catch(setError);
  };
  return { take, error };
}
