/** What the faults at work on a cell add up to. The field and the PLC read it; the fault book sets it. */

export interface Disturbance {
  /** Heat into the bath, W. */
  heat: number;
  /** The gas film is held on the anodes. */
  film: boolean;
  /** Lost through the bottom: metal and bath each, kg/s. */
  runout: number;
  /** No current from the supply. */
  unpowered: boolean;
  /** Factor on the bath's resistance. */
  bathOhm: number;
  /** Anodes without contact, bit 0 for anode A. */
  brokenAnodes: number;
  /** The screw is stuck; it turns and moves nothing; the hopper is not filled again. */
  feederJammed: boolean;
  bridged: boolean;
  refillBlocked: boolean;
  /** Factor on the oxide of a revolution. */
  feederGain: number;
  /** Thermocouple: broken, and its leak, K/h. K the pyrometer reads lower through dirt. */
  tcBroken: boolean;
  tcLeak: number;
  pyroDirt: number;
  /** Share of the cooling water that still flows. */
  cooling: number;
  /** The PLC: off the network, and its program stopped. */
  offline: boolean;
  frozen: boolean;
}

const SOUND: Readonly<Disturbance> = {
  heat: 0,
  film: false,
  runout: 0,
  unpowered: false,
  bathOhm: 1,
  brokenAnodes: 0,
  feederJammed: false,
  bridged: false,
  refillBlocked: false,
  feederGain: 1,
  tcBroken: false,
  tcLeak: 0,
  pyroDirt: 0,
  cooling: 1,
  offline: false,
  frozen: false,
};

/** A cell without faults. */
export function noDisturbance(): Disturbance {
  return { ...SOUND };
}

/** Takes every fault's effect away. */
export function clearDisturbance(disturbance: Disturbance): void {
  Object.assign(disturbance, SOUND);
}

/** What of a line's common plant has tripped. */
export interface LineDisturbance {
  supply: boolean;
  fan: boolean;
  pump: boolean;
}

/** A line without faults. */
export function soundLine(): LineDisturbance {
  return { supply: false, fan: false, pump: false };
}
