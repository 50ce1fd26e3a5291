/** What a browser sees first: loading, the sign-in form, or the shell around a screen. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive, useObservable } from "../live/hooks.ts";
import { RefusalNote } from "../parts/refusal-note.tsx";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

/** `screenHere` resolves when the code of the first screen is there, or never will be. */
export function App({ screenHere }: { screenHere: Promise<void> }) {
  const live = useLive();
  const { t } = useTranslation();
  const phase = useObservable(live.phase);
  const plant = useObservable(live.plant);
  const refusal = useObservable(live.refusal);
  const [ready, setReady] = useState(false);
  useEffect(() => void screenHere.then(() => setReady(true)), [screenHere]);
  if (phase === "signed-out") return <SignIn />;
  if (phase === "mixed-versions") return <Notice text={t("start.mixedVersions")} />;
  if (plant === undefined || !ready)
    return (
      <Notice text={t(phase === "starting" ? "start.starting" : "start.connecting")}>
        <RefusalNote error={refusal} />
      </Notice>
    );
  return <Shell />;
}

function Notice({ text, children }: { text: string; children?: React.ReactNode }) {
  return (
    <main className="notice">
      <h1>Cellhouse</h1>
      <p role="status">{text}</p>
      {children}
    </main>
  );
}
