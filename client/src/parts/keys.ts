/** Keys of a screen: single letters outside of fields, never with a modifier, never while a dialog is open. */
import { useEffect, useRef } from "react";

export type Keys = Record<string, () => void>;

export function useKeys(keys: Keys): void {
  const last = useRef(keys);
  last.current = keys;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const run = last.current[event.key];
      if (run === undefined || event.defaultPrevented || !applies(event)) return;
      event.preventDefault();
      run();
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
