/** Addresses: filter and choice live in them, and links between screens keep the replay one is in, so that they restore what was seen. */
import { type ReactNode, useCallback } from "react";
import { Link, useLocation, useNavigate, useSearchParams } from "react-router";

/** The address of a screen with the present replay kept. */
export function keepReplay(path: string, search: string): string {
  const replay = new URLSearchParams(search).get("replay");
  if (replay === null) return path;
  const [base = "", own = ""] = path.split("?");
  const params = new URLSearchParams(own);
  params.set("replay", replay);
  return `${base}?${params.toString()}`;
}

export function useGo(): (path: string) => void {
  const navigate = useNavigate();
  const { search } = useLocation();
  return useCallback((path: string) => void navigate(keepReplay(path, search)), [navigate, search]);
}

export function Go({ to, className, children }: { to: string; className?: string; children: ReactNode }) {
  const { search } = useLocation();
  return (
    <Link to={keepReplay(to, search)} {...(className === undefined ? {} : { className })}>
      {children}
    </Link>
  );
}

/** The parameters as they stand in the address bar: what is rendered may be a change behind. */
export const presentParams = (): URLSearchParams => new URLSearchParams(window.location.search);

/** The address's parameters, and a call that changes some of them; an empty value takes one away. */
export function useAddress(): [URLSearchParams, (changes: Record<string, string>) => void] {
  const [params, setParams] = useSearchParams();
  const { pathname } = useLocation();
  const change = useCallback(
    (changes: Record<string, string>) => {
      // One has gone on already, and this screen stands only until the code of the next is here: it must not call one back.
      if (window.location.pathname !== pathname) return;
      setParams(
        () => {
          const next = presentParams();
          for (const [name, value] of Object.entries(changes)) {
            if (value === "") next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { replace: true },
      );
    },
    [setParams, pathname],
  );
  return [params, change];
}
