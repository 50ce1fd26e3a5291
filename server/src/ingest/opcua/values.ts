/** What OPC UA status codes say of a value (OPC 10000-4, 7.38). Pure. */
import { Quality } from "@cellhouse/shared";
import type { Samples } from "./decode.ts";

/** UncertainNoCommunicationLastUsableValue: the server shows what it had before its PLC fell silent. */
const LAST_BEFORE_SILENCE = 0x408f;

/** Severity is the two highest bits of a status code: good, uncertain, bad. What a silent PLC said last is Stale. */
export function qualityOf(status: number): Quality {
  if (status === 0) return Quality.Good;
  const severity = status >>> 30;
  if (severity === 0) return Quality.Good;
  if (severity > 1) return Quality.Bad;
  return status >>> 16 === LAST_BEFORE_SILENCE ? Quality.Stale : Quality.Uncertain;
}

/** Info bits of a DataValue with the overflow bit: the server's queue was full and lost samples. */
export function hasOverflow(status: number): boolean {
  return (status & 0x480) === 0x480;
}

/** The PLC behind the server does not answer: BadCommunicationError, BadNotConnected, BadNoCommunication, or a last value from before. */
export function isUnreachable(status: number): boolean {
  const code = status >>> 16;
  return code === 0x8005 || code === 0x808a || code === 0x8031 || code === LAST_BEFORE_SILENCE;
}

/** One value as an engineer reads it raw: value, status code, source time. */
export function sampleText({ value, status, time }: Samples, i: number): string {
  const at = time[i] as number;
  return JSON.stringify({
    value: String(value[i]),
    status: `0x${(status[i] as number).toString(16).padStart(8, "0")}`,
    time: Number.isNaN(at) ? null : new Date(at).toISOString(),
  });
}
