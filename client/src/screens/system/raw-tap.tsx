/** For engineers: the messages of one topic, or of one node, as they arrive. */
import { type SubmitEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConnection, useLive, useObservable, usePlant } from "../../live/hooks.ts";
import type { RawMessage } from "../../live/live.ts";
import { clockTime } from "../../parts/format.ts";
import { RefusalNote } from "../../parts/refusal-note.tsx";
import { tapExamples } from "./tap-examples.ts";

export function RawTap() {
  const { t } = useTranslation();
  const live = useLive();
  const connection = useConnection();
  const plant = usePlant();
  const role = useObservable(live.session)?.role;
  const heard = useObservable(live.tapped);
  const [filter, setFilter] = useState("");
  const [listening, setListening] = useState<string>();
  const [held, setHeld] = useState<readonly RawMessage[]>();
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => () => void connection.tap(null).catch(() => undefined), [connection]);
  if (role !== "engineer" && role !== "admin") return <p className="muted">{t("system.tapFor")}</p>;

  const listen = (wanted: string | null): void => {
    setFailure(undefined);
    setHeld(undefined);
    live.tapped.set([]);
    connection.tap(wanted).then(() => setListening(wanted ?? undefined), setFailure);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    listen(filter);
  };
  const shown = held ?? heard;
  const skipped = shown.reduce((sum, { skipped: n }) => sum + n, 0);
  return (
    <>
      <form className="tap-form" onSubmit={submit}>
        <label>
          {t("system.tapFilter")}
          <input value={filter} onChange={(event) => setFilter(event.target.value)} list="tap-examples" spellCheck={false} required />
        </label>
        <datalist id="tap-examples">
          {tapExamples(plant).map((example) => (
            <option key={example} value={example} />
          ))}
        </datalist>
        <button type="submit" className="primary">
          {t("system.tapListen")}
        </button>
        <button type="button" disabled={listening === undefined} onClick={() => listen(null)}>
          {t("system.tapEnd")}
        </button>
        <button
          type="button"
          aria-pressed={held !== undefined}
          disabled={listening === undefined && held === undefined}
          onClick={() => setHeld(held === undefined ? heard : undefined)}
        >
          {t("system.tapHold")}
        </button>
      </form>
      <RefusalNote error={failure} />
      {listening !== undefined && (
        <p role="status">
          {t("system.tapListening", { filter: listening })} {skipped > 0 && t("system.tapSkipped", { n: skipped })}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="tapped" aria-label={t("system.tap")} tabIndex={0}>
        <TappedList messages={shown} zone={plant.description.timezone} />
      </section>
    </>
  );
}

function TappedList({ messages, zone }: { messages: readonly RawMessage[]; zone: string }) {
  return (
    <ol reversed>
      {messages.map((message) => (
        <li key={message.n}>
          <span className="figure">
            {clockTime(message.time, zone)}.{String(message.time % 1000).padStart(3, "0")}
          </span>{" "}
          <strong>{message.topic}</strong>
          <pre>{message.text}</pre>
        </li>
      ))}
    </ol>
  );
}
