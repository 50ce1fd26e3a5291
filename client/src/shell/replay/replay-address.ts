/** The address says whether one is in a replay (`?replay=id`): follows it into that pipe and back to live. */
import { useCallback, useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import { useConnection, useLive, useObservable } from "../../live/hooks.ts";

/** Gives the call that leaves the replay. */
export function useReplayAddress(): () => void {
  const live = useLive();
  const connection = useConnection();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const wanted = new URLSearchParams(search).get("replay");
  const connected = useObservable(live.phase) === "live";
  useEffect(() => {
    const present = live.replay.get()?.id ?? null;
    if (!connected || present === wanted) return;
    connection.join(wanted).catch(() => {
      live.heardReplay(null);
      void navigate("/replay?gone=1", { replace: true });
    });
  }, [connected, wanted, live, connection, navigate]);
  return useCallback(() => {
    const id = live.replay.get()?.id;
    void navigate(pathname);
    if (id !== undefined) live.api.send("DELETE", `replays/${id}`).catch(() => undefined);
  }, [live, navigate, pathname]);
}
