/** The registry of faults: what each name of the shared catalogue does. To add one: its entry there, a function in a file here, and a line below. */
import type { DisturbanceKind } from "@cellhouse/shared";
import { aeForced, bathFreeze, metalRunout, overTemp } from "./bath.ts";
import { plcCommLoss, plcFreeze } from "./controller.ts";
import { badQuality, clockSkew, duplicate, late, outOfOrder, spike, stuckValue } from "./data.ts";
import { anodeBreak, cathodeShort, rectifierTrip } from "./electric.ts";
import { feederDrift, feederJam, hopperBridge, hopperEmpty } from "./feeder.ts";
import type { CellFault, LineFault } from "./kind.ts";
import { coolingLoss, ductFanTrip, lineTrip, pumpTrip } from "./services.ts";
import { pyroDirty, tcBreak, tcDrift } from "./thermometers.ts";

export const FAULT_KINDS: Readonly<Record<DisturbanceKind, CellFault | LineFault>> = {
  feeder_jam: feederJam,
  hopper_empty: hopperEmpty,
  hopper_bridge: hopperBridge,
  feeder_drift: feederDrift,
  tc_break: tcBreak,
  tc_drift: tcDrift,
  pyro_dirty: pyroDirty,
  ae_forced: aeForced,
  over_temp: overTemp,
  cooling_loss: coolingLoss,
  rectifier_trip: rectifierTrip,
  bath_freeze: bathFreeze,
  metal_runout: metalRunout,
  anode_break: anodeBreak,
  cathode_short: cathodeShort,
  plc_comm_loss: plcCommLoss,
  plc_freeze: plcFreeze,
  stuck_value: stuckValue,
  spike,
  bad_quality: badQuality,
  clock_skew: clockSkew,
  duplicate,
  late,
  out_of_order: outOfOrder,
  duct_fan_trip: ductFanTrip,
  pump_trip: pumpTrip,
  line_trip: lineTrip,
};
