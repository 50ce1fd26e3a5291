/** What each tag of a cell shows: from the program's values into the image. */
import { ALARM_WORD, MODES, type Phase, Quality, STATUS, statusWord } from "@cellhouse/shared";
import { powerOff, tripped } from "@cellhouse/shared/blocks";
import { immersion } from "@cellhouse/shared/process";
import type { CellPlc } from "./cell.ts";
import { cellIndex as at } from "./image.ts";
import { BEAM_HOME } from "./loops/setpoints.ts";

const T = {
  bathTc: at("TI-101"),
  wallTc: at("TI-102"),
  pyrometer: at("TI-103"),
  bottomShell: at("TI-104A"),
  sideShell: at("TI-104B"),
  temperature: at("TY-100"),
  volts: at("EI-201"),
  voltsMin: at("EI-201.MIN"),
  voltsMax: at("EI-201.MAX"),
  noise: at("EI-201N"),
  amps: at("II-202"),
  anodes: [at("II-203A"), at("II-203B"), at("II-203C"), at("II-203D")],
  power: at("JI-204"),
  energy: at("JQ-205"),
  charge: at("IQ-206"),
  resistance: at("XI-207"),
  slope: at("XI-208"),
  risk: at("XI-209"),
  effect: at("XS-209"),
  effectToday: at("XQ-209"),
  oxide: at("AY-301"),
  weight: at("WI-302"),
  rate: at("FI-303"),
  fed: at("FQ-304"),
  shots: at("NQ-304"),
  interval: at("KY-304"),
  inferred: at("FY-303"),
  share: at("FFY-303"),
  screw: at("SI-305"),
  motor: at("II-306"),
  level: at("LI-401"),
  metal: at("WY-402"),
  beam: at("ZI-403"),
  receiver: at("WI-404"),
  flow: at("FI-501"),
  waterIn: at("TI-502"),
  waterOut: at("TI-503"),
  draft: at("PI-601"),
  duct: at("TI-602"),
  status: at("YS-901"),
  alarms: at("YS-902"),
  interlock: at("YS-903"),
  heartbeat: at("YC-905"),
  supervisor: at("YC-906"),
  orderSeq: at("YS-908"),
  orderResult: at("YS-909"),
  clock: at("KI-907"),
  mode: at("HS-910"),
  feeder: at("HS-911"),
  quench: at("HS-912"),
  tap: at("HS-913"),
  change: at("HS-914"),
  bypass: at("HS-916"),
  temperatureWorking: at("TIC-101.SPW"),
  currentWorking: at("IIC-202.SPW"),
  demand: at("IIC-202.OP"),
  feedWorking: at("FIC-303.SPW"),
  beamWorking: at("ZIC-403.SPW"),
};

/** Sets every tag of the cell's image from its program, at `now` (epoch ms). */
export function fillImage(plc: CellPlc, now: number): void {
  fillThermal(plc);
  fillElectric(plc);
  fillFeed(plc);
  fillMechanical(plc);
  fillSystem(plc, now);
  fillSetpoints(plc);
}

function fillThermal(plc: CellPlc): void {
  const { field, temperature } = plc;
  plc.set(T.bathTc, field.bathTc, temperature.immersedGood ? Quality.Good : Quality.Bad);
  plc.set(T.wallTc, field.wallTc);
  plc.set(T.pyrometer, field.pyrometer);
  plc.set(T.bottomShell, field.bottomShell.value);
  plc.set(T.sideShell, field.sideShell.value);
  plc.set(T.temperature, temperature.value, temperature.quality);
}

function fillElectric(plc: CellPlc): void {
  const { meters, field, anodeEffect } = plc;
  plc.set(T.volts, meters.mean);
  plc.set(T.voltsMin, meters.min);
  plc.set(T.voltsMax, meters.max);
  plc.set(T.noise, meters.noise);
  plc.set(T.amps, meters.amps);
  for (let k = 0; k < T.anodes.length; k++) plc.set(T.anodes[k] as number, meters.amps * (field.state.share[k] as number));
  plc.set(T.power, (meters.mean * meters.amps) / 1000);
  plc.set(T.energy, meters.kWh);
  plc.set(T.charge, meters.kAh);
  plc.set(T.resistance, Math.max(0, meters.resistance));
  plc.set(T.slope, meters.slope);
  plc.set(T.risk, anodeEffect.risk);
  plc.set(T.effect, anodeEffect.seen ? 1 : 0);
  plc.set(T.effectToday, plc.effectToday);
}

function fillFeed(plc: CellPlc): void {
  const { feeder, field, dose } = plc;
  const { dosing } = feeder;
  const { account } = dose;
  plc.set(T.oxide, plc.oxide.value);
  plc.set(T.weight, Math.max(0, field.weight));
  plc.set(T.rate, feeder.rate);
  plc.set(T.fed, feeder.total);
  plc.set(T.shots, dosing.shots);
  plc.set(T.interval, dosing.interval);
  plc.set(T.inferred, account.inferred);
  plc.set(T.share, account.share);
  plc.set(T.screw, dosing.order === "stop" ? 0 : dosing.speed);
  plc.set(T.motor, feeder.motorPeak);
}

function fillMechanical(plc: CellPlc): void {
  const { field, crew } = plc;
  const { state, input } = field;
  plc.set(T.level, immersion(state) * 1000);
  plc.set(T.metal, state.metal);
  plc.set(T.beam, BEAM_HOME + input.beam * 1000);
  plc.set(T.receiver, crew.tapped);
  plc.set(T.flow, field.flow.value);
  plc.set(T.waterIn, input.coolingIn);
  plc.set(T.waterOut, plc.waterOut);
  plc.set(T.draft, field.draft.value);
  plc.set(T.duct, field.duct.value);
}

function fillSystem(plc: CellPlc, now: number): void {
  const { protection, supervision, handshake, feeder, anodeEffect, crew } = plc;
  plc.set(T.status, status(plc));
  plc.set(T.alarms, alarms(plc));
  plc.set(T.interlock, protection.interlocks.firstOut);
  plc.set(T.heartbeat, plc.heartbeat);
  plc.set(T.supervisor, supervision.beat);
  plc.set(T.orderSeq, handshake.seq);
  plc.set(T.orderResult, handshake.result);
  plc.set(T.clock, now);
  plc.set(T.mode, MODES.indexOf(plc.mode));
  plc.set(T.feeder, feeder.stopped ? 0 : 1);
  plc.set(T.quench, anodeEffect.quenching ? 1 : 0);
  plc.set(T.tap, crew.tapping ? 1 : 0);
  plc.set(T.change, crew.anode);
  plc.set(T.bypass, Math.ceil(protection.interlocks.bypass / 60));
}

/** YS-901. */
function status(plc: CellPlc): number {
  const { anodeEffect, crew, feeder, protection, supervision, mode } = plc;
  const { interlocks } = protection;
  let bits = STATUS.ready;
  if (plc.powered) bits |= STATUS.powerOn | (mode === "OFF" ? 0 : STATUS.run);
  if (mode === "CASCADE") bits |= STATUS.remote;
  if (plc.feeding) bits |= STATUS.feederRun;
  if (crew.tapping) bits |= STATUS.tapping;
  if (crew.changing) bits |= STATUS.anodeChange;
  if (anodeEffect.active) bits |= STATUS.anodeEffect;
  if (anodeEffect.quenching) bits |= STATUS.quench;
  if (tripped(interlocks)) bits |= STATUS.interlock;
  if (interlocks.bypass > 0) bits |= STATUS.bypass;
  if (!plc.temperature.immersedGood) bits |= STATUS.sensorFault;
  if (supervision.alone || supervision.local) bits |= STATUS.commFallback;
  if (feeder.refilling) bits |= STATUS.hopperFill;
  if (protection.stopped) bits |= STATUS.localStop;
  return statusWord(bits, mode, phase(plc));
}

function phase(plc: CellPlc): Phase {
  const { anodeEffect, crew, protection } = plc;
  if (plc.mode === "OFF" || powerOff(protection.interlocks)) return "COOLDOWN";
  if (anodeEffect.active) return "AE";
  if (anodeEffect.quench.state === "standby") return "STANDBY";
  if (crew.tapping) return "TAP";
  return crew.changing ? "ANODE_CHANGE" : "RUN";
}

/** YS-902. */
function alarms({ feeder, temperature, supervision, anodeEffect }: CellPlc): number {
  const { dosing } = feeder;
  let bits = 0;
  if (dosing.fault === "jam") bits |= ALARM_WORD.feedJam;
  if (dosing.fault === "bridge") bits |= ALARM_WORD.feedBridge;
  if (!temperature.immersedGood) bits |= ALARM_WORD.sensorBad;
  if (feeder.low) bits |= ALARM_WORD.hopperLow;
  if (supervision.presence === "late") bits |= ALARM_WORD.heartbeatLate;
  if (anodeEffect.quench.state === "standby") bits |= ALARM_WORD.effectStandby;
  if (feeder.full) bits |= ALARM_WORD.feedCap;
  return bits;
}

function fillSetpoints(plc: CellPlc): void {
  const { setpoints } = plc;
  for (const entry of setpoints.list) plc.setOwn(entry.index, entry.target);
  plc.setOwn(T.temperatureWorking, setpoints.temperature.working.value);
  plc.setOwn(T.currentWorking, setpoints.current.working.value);
  plc.setOwn(T.demand, plc.demand);
  plc.setOwn(T.feedWorking, setpoints.feed.working.value);
  plc.setOwn(T.beamWorking, setpoints.beam.working.value);
}
