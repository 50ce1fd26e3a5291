/** Feed-forward by Faraday's law: the oxide a current consumes. */

const FARADAY = 96485.33;

export interface FaradayFeed {
  /** Filtered measured current, A; never the setpoint. */
  current: number;
  /** kg/mol of metal, three electrons each. */
  molarMass: number;
  /** kg oxide per kg metal. */
  oxideRatio: number;
  /** Current efficiency as estimated, 0..1. */
  efficiency: number;
  /** Share of the fed oxide that is used. */
  utilisation?: number;
  /** Correction learnt from the resistance, 0.8..1.2. */
  adapt?: number;
}

/** Oxide to feed, kg/h (process model, "Faraday feed-forward"): 2.099 kg/(kA h) for PrNd at full efficiency. */
export function faradayFeed({ current, molarMass, oxideRatio, efficiency, utilisation = 0.985, adapt = 1 }: FaradayFeed): number {
  const factor = Math.min(1.2, Math.max(0.8, adapt));
  return (3600 * ((oxideRatio * molarMass) / (3 * FARADAY)) * Math.max(0, current) * efficiency * factor) / utilisation;
}

/** Metal made at full efficiency, kg per kAh: 1.7834 for PrNd. */
export function metalPerKiloampereHour(molarMass: number): number {
  return (3.6e6 * molarMass) / (3 * FARADAY);
}
