/** Every screen by axe, by day. */
import { accessible } from "./accessible.ts";

accessible("light");
