/** Times as foreign files write them. */
import { Zone } from "./zones.ts";

/** Epoch ms of a text; undefined where it is no time. */
type ReadStamp = (text: string) => number | undefined;

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d\d(?::?\d\d)?)?$/;
const NUMBER = /^-?\d{1,16}(?:\.\d{1,9})?$/;
const TOKENS = ["yyyy", "MM", "dd", "HH", "mm", "ss", "SSS"] as const;
type Token = (typeof TOKENS)[number];

/** Throws an Error that says what is wrong with the format or the zone. */
export function stampReader({ format, zone: name = "UTC" }: { format: string; zone?: string | undefined }): ReadStamp {
  const zone = zoneOf(name);
  if (format === "epoch-ms") return (text) => (NUMBER.test(text) ? Math.round(Number(text)) : undefined);
  if (format === "epoch-s") return (text) => (NUMBER.test(text) ? Math.round(Number(text) * 1000) : undefined);
  if (format === "iso") return (text) => isoTime(text, zone);
  return patternReader(format, zone);
}

function zoneOf(name: string): Zone {
  try {
    return new Zone(name);
  } catch {
    throw new Error(`zone: ${name} is no IANA time zone`);
  }
}

function isoTime(text: string, zone: Zone): number | undefined {
  const [, year, month, day, hour, minute, second = "0", fraction = "0", offset] = ISO.exec(text) ?? [];
  if (year === undefined) return undefined;
  const ms = Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
  const local = utcOf([year, month, day, hour, minute, second].map(Number), ms);
  if (local === undefined) return undefined;
  return offset === undefined ? zone.utc(local) : local - offsetMs(offset);
}

function offsetMs(text: string): number {
  if (text === "Z") return 0;
  const [, sign, hours, minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(text) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** Undefined for a date that no calendar has. */
function utcOf([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[], ms: number): number | undefined {
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const back = new Date(time);
  const same = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return same ? time : undefined;
}

function patternReader(format: string, zone: Zone): ReadStamp {
  const order: Token[] = [];
  const source = format.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/yyyy|MM|dd|HH|mm|ss|SSS/g, (token) => {
    order.push(token as Token);
    return `(\\d{${token.length}})`;
  });
  const missing = (["yyyy", "MM", "dd"] as const).filter((token) => !order.includes(token));
  if (missing.length > 0 || new Set(order).size < order.length)
    throw new Error(`format: ${format} is neither iso, epoch-ms, epoch-s nor a pattern with each of yyyy MM dd (HH mm ss SSS) once`);
  const pattern = new RegExp(`^${source}$`);
  return (text) => {
    const found = pattern.exec(text);
    if (found === null) return undefined;
    const part = (token: Token): number => Number(found[order.indexOf(token) + 1] ?? 0);
    const of = (token: Token): number => (order.includes(token) ? part(token) : 0);
    const local = utcOf([of("yyyy"), of("MM"), of("dd"), of("HH"), of("mm"), of("ss")], of("SSS"));
    return local === undefined ? undefined : zone.utc(local);
  };
}
