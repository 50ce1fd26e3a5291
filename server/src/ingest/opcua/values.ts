/** OPC UA values as the pipe wants them: numbers, source times, quality. Pure; shaped after node-opcua, but free of it. */
import { Quality } from "@cellhouse/shared";

/** What of a DataValue matters here. */
export interface WireValue {
  value: { value?: unknown };
  statusCode: { value: number };
  sourceTimestamp?: Date | null;
  serverTimestamp?: Date | null;
}

/** Severity is the two highest bits of a status code (OPC 10000-4, 7.38): good, uncertain, bad. */
export function qualityOf(status: number): Quality {
  const severity = status >>> 30;
  if (severity === 0) return Quality.Good;
  return severity === 1 ? Quality.Uncertain : Quality.Bad;
}

/** Info bits of a DataValue with the overflow bit: the server's queue was full and lost samples (OPC 10000-4, 7.38). */
export function hasOverflow(status: number): boolean {
  return (status & 0x480) === 0x480;
}

/** The PLC behind the server does not answer: BadCommunicationError, BadNotConnected, BadNoCommunication. */
export function isUnreachable(status: number): boolean {
  const code = status >>> 16;
  return code === 0x8005 || code === 0x808a || code === 0x8031;
}

/** NaN for whatever is no number: texts, arrays, structures, nothing. A 64-bit integer is a pair of halves in node-opcua. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value) && value.length === 2) return Number(value[0]) * 0x1_0000_0000 + Number(value[1]);
  return Number.NaN;
}

/** Source time, else server time, else NaN, epoch ms. */
export function timeOf(value: WireValue): number {
  return (value.sourceTimestamp ?? value.serverTimestamp)?.getTime() ?? Number.NaN;
}
