/** Quality answers one question about a sample: may I believe it? One byte; a higher number is worse. */
export const Quality = { Good: 0, Uncertain: 1, Stale: 2, Bad: 3 } as const;
export type Quality = (typeof Quality)[keyof typeof Quality];

/** The names used by HTTP replies and files, indexed by the byte. */
export const QUALITY_NAMES = ["good", "uncertain", "stale", "bad"] as const;
export type QualityName = (typeof QUALITY_NAMES)[number];

/** The name of a quality byte; anything unknown is reported as bad, never as good. */
export function qualityName(quality: number): QualityName {
  return QUALITY_NAMES[quality] ?? "bad";
}
