/** What this browser remembers of the Trends screen: the view last seen, and views saved by name. */

const LAST = "cellhouse.trends.last";
const SAVED = "cellhouse.trends.views";
const MOST_SAVED = 50;

/** A view by its address: everything behind the `?`. */
export interface NamedView {
  name: string;
  address: string;
}

/** Set when the browser refuses to keep anything (a kiosk may): then it lasts as long as the page. */
const unkept = new Map<string, string>();

function read(key: string): string | null {
  try {
    return unkept.get(key) ?? window.localStorage.getItem(key);
  } catch {
    return unkept.get(key) ?? null;
  }
}

function write(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value);
    unkept.delete(key);
  } catch {
    unkept.set(key, value);
  }
}

export const lastView = (): URLSearchParams => new URLSearchParams(read(LAST) ?? "");

/** Without the replay it was seen in: that ends. */
export function rememberView(params: URLSearchParams): void {
  const kept = new URLSearchParams(params);
  kept.delete("replay");
  write(LAST, kept.toString());
}

export function savedViews(): NamedView[] {
  try {
    const views: unknown = JSON.parse(read(SAVED) ?? "[]");
    return Array.isArray(views) ? views.filter(isView).slice(0, MOST_SAVED) : [];
  } catch {
    return [];
  }
}

/** Puts a view under its name, in place of one of the same name; gives all. */
export function saveView(view: NamedView): NamedView[] {
  const views = [view, ...savedViews().filter(({ name }) => name !== view.name)].slice(0, MOST_SAVED);
  write(SAVED, JSON.stringify(views));
  return views;
}

export function dropView(name: string): NamedView[] {
  const views = savedViews().filter((view) => view.name !== name);
  write(SAVED, JSON.stringify(views));
  return views;
}

function isView(view: unknown): view is NamedView {
  const { name, address } = (view ?? {}) as Partial<Record<keyof NamedView, unknown>>;
  return typeof name === "string" && typeof address === "string";
}
