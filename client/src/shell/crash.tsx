/** A bug in one screen stays in that screen: banner, navigation and alarms go on. */
import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

export class Crash extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <CrashNote error={this.state.error} />;
  }
}

function CrashNote({ error }: { error: Error }) {
  const { t } = useTranslation();
  return (
    <div className="crash" role="alert">
      <h1>{t("start.crash")}</h1>
      <p>{error.message}</p>
      <button type="button" onClick={() => window.location.reload()}>
        {t("start.reload")}
      </button>
    </div>
  );
}
