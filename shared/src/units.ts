/** Units by their UN/CEFACT code (OPC UA EUInformation.unitId), or -1 where no code exists. */
export interface Unit {
  /** What a person reads. */
  readonly symbol: string;
  /** UN/CEFACT common code, empty where there is none. */
  readonly code: string;
}

const unit = (symbol: string, code = ""): Unit => ({ symbol, code });

/** Source of the codes: OPC Foundation, UNECE_to_OPCUA.csv. */
export const UNITS = {
  celsius: unit("°C", "CEL"),
  volt: unit("V", "VLT"),
  millivolt: unit("mV", "2Z"),
  ampere: unit("A", "AMP"),
  kiloampere: unit("kA", "B22"),
  microohm: unit("µΩ", "B94"),
  microohmPerMinute: unit("µΩ/min"),
  kilowatt: unit("kW", "KWT"),
  kilowattHour: unit("kWh", "KWH"),
  kiloampereHour: unit("kAh", "TAH"),
  kilogram: unit("kg", "KGM"),
  gram: unit("g", "GRM"),
  kilogramPerHour: unit("kg/h", "E93"),
  percent: unit("%", "P1"),
  rpm: unit("r/min", "RPM"),
  millimetre: unit("mm", "MMT"),
  litrePerMinute: unit("l/min", "L2"),
  cubicMetrePerHour: unit("m³/h", "MQH"),
  normalCubicMetrePerHour: unit("Nm³/h", "Q40"),
  pascal: unit("Pa", "PAL"),
  kilopascal: unit("kPa", "KPA"),
  hertz: unit("Hz", "HTZ"),
  milligramPerCubicMetre: unit("mg/m³", "GP"),
  partsPerMillion: unit("ppm", "59"),
  microsiemensPerCentimetre: unit("µS/cm", "G42"),
  second: unit("s", "SEC"),
  millisecond: unit("ms", "C26"),
  one: unit("", "C62"),
} as const satisfies Record<string, Unit>;

export type UnitName = keyof typeof UNITS;

/** OPC UA EUInformation.unitId: the ASCII bytes of the code, big-endian ("CEL" -> 0x43454C); -1 without a code (OPC 10000-8, 5.6.3). */
export function unitId(unit: Unit): number {
  if (unit.code === "") return -1;
  let id = 0;
  for (const letter of unit.code) id = id * 256 + letter.charCodeAt(0);
  return id;
}
