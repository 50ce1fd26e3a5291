/** The control blocks, pure: PLC program and supervisor use the same. */
export * from "./dosing.ts";
export * from "./faraday.ts";
export * from "./limit.ts";
export * from "./mode.ts";
