/** A listener that cannot listen, in words. */
import { Fault } from "@cellhouse/shared";

/** The fault for an error of `listen`: `E_PORT_TAKEN`, or `E_OPTION` where the address or port is not ours to use. Anything else is returned as it is. */
export function listenFault(option: string, { host, port }: { host: string; port: number }, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException;
  const said = code ?? /E[A-Z]{5,}/.exec(String(message))?.[0];
  if (said === "EADDRINUSE") return new Fault("E_PORT_TAKEN", `${option} ${host}:${port}`, { cause });
  if (said === "EADDRNOTAVAIL" || said === "ENOTFOUND")
    return new Fault("E_OPTION", `--host ${host}: not an address of this machine`, { cause });
  if (said === "EACCES") return new Fault("E_OPTION", `${option} ${port}: this user may not listen there`, { cause });
  return cause;
}
