/** The server's HTTP door: JSON in, JSON out, every refusal a `Refusal` with its code. */
import { FAULTS, type FaultCode, type Problem } from "@cellhouse/shared";

/** An expected "no" of the server; `status` 0 when the server was not reached at all. */
export class Refusal extends Error {
  readonly code: FaultCode;
  readonly detail: string;
  readonly status: number;

  constructor(code: FaultCode, detail: string, status: number) {
    super(`${code}: ${detail}`);
    this.name = "Refusal";
    this.code = code;
    this.detail = detail;
    this.status = status;
  }
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface Api {
  /** A question given up by its signal rejects like one that did not reach the server. */
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  /** A `Blob` goes as the bytes it is, anything else as JSON. */
  send<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T>;
}

/** `onSignedOut` is called for every 401, whoever asked. */
export function createApi(onSignedOut: (refusal: Refusal) => void): Api {
  const send = async <T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> => {
    const reply = await reach(`/api/v1/${path}`, {
      method,
      credentials: "same-origin",
      ...(signal === undefined ? {} : { signal }),
      ...contentOf(body),
    });
    if (reply.ok) return (reply.status === 204 ? undefined : await reply.json()) as T;
    const refusal = await refusalOf(reply);
    if (reply.status === 401) onSignedOut(refusal);
    throw refusal;
  };
  return { get: (path, signal) => send("GET", path, undefined, signal), send };
}

function contentOf(body: unknown): RequestInit {
  if (body === undefined) return {};
  if (body instanceof Blob) return { headers: { "content-type": "application/octet-stream" }, body };
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new Refusal("E_LINK_DOWN", (cause as Error).message, 0);
  }
}

async function refusalOf(reply: Response): Promise<Refusal> {
  const body: unknown = await reply.json().catch(() => undefined);
  const { code, detail } = (body ?? {}) as Partial<Problem>;
  const known = code !== undefined && code in FAULTS ? code : "E_INTERNAL";
  return new Refusal(known, detail ?? `HTTP ${reply.status}`, reply.status);
}

/** `?a=1&b=2` of what is defined. */
export function query(values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).filter(([, v]) => v !== undefined && v !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString()}`;
}
