import type { UnitName } from "./units.ts";

/** Dense index into every column. Made when the plant is read; lives only in memory: files, history and the wire's first message use `Tag.path`. */
export type TagId = number;

export type TagKind = "analog" | "total" | "digital" | "word" | "event";
/** How the PLC holds it; decides the Sparkplug and OPC UA data type. */
export type TagType = "f32" | "f64" | "u32" | "bool" | "ms";

/** One row of the PLC's tag list (ISA-5.1 letters, loop hundreds), the same for every cell. */
export interface TagDefinition {
  /** `TI-101`, or with an attribute `TIC-101.SP`. */
  readonly name: string;
  readonly description: string;
  readonly unit: UnitName;
  readonly type: TagType;
  readonly kind: TagKind;
  /** Physical range; a value outside it is Bad, never an average. */
  readonly range: readonly [low: number, high: number];
  /** Scan and publishing period of the PLC, ms; 0: on change. */
  readonly scanMs: number;
  /** Absolute deadband of report by exception. */
  readonly deadband: number;
  readonly access: "r" | "rw" | "w";
  /** Decimals a screen shows. */
  readonly decimals: number;
  /** Largest change per second the PLC lets the working setpoint make. */
  readonly ramp?: number;
}

/** A definition in its place: one signal of one cell or line. */
export interface Tag {
  readonly id: TagId;
  /** `SITE.AREA.LINE.CELL:TAG[.ATTR]`, for lines `SITE.AREA.LINE:TAG`. */
  readonly path: string;
  /** `C042`, or the line's id for a line tag. */
  readonly owner: string;
  readonly line: string;
  readonly definition: TagDefinition;
}

type Extra = Partial<Pick<TagDefinition, "access" | "ramp" | "kind" | "type" | "decimals">>;

function row(
  name: string,
  description: string,
  unit: UnitName,
  range: readonly [number, number],
  scanMs: number,
  deadband: number,
  extra: Extra = {},
): TagDefinition {
  return { name, description, unit, range, scanMs, deadband, type: "f32", kind: "analog", access: "r", decimals: 1, ...extra };
}

const u32 = [0, 0xffffffff] as const;
const big = [0, 1e12] as const;
const total = { kind: "total", type: "f64" } as const;
const word = { kind: "word", type: "u32", decimals: 0 } as const;
const rw = { access: "rw" } as const;
const ready = 0; // parameters are published when they change

/** The points of one electrolyser's PLC. */
export const CELL_TAGS: readonly TagDefinition[] = [
  row("TI-101", "Bath temperature, immersed thermocouple", "celsius", [600, 1300], 1000, 0.5),
  row("TI-102", "Crucible wall temperature", "celsius", [0, 1300], 5000, 1),
  row("TI-103", "Bath temperature, infrared pyrometer", "celsius", [700, 1400], 1000, 1),
  row("TI-104A", "Bottom shell temperature", "celsius", [0, 600], 5000, 2),
  row("TI-104B", "Side shell temperature", "celsius", [0, 600], 5000, 2),
  row("TY-100", "Bath temperature, fused", "celsius", [600, 1300], 1000, 0.5),
  row("EI-201", "Cell voltage, mean", "volt", [0, 50], 1000, 0.02, { decimals: 2 }),
  row("EI-201.MIN", "Cell voltage, minimum of the scan", "volt", [0, 50], 1000, 0.02, { decimals: 2 }),
  row("EI-201.MAX", "Cell voltage, maximum of the scan", "volt", [0, 50], 1000, 0.02, { decimals: 2 }),
  row("EI-201N", "Cell voltage noise, 1 min rms", "millivolt", [0, 2000], 10_000, 5, { decimals: 0 }),
  row("II-202", "Cell current", "ampere", [0, 40_000], 1000, 10, { decimals: 0 }),
  row("II-203A", "Anode current A", "ampere", [0, 10_000], 5000, 20, { decimals: 0 }),
  row("II-203B", "Anode current B", "ampere", [0, 10_000], 5000, 20, { decimals: 0 }),
  row("II-203C", "Anode current C", "ampere", [0, 10_000], 5000, 20, { decimals: 0 }),
  row("II-203D", "Anode current D", "ampere", [0, 10_000], 5000, 20, { decimals: 0 }),
  row("JI-204", "DC power", "kilowatt", [0, 1000], 5000, 0.2),
  row("JQ-205", "DC energy", "kilowattHour", big, 60_000, 0, { ...total, decimals: 0 }),
  row("IQ-206", "Charge", "kiloampereHour", big, 60_000, 0, { ...total, decimals: 1 }),
  row("XI-207", "Pseudo-resistance, temperature compensated", "microohm", [0, 6000], 10_000, 1, { decimals: 0 }),
  row("XI-208", "Slope of the pseudo-resistance", "microohmPerMinute", [-50, 200], 60_000, 0.05, { decimals: 2 }),
  row("XI-209", "Anode-effect risk", "one", [0, 1], 10_000, 0.02, { decimals: 2 }),
  row("XS-209", "Anode effect active", "one", [0, 1], 10_000, 0, { kind: "digital", type: "bool", decimals: 0 }),
  row("XQ-209", "Anode-effect seconds today", "second", [0, 86_400], 10_000, 0, { kind: "total", decimals: 0 }),
  row("AY-301", "Dissolved oxide, estimated", "percent", [0, 6], 60_000, 0.05, { decimals: 2 }),
  row("WI-302", "Feed hopper weight", "kilogram", [0, 60], 1000, 0.02, { decimals: 2 }),
  row("FI-303", "Feed rate, loss in weight over 10 min", "kilogramPerHour", [0, 60], 10_000, 0.1, { decimals: 2 }),
  row("FQ-304", "Oxide fed, total", "kilogram", big, 60_000, 0, { ...total, decimals: 1 }),
  row("NQ-304", "Feeder shots, count", "one", u32, 60_000, 0, { ...word, kind: "total" }),
  row("KY-304", "Interval between feeder shots", "second", [0, 3600], 1000, 0.05, { decimals: 1 }),
  row("FY-303", "Feed rate, inferred from the resistance over 30 min", "kilogramPerHour", [0, 120], 60_000, 0.05, { decimals: 2 }),
  row("FFY-303", "Feed inferred over feed commanded", "one", [0, 2], 60_000, 0.01, { decimals: 2 }),
  row("SI-305", "Feeder screw speed", "rpm", [0, 120], 5000, 1, { decimals: 0 }),
  row("II-306", "Feeder motor current", "ampere", [0, 5], 5000, 0.05, { decimals: 2 }),
  row("LI-401", "Bath level", "millimetre", [0, 600], 60_000, 1, { decimals: 0 }),
  row("WY-402", "Metal in the cell, estimated", "kilogram", [0, 200], 60_000, 0.2),
  row("ZI-403", "Anode beam position", "millimetre", [0, 200], 5000, 0.5),
  row("WI-404", "Receiver weight at the tap", "kilogram", [0, 300], 0, 0, { kind: "event" }),
  row("FI-501", "Cooling water flow", "litrePerMinute", [0, 60], 5000, 0.3),
  row("TI-502", "Cooling water in", "celsius", [0, 90], 5000, 0.3),
  row("TI-503", "Cooling water out", "celsius", [0, 90], 5000, 0.3),
  row("PI-601", "Duct draft", "pascal", [-500, 0], 5000, 5, { decimals: 0 }),
  row("TI-602", "Duct temperature", "celsius", [0, 300], 5000, 1, { decimals: 0 }),
  row("YS-901", "Status word", "one", u32, 0, 0, word),
  row("YS-902", "Alarm word", "one", u32, 0, 0, word),
  row("YS-903", "Interlock first-out code", "one", u32, 0, 0, word),
  row("YC-905", "PLC heartbeat", "one", u32, 1000, 0, word),
  row("YC-906", "Supervisor heartbeat", "one", u32, 0, 0, { ...word, access: "w" }),
  row("YS-908", "Last order, sequence number", "one", u32, 0, 0, word),
  row("YS-909", "Last order, result code", "one", u32, 0, 0, word),
  row("KI-907", "PLC clock, UTC", "millisecond", [0, 1e14], 10_000, 0, { type: "ms", kind: "event", decimals: 0 }),
  row("HS-910", "Mode: 0 OFF, 1 MAN, 2 AUTO, 3 CASCADE", "one", [0, 3], 0, 0, { ...word, ...rw }),
  row("HS-911", "Feeder: 1 start, 0 stop", "one", [0, 1], 0, 0, { ...word, access: "w" }),
  row("HS-912", "Anode-effect quench: 1 begin", "one", [0, 1], 0, 0, { ...word, access: "w" }),
  row("HS-913", "Tap: 1 begin, 0 end", "one", [0, 1], 0, 0, { ...word, access: "w" }),
  row("HS-914", "Anode change: 1 to 4 begin at that anode, 0 end", "one", [0, 4], 0, 0, { ...word, access: "w" }),
  row("HS-915", "Interlock: 1 reset", "one", [0, 1], 0, 0, { ...word, access: "w" }),
  row("HS-916", "Bypass: minutes, 0 ends it", "one", [0, 60], 0, 0, { ...word, access: "w" }),
  row("TIC-101.SP", "Bath temperature setpoint", "celsius", [1000, 1090], ready, 0, { ...rw, ramp: 2 / 60 }),
  row("TIC-101.SPW", "Bath temperature working setpoint", "celsius", [600, 1300], ready, 0.05),
  row("IIC-202.SP", "Current setpoint", "ampere", [0, 7000], ready, 0, { ...rw, ramp: 20, decimals: 0 }),
  row("IIC-202.SPW", "Current working setpoint", "ampere", [0, 40_000], ready, 0.5, { decimals: 0 }),
  row("IIC-202.OP", "Rectifier demand", "ampere", [0, 40_000], 1000, 5, { decimals: 0 }),
  row("FIC-303.SP", "Feed rate setpoint", "kilogramPerHour", [0, 40], ready, 0, { ...rw, ramp: 5 / 60, decimals: 2 }),
  row("FIC-303.SPW", "Feed rate working setpoint", "kilogramPerHour", [0, 60], 1000, 0.005, { decimals: 2 }),
  row("FIC-303.SHOT", "Feeder shot size", "gram", [20, 200], ready, 0, { ...rw, decimals: 0 }),
  row("FIC-303.RBASE", "Base feed rate", "kilogramPerHour", [4, 16], ready, 0, { ...rw, decimals: 2 }),
  row("FIC-303.RU", "Underfeed ratio", "one", [0.5, 0.9], ready, 0, { ...rw, decimals: 2 }),
  row("FIC-303.RO", "Overfeed ratio", "one", [1.1, 1.6], ready, 0, { ...rw, decimals: 2 }),
  row("XIC-207.THR", "Slope threshold", "microohmPerMinute", [0.5, 5], ready, 0, { ...rw, decimals: 2 }),
  row("XIC-207.OXT", "Oxide target", "percent", [1.2, 3], ready, 0, { ...rw, decimals: 2 }),
  row("ZIC-403.SP", "Anode beam setpoint", "millimetre", [0, 200], ready, 0, { ...rw, ramp: 1 }),
  row("ZIC-403.SPW", "Anode beam working setpoint", "millimetre", [0, 200], ready, 0.05),
  row("EIC-210.V", "Anode-effect detection voltage", "volt", [12, 40], ready, 0, rw),
  row("EIC-210.QPCT", "Quench current", "percent", [20, 60], ready, 0, { ...rw, decimals: 0 }),
  row("EIC-210.HOLD", "Quench hold", "second", [10, 60], ready, 0, { ...rw, decimals: 0 }),
  row("EIC-210.RAMP", "Quench ramp", "second", [60, 600], ready, 0, { ...rw, decimals: 0 }),
  row("EIC-210.SHOT", "Quench shot", "kilogram", [0.5, 4], ready, 0, rw),
];

/** The points of one line: its rectifier (hundreds 0), oxide silo (3), cooling water (5), off-gas (6) and hall air (7). */
export const LINE_TAGS: readonly TagDefinition[] = [
  row("II-001", "Line current, sum of the cells or series current", "kiloampere", [0, 4200], 1000, 0.05, { decimals: 2 }),
  row("EI-002", "Line voltage (series supply: the sum; else the highest cell)", "volt", [0, 2000], 1000, 0.2),
  row("JI-003", "Line DC power", "kilowatt", [0, 45_000], 5000, 1, { decimals: 0 }),
  row("XI-004", "Power factor", "one", [0, 1], 5000, 0.002, { decimals: 3 }),
  row("JI-005", "Line AC power of the rectifier", "kilowatt", [0, 50_000], 5000, 1, { decimals: 0 }),
  row("TI-006", "Rectifier temperature, hottest semiconductor", "celsius", [0, 200], 5000, 0.5),
  row("AI-007", "Conductivity of the rectifier's deionised water", "microsiemensPerCentimetre", [0, 20], 10_000, 0.01, { decimals: 2 }),
  row("ZI-008", "Transformer tap position", "one", [1, 17], 0, 0, word),
  row("YS-009", "Rectifier trip code: 0 none, 1 ordered from outside, 2 temperature", "one", u32, 0, 0, word),
  row("JI-010", "Demand of the line, mean of 15 min", "kilowatt", [0, 50_000], 60_000, 1, { decimals: 0 }),
  row("JQ-011", "AC energy of the line", "kilowattHour", big, 60_000, 0, { ...total, decimals: 0 }),
  row("NQ-209", "Anode effects today, count", "one", u32, 10_000, 0, { ...word, kind: "total" }),
  row("WI-311", "Oxide silo weight", "kilogram", [0, 300_000], 10_000, 5, { decimals: 0 }),
  row("NI-312", "Oxide lot at the outlet of the silo, number", "one", u32, 0, 0, word),
  row("YS-313", "Oxide conveyor runs", "one", [0, 1], 0, 0, { kind: "digital", type: "bool", decimals: 0 }),
  row("FI-511", "Cooling water header, flow", "cubicMetrePerHour", [0, 500], 5000, 0.2),
  row("PI-512", "Cooling water header, pressure", "kilopascal", [0, 1000], 5000, 3, { decimals: 0 }),
  row("TI-513", "Cooling water header, temperature in", "celsius", [0, 90], 5000, 0.2),
  row("TI-514", "Cooling water header, temperature out", "celsius", [0, 90], 5000, 0.2),
  row("YS-515", "Cooling water pump runs", "one", [0, 1], 0, 0, { kind: "digital", type: "bool", decimals: 0 }),
  row("LI-516", "Cooling water tank level", "percent", [0, 100], 10_000, 0.5),
  row("YS-611", "Off-gas fan runs", "one", [0, 1], 0, 0, { kind: "digital", type: "bool", decimals: 0 }),
  row("SI-612", "Off-gas fan speed", "hertz", [0, 60], 5000, 0.1),
  row("FI-613", "Off-gas flow", "normalCubicMetrePerHour", [0, 2_000_000], 5000, 200, { decimals: 0 }),
  row("TI-614", "Off-gas temperature", "celsius", [0, 300], 5000, 1, { decimals: 0 }),
  row("PI-615", "Off-gas draft before the scrubber", "pascal", [-3000, 0], 5000, 5, { decimals: 0 }),
  row("PDI-616", "Pressure drop of the dry scrubber", "pascal", [0, 5000], 5000, 10, { decimals: 0 }),
  row("AI-617", "Hydrogen fluoride in the stack", "milligramPerCubicMetre", [0, 200], 60_000, 0.01, { decimals: 2 }),
  row("AI-618", "Carbon monoxide in the stack", "partsPerMillion", [0, 5000], 60_000, 0.5),
  row("AI-619", "Carbon dioxide in the stack", "partsPerMillion", [0, 50_000], 60_000, 5, { decimals: 0 }),
  row("AI-620", "Tetrafluoromethane (CF4) in the stack", "partsPerMillion", [0, 1000], 60_000, 0.005, { decimals: 3 }),
  row("AI-621", "Hexafluoroethane (C2F6) in the stack", "partsPerMillion", [0, 1000], 60_000, 0.001, { decimals: 3 }),
  row("AI-622", "Dust in the stack", "milligramPerCubicMetre", [0, 200], 10_000, 0.05, { decimals: 2 }),
  row("AI-701", "Carbon monoxide in the hall", "milligramPerCubicMetre", [0, 500], 5000, 0.2),
  row("AI-702", "Dew point in the hall", "celsius", [-40, 40], 60_000, 0.2),
];

/** Owner of what the server measures of itself. */
export const SYSTEM_ID = "SYS";

const count = { type: "u32", decimals: 0 } as const;

/** What the server says of its own work. Losses are those of the last 10 min, so that an alarm on them ends. */
export const SYSTEM_TAGS: readonly TagDefinition[] = [
  row("NQ-950", "Losses since the server started", "one", u32, 1000, 0, { ...word, kind: "total" }),
  row("NI-951", "Samples lost before they were recorded, last 10 min", "one", u32, 1000, 0, count),
  row("NI-952", "Samples lost between record and historian, last 10 min", "one", u32, 1000, 0, count),
  row("NI-953", "Losses on the way from the field, last 10 min", "one", u32, 1000, 0, count),
  row("NI-954", "Messages the broker dropped, last 10 min", "one", u32, 1000, 0, count),
  row("NI-955", "Links with a gap that stands", "one", u32, 1000, 0, count),
  row("YS-956", "Recorder cannot write", "one", [0, 1], 1000, 0, { kind: "digital", type: "bool", decimals: 0 }),
  row("NI-957", "Samples that wait for the historian", "one", u32, 10_000, 0, count),
  row("KI-958", "Historian behind the record, at the present rate", "second", [0, 1e7], 10_000, 0, { decimals: 0 }),
  row("KI-959", "Server late for its own second, worst of the last 10 s", "millisecond", [0, 1e7], 10_000, 0, { decimals: 0 }),
];

/** Bits of YS-901. `mode` is two bits wide and holds the code of HS-910, `phase` four bits and an index of `PHASES`. */
export const STATUS = {
  run: 1 << 0,
  remote: 1 << 1,
  ready: 1 << 2,
  powerOn: 1 << 3,
  feederRun: 1 << 4,
  tapping: 1 << 5,
  anodeChange: 1 << 6,
  anodeEffect: 1 << 7,
  quench: 1 << 8,
  interlock: 1 << 9,
  bypass: 1 << 10,
  maintenance: 1 << 11,
  sensorFault: 1 << 12,
  commFallback: 1 << 13,
  hopperFill: 1 << 14,
  localStop: 1 << 15,
} as const;
/** Bits of YS-902, the PLC's own alarm word. */
export const ALARM_WORD = {
  feedJam: 1 << 0,
  feedDrive: 1 << 1,
  feedBridge: 1 << 2,
  sensorBad: 1 << 3,
  hopperLow: 1 << 4,
  heartbeatLate: 1 << 5,
  effectStandby: 1 << 6,
  feedCap: 1 << 7,
} as const;

const MODE_SHIFT = 16;
const PHASE_SHIFT = 20;

export const MODES = ["OFF", "MAN", "AUTO", "CASCADE"] as const;
export type Mode = (typeof MODES)[number];
export const PHASES = ["OOS", "PREHEAT", "MELT_IN", "RUN", "TAP", "ANODE_CHANGE", "AE", "STANDBY", "COOLDOWN"] as const;
export type Phase = (typeof PHASES)[number];

/** Packs the status word of YS-901. */
export function statusWord(bits: number, mode: Mode, phase: Phase): number {
  return (bits | (MODES.indexOf(mode) << MODE_SHIFT) | (PHASES.indexOf(phase) << PHASE_SHIFT)) >>> 0;
}

/** Reads mode and phase out of YS-901. */
export function readStatus(word: number): { mode: Mode; phase: Phase } {
  return {
    mode: MODES[(word >>> MODE_SHIFT) & 0xf] ?? "OFF",
    phase: PHASES[(word >>> PHASE_SHIFT) & 0xf] ?? "OOS",
  };
}

/** `C042` of hall number 42. */
export function cellId(number: number): string {
  return `C${String(number).padStart(3, "0")}`;
}

/** The Sparkplug metric of a tag: `FIC-303.SP` is published as `FIC-303/SP`. */
export function metricName(tag: string): string {
  return tag.replace(".", "/");
}

/** The tag of a Sparkplug metric, the inverse of `metricName`. */
export function tagName(metric: string): string {
  return metric.replace("/", ".");
}
