/**
 * The one catalogue of codes: what happened, whether trying again can help, what the person should do.
 * Match on `code`, never on a message. `status` is the HTTP status of the problem document.
 */
export interface FaultEntry {
  readonly status: number;
  readonly retry: boolean;
  readonly message: string;
  readonly remedy: string;
}

const entry = (status: number, retry: boolean, message: string, remedy: string): FaultEntry => ({ status, retry, message, remedy });

export const FAULTS = {
  E_SIGN_IN: entry(401, false, "Name or password is wrong, or the link is used or expired", "Check both, or start again for a new link"),
  E_AUTH: entry(401, false, "Not signed in", "Sign in"),
  E_ROLE: entry(403, false, "Your role or area does not allow this", "Ask someone whose role does"),
  E_ORIGIN: entry(403, false, "The request comes from another site", "Open the page from this server's own address"),
  E_RATE: entry(429, true, "Too many attempts", "Wait the time named and try again"),
  E_NOT_FOUND: entry(404, false, "There is no such thing here", "Check the name or id"),
  E_TAG_UNKNOWN: entry(404, false, "No such tag", "Check the path: SITE.AREA.LINE.CELL:TAG"),
  E_QUERY: entry(422, false, "A field of the request is wrong", "Correct the field named"),
  E_TOO_LARGE: entry(413, false, "The request is larger than allowed", "Ask for less at once"),
  E_SETPOINT_RANGE: entry(422, false, "The value is outside the allowed range", "Choose a value inside the range named"),
  E_NOT_WRITABLE: entry(422, false, "This tag cannot be written", "Write a setpoint (.SP), a parameter or the mode"),
  E_MODE: entry(
    409,
    false,
    "The cell's mode does not allow this write",
    "Take the cell to AUTO or MAN first; in CASCADE the controller writes",
  ),
  E_NOT_FRESH: entry(409, true, "The value on which this was decided has changed or is not live", "Look again, then repeat"),
  E_LEASE: entry(409, true, "Someone else is writing to this cell", "Wait for their command to end"),
  E_LINK_DOWN: entry(503, true, "The link to the cell is down", "Restore the link named; nothing was sent"),
  E_FIELD_REFUSED: entry(502, false, "The PLC refused the write", "Read the reason the PLC gave"),
  E_READ_BACK: entry(504, true, "The PLC did not confirm the value in time", "Check the cell; the value may or may not have been taken"),
  E_SUPERSEDED: entry(409, false, "A newer command for the same tag was sent", "Nothing: the newer one counts"),
  E_OCCURRENCE: entry(409, false, "The alarm has moved on since it was shown", "Look at the current occurrence"),
  E_ORDER_OLD: entry(
    504,
    true,
    "The order reached the PLC more than 10 s after it was given",
    "Check the clocks and the link, then repeat",
  ),
  E_ORDER_REPEATED: entry(409, false, "The PLC has had this order already", "Nothing: it was carried out once"),
  E_ORDER_TOKEN: entry(409, false, "Another server has taken over this hall", "Write from the server that owns the hall now"),
  E_INTERLOCK: entry(409, true, "An interlock of the PLC stands against it", "Remove the cause the interlock names, then reset it"),
  E_REPLAY_READ_ONLY: entry(409, false, "A replay has no door to the plant", "Leave the replay to send commands"),
  E_REPLAY_RANGE: entry(422, false, "Nothing is recorded in that span", "Choose a span inside the recording"),
  E_HISTORIAN: entry(503, true, "The historian does not answer", "Check its address and that it runs; samples wait in the recorder"),
  E_FAULT_KIND: entry(422, false, "No such fault, or its arguments are wrong", "Use one of the kinds listed"),
  E_PLANT_FILE: entry(500, false, "The plant file is wrong", "Correct the field named"),
  E_OPTION: entry(500, false, "An option is wrong", "Correct the option named; --help lists all"),
  E_PORT_TAKEN: entry(500, true, "The port is taken", "Stop the other program or choose another port"),
  E_DATA_FOLDER: entry(500, true, "The data folder cannot be used", "Check that it is writable and no other server uses it"),
  E_DISK_FULL: entry(507, true, "The disk is full", "Free space; recording resumes by itself, what was refused can be done again"),
  E_BACKUP: entry(
    500,
    false,
    "The backup is damaged, incomplete or not one",
    "Use another backup; npm run backup -- verify names what is wrong",
  ),
  E_BROKER: entry(503, true, "The broker does not answer", "Check its address, user and password"),
  E_INTERNAL: entry(500, false, "Something went wrong on our side", "Report the id in the log"),
} as const satisfies Record<string, FaultEntry>;

export type FaultCode = keyof typeof FAULTS;

/** A fault with its code; thrown at the edges, turned into a problem document or one clear line. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly detail: string;

  constructor(code: FaultCode, detail: string, options?: { cause?: unknown }) {
    super(`${code}: ${FAULTS[code].message}: ${detail}. ${FAULTS[code].remedy}.`, options);
    this.name = "Fault";
    this.code = code;
    this.detail = detail;
  }
}

/** RFC 9457. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: FaultCode;
  remedy: string;
}

/** The problem document of a code. */
export function problem(code: FaultCode, detail: string): Problem {
  const { status, message, remedy } = FAULTS[code];
  return { type: `urn:cellhouse:fault:${code}`, title: message, status, detail, code, remedy };
}
