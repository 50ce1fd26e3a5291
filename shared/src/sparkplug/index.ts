/** Sparkplug B as edge and host speak it: topics and payloads. */
export * from "./payload.ts";
export { Reader } from "./protobuf.ts";
export * from "./topic.ts";
