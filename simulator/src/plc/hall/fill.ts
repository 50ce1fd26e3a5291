/** What each tag of a line shows: from its plant into the image, through its instruments. */
import { gauss } from "@cellhouse/shared/process";
import { lineIndex as at } from "../image.ts";
import type { LinePlc } from "../line.ts";

const T = {
  amps: at("II-001"),
  volts: at("EI-002"),
  power: at("JI-003"),
  factor: at("XI-004"),
  acPower: at("JI-005"),
  rectifier: at("TI-006"),
  conductivity: at("AI-007"),
  tap: at("ZI-008"),
  trip: at("YS-009"),
  demand: at("JI-010"),
  energy: at("JQ-011"),
  effects: at("NQ-209"),
  silo: at("WI-311"),
  lot: at("NI-312"),
  conveyor: at("YS-313"),
  waterFlow: at("FI-511"),
  waterPressure: at("PI-512"),
  waterIn: at("TI-513"),
  waterOut: at("TI-514"),
  pump: at("YS-515"),
  tank: at("LI-516"),
  fan: at("YS-611"),
  hertz: at("SI-612"),
  gasFlow: at("FI-613"),
  gasTemperature: at("TI-614"),
  draft: at("PI-615"),
  drop: at("PDI-616"),
  hf: at("AI-617"),
  co: at("AI-618"),
  co2: at("AI-619"),
  cf4: at("AI-620"),
  c2f6: at("AI-621"),
  dust: at("AI-622"),
  hallCo: at("AI-701"),
  dew: at("AI-702"),
};

/** Noise of the instruments: share of the reading, and of a thermometer, K. */
const NOISE = 0.003;
const NOISE_K = 0.1;

/** Sets every tag of the line's image. */
export function fillLine(plc: LinePlc): void {
  fillElectric(plc);
  fillRectifier(plc);
  fillOxide(plc);
  fillWater(plc);
  fillGas(plc);
}

function noisy(plc: LinePlc, value: number): number {
  return value * (1 + NOISE * gauss(plc.rng));
}

/** The sums of what the cells' own meters show. */
function fillElectric(plc: LinePlc): void {
  const { cells, supply } = plc;
  let amps = 0;
  let sum = 0;
  let highest = 0;
  let power = 0;
  for (const { meters } of cells) {
    amps += meters.amps;
    sum += meters.mean;
    power += (meters.mean * meters.amps) / 1000;
    if (meters.mean > highest) highest = meters.mean;
  }
  plc.set(T.amps, (supply === undefined ? amps : amps / cells.length) / 1000);
  plc.set(T.volts, supply === undefined ? highest : sum);
  plc.set(T.power, power);
  plc.set(T.effects, plc.effectsToday);
}

function fillRectifier(plc: LinePlc): void {
  const { rectifier } = plc;
  plc.set(T.factor, Math.min(1, noisy(plc, rectifier.factor)));
  plc.set(T.acPower, noisy(plc, rectifier.power));
  plc.set(T.rectifier, rectifier.temperature + NOISE_K * gauss(plc.rng));
  plc.set(T.conductivity, noisy(plc, rectifier.conductivity));
  plc.set(T.tap, rectifier.tap);
  plc.set(T.trip, rectifier.code);
  plc.set(T.demand, rectifier.demand);
  plc.set(T.energy, rectifier.kWh);
}

function fillOxide(plc: LinePlc): void {
  plc.set(T.silo, plc.silo.weight);
  plc.set(T.lot, plc.silo.lot);
  plc.set(T.conveyor, plc.conveyor.running ? 1 : 0);
}

function fillWater(plc: LinePlc): void {
  const { cooling, rng } = plc;
  plc.set(T.waterFlow, noisy(plc, 3.6 * cooling.flow));
  plc.set(T.waterPressure, noisy(plc, cooling.pressure));
  plc.set(T.waterIn, cooling.supply + NOISE_K * gauss(rng));
  plc.set(T.waterOut, cooling.back + NOISE_K * gauss(rng));
  plc.set(T.pump, cooling.running ? 1 : 0);
  plc.set(T.tank, cooling.level);
}

function fillGas(plc: LinePlc): void {
  const { offGas, air, rng } = plc;
  const { gases } = offGas;
  plc.set(T.fan, offGas.running ? 1 : 0);
  plc.set(T.hertz, offGas.hertz);
  plc.set(T.gasFlow, noisy(plc, offGas.flow));
  plc.set(T.gasTemperature, offGas.temperature + NOISE_K * gauss(rng));
  plc.set(T.draft, noisy(plc, offGas.draft));
  plc.set(T.drop, noisy(plc, offGas.drop));
  plc.set(T.hf, gases.hf);
  plc.set(T.co, gases.co);
  plc.set(T.co2, gases.co2);
  plc.set(T.cf4, gases.cf4);
  plc.set(T.c2f6, gases.c2f6);
  plc.set(T.dust, noisy(plc, offGas.dust));
  plc.set(T.hallCo, noisy(plc, air.co));
  plc.set(T.dew, air.dew);
}
