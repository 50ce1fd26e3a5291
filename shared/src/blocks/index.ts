/** The control blocks, pure: PLC program and supervisor use the same. */
export * from "./demand-feed.ts";
export * from "./dose-account.ts";
export * from "./dosing.ts";
export * from "./effect.ts";
export * from "./faraday.ts";
export * from "./feed-cap.ts";
export * from "./interlocks.ts";
export * from "./limit.ts";
export * from "./mode.ts";
export * from "./prevention.ts";
export * from "./quench.ts";
export * from "./temperature.ts";
export * from "./watchdog.ts";
