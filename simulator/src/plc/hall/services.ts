/** What the line's common plant gives each of its cells. The line's PLC sets it, the field of the cell feels it. */
export interface Services {
  /** Most current the supply can give a cell, A; Infinity while nothing is wrong with it. */
  amps: number;
  /** Cooling water against its sound flow, 0..1, and its temperature, °C. */
  water: number;
  waterIn: number;
  /** Draft at the hoods, Pa, negative. */
  draft: number;
}

/** Sound services: what a cell has while nothing is wrong. */
export function createServices(): Services {
  return { amps: Number.POSITIVE_INFINITY, water: 1, waterIn: 32, draft: -115 };
}
