/** The process: cell model and sensor models, pure; simulator, twin and what-if use the same. */
export * from "./calibrate.ts";
export * from "./noise.ts";
export * from "./params.ts";
export * from "./sensors.ts";
export * from "./state.ts";
export * from "./step.ts";
