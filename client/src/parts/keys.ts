/** Keys of a screen: single letters outside of fields, never with a modifier, never while a dialog is open. */
import { useEffect, useRef } from "react";

/** What a key does; `false`: it means nothing here, and others may have it. */
export type Keys = Record<string, () => unknown>;

export function useKeys(keys: Keys): void {
  const last = useRef(keys);
  last.current = keys;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const run = last.current[event.key];
      if (run === undefined || event.defaultPrevented || !applies(event)) return;
      if (run() !== false) event.preventDefault();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

function applies(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (document.querySelector("dialog[open]") !== null) return false;
  const target = event.target as HTMLElement | null;
  return target === null || !(target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) || event.key === "Escape";
}
