/** Every screen by axe, at night. */
import { accessible } from "./accessible.ts";

accessible("dark");
