/** Name and password. The link that `npm start` prints needs no form. */
import type { Session } from "@cellhouse/shared";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConnection, useLive, useObservable } from "../live/hooks.ts";
import { RefusalNote } from "../parts/refusal-note.tsx";
import { Preferences } from "./preferences.tsx";
import { enter } from "./start.ts";

export function SignIn() {
  const live = useLive();
  const connection = useConnection();
  const { t } = useTranslation();
  const refusal = useObservable(live.refusal);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    live.refusal.set(undefined);
    try {
      enter(live, connection, await live.api.send<Session>("POST", "session", { name: form.get("name"), password: form.get("password") }));
    } catch (error) {
      live.refusal.set(error as never);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="notice">
      <form className="sign-in" onSubmit={(event) => void submit(event)}>
        <h1>Cellhouse</h1>
        <label>
          {t("signIn.name")}
          <input name="name" autoComplete="username" required autoCapitalize="none" />
        </label>
        <label>
          {t("signIn.password")}
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" className="primary" disabled={busy}>
          {t("signIn.enter")}
        </button>
        <RefusalNote error={refusal} />
        <Preferences />
      </form>
    </main>
  );
}
