/** Views kept by name in this browser, and the address that shows this one anywhere. */
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../../parts/dialog.tsx";
import { dropView, savedViews, saveView } from "../../../parts/trend/pens/shelf.ts";
import type { TrendsView } from "../use-trends.ts";

export function ViewsDialog({ view, onClose }: { view: TrendsView; onClose: () => void }) {
  const { t } = useTranslation();
  const [views, setViews] = useState(savedViews);
  const [name, setName] = useState("");
  const save = (event: FormEvent): void => {
    event.preventDefault();
    const params = new URLSearchParams(location.search);
    params.delete("replay");
    if (name.trim() !== "") setViews(saveView({ name: name.trim().slice(0, 60), address: params.toString() }));
    setName("");
  };
  return (
    <Dialog title={t("trends.views")} onClose={onClose}>
      <form onSubmit={save} className="save-view">
        <label>
          {t("trends.viewName")}
          <input value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
        </label>
        <button type="submit" className="primary" disabled={name.trim() === ""}>
          {t("trends.save")}
        </button>
      </form>
      {views.length === 0 && <p className="muted">{t("trends.noViews")}</p>}
      <ul className="saved-views">
        {views.map((saved) => (
          <li key={saved.name}>
            <button
              type="button"
              onClick={() => {
                view.recall(saved.address);
                onClose();
              }}
            >
              {saved.name}
            </button>
            <button type="button" aria-label={t("trends.dropOne", { name: saved.name })} onClick={() => setViews(dropView(saved.name))}>
              {t("trends.drop")}
            </button>
          </li>
        ))}
      </ul>
      <label className="address">
        {t("trends.address")}
        <input readOnly value={location.href} onFocus={(event) => event.target.select()} />
      </label>
      <button type="button" onClick={onClose}>
        {t("shell.close")}
      </button>
    </Dialog>
  );
}
