/** The OPC UA driver: a client of every server that has opcua lines of the plant. */
import { type Line, type Link, OK, refuse, type Tag, type Verdict } from "@cellhouse/shared";
import type { CertificateService, Driver, FaultOrder, FieldWrite, PipeInput } from "../../contracts.ts";
import type { DriverDeps } from "../driver.ts";
import { CertificateStore } from "./certificate-store.ts";
import { Debts } from "./debts.ts";
import { ServerLink } from "./server-link.ts";
import type { Settings } from "./settings.ts";

export { schema } from "./settings.ts";

class OpcuaDriver implements Driver {
  readonly #deps: DriverDeps;
  readonly #servers: readonly ServerLink[];
  readonly #trust: CertificateStore;
  readonly certificates: CertificateService = {
    list: () => this.#trust.list().map((one) => ({ ...one, links: this.#linksOf(one.thumbprint) })),
    trust: (thumbprint) => this.#decide(thumbprint, "trusted"),
    reject: (thumbprint) => this.#decide(thumbprint, "rejected"),
  };

  constructor(settings: Settings, deps: DriverDeps) {
    this.#deps = deps;
    this.#trust = new CertificateStore(settings.pkiFolder);
    const lines = deps.plant.lines.filter((line) => line.description.protocol === "opcua");
    // Who comes to the same server under another name comes with a connection of its own.
    const groups = Map.groupBy(lines, ({ description: { opcua } }) =>
      [opcua?.url ?? settings.url, opcua?.user, opcua?.passwordFile].join("\n"),
    );
    const debts = new Debts(settings.owedFile);
    this.#servers = [...groups.values()].map((own) => new ServerLink({ lines: own, settings, deps, debts }));
  }

  async start(input: PipeInput): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.start(input)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  links(): Link[] {
    return this.#servers.flatMap((server) => server.links());
  }

  async write(write: FieldWrite): Promise<Verdict> {
    const tag = this.#deps.plant.tags[write.tag];
    if (tag === undefined) return refuse("E_TAG_UNKNOWN", `tag ${write.tag}`);
    return this.#server(tag.line)?.write(write, tag) ?? noServer(tag);
  }

  async fault(order: FaultOrder): Promise<Verdict> {
    const cell = this.#deps.plant.cell(order.cell);
    const server = cell && this.#server(cell.line.id);
    return (server && cell && (await server.fault(order, cell))) ?? refuse("E_FAULT_KIND", `cell: no OPC UA cell ${order.cell}`);
  }

  #server(line: Line["id"]): ServerLink | undefined {
    return this.#servers.find((server) => server.lines.some(({ id }) => id === line));
  }

  #linksOf(thumbprint: string): string[] {
    return this.#servers.filter((server) => server.thumbprint === thumbprint).flatMap((server) => server.links().map((link) => link.id));
  }

  /** A link that waits for trust tries again by itself; one whose server is rejected is broken. */
  #decide(thumbprint: string, state: "trusted" | "rejected"): Verdict {
    if (!this.#trust.move(thumbprint, state)) return refuse("E_NOT_FOUND", `certificate ${thumbprint}`);
    if (state === "rejected")
      for (const server of this.#servers) if (server.thumbprint === thumbprint) server.drop("its certificate was rejected");
    return OK;
  }
}

function noServer(tag: Tag): Verdict {
  return refuse("E_LINK_DOWN", `${tag.path}: its line is not an OPC UA line`);
}

export function create(settings: Settings, deps: DriverDeps): Driver {
  return new OpcuaDriver(settings, deps);
}
