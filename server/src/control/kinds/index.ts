/** The registry of controllers: one line per kind. A controller acts under the name `control:<key>`. */
import type { ControllerKind } from "./controller.ts";
import { faraday } from "./faraday.ts";
import { heartbeat } from "./heartbeat.ts";

export const CONTROLLERS = { faraday, heartbeat } as const satisfies Record<string, ControllerKind>;
