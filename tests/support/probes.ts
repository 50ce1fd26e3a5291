/** How long a person waits while a hall is busy: for an alarm, and for a command to be proven by its read-back. */
import type { Alarm, Command } from "@cellhouse/shared";
import { io, type Socket } from "socket.io-client";
import type { Api, Started } from "./cellhouse.ts";
import { quantile } from "./measure.ts";
import { until } from "./processes.ts";

/** An anode effect: annunciated one second after the PLC says so, the shortest delay of a cell's alarms. */
const FAULT = "ae_forced";
const ALARM = "AE.ACTIVE";
const SETPOINT = "FIC-303.SP";
const AUTO = 2;
/** Half of the step between two setpoints, kg/h. */
const STEP = 0.1;

export interface Waits {
  /** ms each, sorted. */
  alarms: number[];
  commands: number[];
  /** What was asked for and did not come. */
  failed: string[];
}

export class Probes {
  readonly #engineer: Api;
  readonly #operator: Api;
  readonly #socket: Socket;
  readonly #commands = new Map<string, (command: Command) => void>();
  readonly #setpoints = new Map<string, number>();
  #waits: Waits = { alarms: [], commands: [], failed: [] };

  private constructor(engineer: Api, operator: Api, socket: Socket) {
    this.#engineer = engineer;
    this.#operator = operator;
    this.#socket = socket;
    socket.on("alarms", (message: { changes?: Alarm[] }) => {
      for (const { type, state, raised } of message.changes ?? [])
        if (type === ALARM && state === "UNACK" && raised !== null) this.#waits.alarms.push(Date.now() - raised);
    });
    socket.on("command", (command: Command) => {
      if (command.state !== "pending") this.#commands.get(command.id)?.(command);
    });
  }

  static async open(house: Started): Promise<Probes> {
    const [engineer, operator] = [await house.api("engineer"), await house.api("operator")];
    const socket = io(house.url, { extraHeaders: { cookie: operator.cookie, origin: house.url }, transports: ["websocket"] });
    await new Promise((resolve, reject) => socket.once("hello", resolve).once("connect_error", reject));
    return new Probes(engineer, operator, socket);
  }

  /** Makes a cell ready for setpoints by hand. */
  async prepare(cell: string): Promise<void> {
    const { status, body } = await this.#operator.send<Command>("POST", "commands", { tag: `${cell}:HS-910`, value: AUTO });
    if (status !== 202) throw new Error(`${cell} to AUTO: ${status}`);
    await until(`${cell} in AUTO`, async () => (await this.#operator.get<Command>(`commands/${body.id}`)).state === "verified", 20_000);
    const { values } = await this.#operator.get<{ values: { value: number }[] }>(`values?tags=${cell}:${SETPOINT}`);
    this.#setpoints.set(cell, (values[0]?.value ?? Number.NaN) - STEP);
  }

  /** One setpoint, from the press to the verdict. */
  async command(cell: string): Promise<void> {
    const base = this.#setpoints.get(cell) as number;
    const begun = Date.now();
    const value = base + (this.#waits.commands.length % 2 === 0 ? STEP : -STEP);
    const { status, body } = await this.#operator.send<Command>("POST", "commands", { tag: `${cell}:${SETPOINT}`, value });
    if (status !== 202) return void this.#waits.failed.push(`${cell}: ${status}`);
    const ended = await this.#ended(body.id);
    if (ended?.state === "verified") this.#waits.commands.push(Date.now() - begun);
    else this.#waits.failed.push(`${cell}: ${ended?.state ?? "no verdict"} ${ended?.reason ?? ""}`);
  }

  /** Lets a cell raise its alarm; it counts when it comes. */
  async alarm(cell: string): Promise<void> {
    const { status } = await this.#engineer.send("POST", "faults", { kind: FAULT, cell, seconds: 5 });
    if (status !== 201) this.#waits.failed.push(`${cell}: ${FAULT} ${status}`);
  }

  /** What was waited since the last call. */
  take(): Waits {
    const { alarms, commands, failed } = this.#waits;
    this.#waits = { alarms: [], commands: [], failed: [] };
    return { alarms: alarms.sort((a, b) => a - b), commands: commands.sort((a, b) => a - b), failed };
  }

  close(): void {
    this.#socket.close();
  }

  /** The verdict may be here before the answer to the order is: asked for once as well. */
  #ended(id: string): Promise<Command | undefined> {
    return new Promise((resolve) => {
      const done = (command: Command | undefined): void => {
        clearTimeout(patience);
        this.#commands.delete(id);
        resolve(command);
      };
      const patience = setTimeout(() => done(undefined), 15_000);
      this.#commands.set(id, done);
      void this.#operator.get<Command>(`commands/${id}`).then((command) => command.state !== "pending" && done(command));
    });
  }
}

/** `median / 90 % / worst (how many)`. */
export const waited = (sorted: readonly number[]): string =>
  sorted.length === 0 ? "none" : `${quantile(sorted, 0.5)} / ${quantile(sorted, 0.9)} / ${sorted.at(-1)} ms (${sorted.length})`;
