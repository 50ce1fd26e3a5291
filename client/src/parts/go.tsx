/** Links between screens: they keep the replay one is in, so that every address restores what was seen. */
import { type ReactNode, useCallback } from "react";
import { Link, useLocation, useNavigate } from "react-router";

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
