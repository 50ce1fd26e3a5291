/** What the plot's right edge is, in one word: nobody takes one for the other. Pure. */
export type Mode = "replay" | "past" | "lost" | "live";

/** `following`: the right edge is the pipe's present; `connected`: its server is heard. */
export function modeOf({ replay, following, connected }: { replay: boolean; following: boolean; connected: boolean }): Mode {
  if (replay) return "replay";
  if (!following) return "past";
  return connected ? "live" : "lost";
}
