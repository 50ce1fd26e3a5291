/** Writes and method calls on one connection, and what their answers mean. What is asked for in one turn leaves as one request: each costs a signature and a cipher. */
import { type Cell, OK, ORDER_RESULTS, refuse, type Tag, type Verdict, type WriteOrder } from "@cellhouse/shared";
import {
  AttributeIds,
  type CallMethodRequestLike,
  type CallMethodResult,
  type ClientSession,
  DataType,
  type NodeId,
  type StatusCode,
  Variant,
  VariantArrayType,
  type WriteValueOptions,
} from "node-opcua";
import { chunks, type Limits } from "./limits.ts";
import type { NodeTable } from "./nodes.ts";

/** A write in its place. */
export interface TagWrite {
  tag: Tag;
  /** Undefined for a line's tag. */
  cell: Cell | undefined;
  /** As the server wants it: scaled already. */
  value: number;
  order?: WriteOrder;
}

export interface WriterOptions {
  session: ClientSession;
  nodes: NodeTable;
  limits: Limits;
}

/** Lives as long as its connection; its promises reject when that breaks. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #writes: Batch<WriteValueOptions, StatusCode>;
  readonly #calls: Batch<CallMethodRequestLike, CallMethodResult>;
  readonly #types = new Map<NodeId, DataType>();

  constructor(options: WriterOptions) {
    const { session, limits } = options;
    this.#options = options;
    this.#writes = new Batch(limits.writes, (part) => session.write(part));
    this.#calls = new Batch(limits.calls, (part) => session.call(part));
  }

  /** As an order where the cell takes orders, else as a plain write. */
  async write(write: TagWrite): Promise<Verdict> {
    const { tag, cell, order } = write;
    const { nodes } = this.#options;
    const method = order && cell && nodes.method(cell, "Order");
    const object = cell && nodes.object(cell);
    if (order && method && object)
      return this.#order({ objectId: object, methodId: method, inputArguments: orderArguments(write, order) }, tag);
    const nodeId = nodes.node(tag);
    if (nodeId === undefined) return refuse("E_NOT_WRITABLE", `${tag.path}: the server has no node for it`);
    const type = nodes.isOurs(tag) ? OWN_TYPES[tag.definition.type] : await this.#typeOf(nodeId);
    const value = variantOf(type, write.value);
    if (value === undefined) return refuse("E_NOT_WRITABLE", `${tag.path}: ${write.value} does not fit the server's ${DataType[type]}`);
    const status = await this.#writes.add({ nodeId, attributeId: AttributeIds.Value, value: { value } });
    return verdictOf(status, tag.path);
  }

  /** Calls a method with one text and gives back its text; undefined where the cell does not offer it. */
  async call(cell: Cell, method: string, text: string): Promise<{ status: StatusCode; text: string } | undefined> {
    const methodId = this.#options.nodes.method(cell, method);
    const objectId = this.#options.nodes.object(cell);
    if (methodId === undefined || objectId === undefined) return undefined;
    const result = await this.#calls.add({ objectId, methodId, inputArguments: [new Variant({ dataType: DataType.String, value: text })] });
    return { status: result.statusCode, text: String(result.outputArguments?.[0]?.value ?? "") };
  }

  async #order(call: CallMethodRequestLike, tag: Tag): Promise<Verdict> {
    const { statusCode, outputArguments } = await this.#calls.add(call);
    if (!statusCode.isGood()) return verdictOf(statusCode, tag.path);
    const [result, text] = (outputArguments ?? []).map((argument) => argument?.value as unknown);
    const detail = `${tag.path}: ${typeof text === "string" && text !== "" ? text : `order result ${JSON.stringify(result)}`}`;
    if (typeof result !== "number") return refuse("E_FIELD_REFUSED", detail);
    return result === 0 ? OK : refuse(ORDER_RESULTS[result] ?? "E_FIELD_REFUSED", detail);
  }

  async #typeOf(node: NodeId): Promise<DataType> {
    const known = this.#types.get(node) ?? (await this.#options.session.getBuiltInDataType(node));
    this.#types.set(node, known);
    return known;
  }
}

const OWN_TYPES = {
  f32: DataType.Float,
  f64: DataType.Double,
  u32: DataType.UInt32,
  bool: DataType.Boolean,
  ms: DataType.DateTime,
} as const;
/** Integers and what they hold. */
const WHOLE: ReadonlyMap<DataType, readonly [number, number]> = new Map([
  [DataType.SByte, [-0x80, 0x7f]],
  [DataType.Byte, [0, 0xff]],
  [DataType.Int16, [-0x8000, 0x7fff]],
  [DataType.UInt16, [0, 0xffff]],
  [DataType.Int32, [-0x8000_0000, 0x7fff_ffff]],
  [DataType.UInt32, [0, 0xffff_ffff]],
  [DataType.Int64, [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
  [DataType.UInt64, [0, Number.MAX_SAFE_INTEGER]],
]);

/** A number in the server's type, integers rounded; undefined where it does not fit, or the type holds no numbers. */
function variantOf(dataType: DataType, number: number): Variant | undefined {
  if (dataType === DataType.Boolean) return new Variant({ dataType, value: number !== 0 });
  if (dataType === DataType.DateTime) return new Variant({ dataType, value: new Date(number) });
  if (dataType === DataType.Float || dataType === DataType.Double) return new Variant({ dataType, value: number });
  const value = Math.round(number);
  const [low, high] = WHOLE.get(dataType) ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  if (!(value >= low && value <= high)) return undefined;
  if (dataType !== DataType.Int64 && dataType !== DataType.UInt64) return new Variant({ dataType, value });
  return new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: halves(value) });
}

/** A 64-bit integer as the library has it: high and low half. */
function halves(value: number): [number, number] {
  const whole = BigInt(value);
  return [Number(BigInt.asUintN(32, whole >> 32n)), Number(BigInt.asUintN(32, whole))];
}

/** Order(Tag, Value, Seq, User, At, Token). */
function orderArguments({ tag, value }: TagWrite, { seq, user, at, token }: WriteOrder): Variant[] {
  return [
    new Variant({ dataType: DataType.String, value: tag.definition.name }),
    new Variant({ dataType: DataType.Double, value }),
    new Variant({ dataType: DataType.UInt32, value: seq }),
    new Variant({ dataType: DataType.String, value: user }),
    new Variant({ dataType: DataType.DateTime, value: new Date(at) }),
    new Variant({ dataType: DataType.UInt32, value: token }),
  ];
}

/** What a status says of a write, in our codes. */
function verdictOf(status: StatusCode, path: string): Verdict {
  if (status.isGood()) return OK;
  const { name } = status;
  if (name === "BadOutOfRange") return refuse("E_SETPOINT_RANGE", `${path}: ${name}`);
  if (name === "BadNotWritable") return refuse("E_NOT_WRITABLE", path);
  if (/^Bad(CommunicationError|NotConnected|NoCommunication|ConnectionClosed|Timeout)$/.test(name))
    return refuse("E_LINK_DOWN", `${path}: ${name}: the server does not reach its PLC`);
  return refuse("E_FIELD_REFUSED", `${path}: ${name} (${status.description})`);
}

interface Waiting<Q, A> {
  request: Q;
  resolve(answer: A): void;
  reject(error: unknown): void;
}

/** Gathers the requests of one turn and sends them together. */
class Batch<Q, A> {
  readonly #limit: number;
  readonly #send: (part: Q[]) => Promise<A[]>;
  #waiting: Waiting<Q, A>[] = [];

  constructor(limit: number, send: (part: Q[]) => Promise<A[]>) {
    this.#limit = limit;
    this.#send = send;
  }

  add(request: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const all = this.#waiting;
    this.#waiting = [];
    for (const part of chunks(all, this.#limit)) {
      try {
        const answers = await this.#send(part.map((waiting) => waiting.request));
        for (const [i, waiting] of part.entries()) waiting.resolve(answers[i] as A);
      } catch (error) {
        for (const waiting of part) waiting.reject(error);
      }
    }
  }
}
