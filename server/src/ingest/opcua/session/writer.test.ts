/** Writes and orders against a session played by hand: what leaves together, and what the answers mean. */
import { type Cell, ORDER_RESULTS, type Tag, tagOf, type Verdict } from "@cellhouse/shared";
import * as fc from "fast-check";
import { type CallMethodRequestOptions, type ClientSession, coerceNodeId, DataType, StatusCodes, type WriteValueOptions } from "node-opcua";
import { expect, test } from "vitest";
import { cell } from "../../testing.ts";
import { Writer } from "./writer.ts";

const tag: Tag = tagOf(cell, "FIC-303.SP");
const order = { seq: 5, user: "anna", at: 1_790_000_000_000, token: 2 };

interface Played {
  statusCode?: (typeof StatusCodes)["Good"];
  outputs?: unknown[];
  /** Type of the server's own variable; ours when left out. */
  type?: DataType;
  takesOrders?: boolean;
}

function story({ statusCode = StatusCodes.Good, outputs = [0, ""], type, takesOrders = true }: Played = {}) {
  const written: WriteValueOptions[][] = [];
  const called: CallMethodRequestOptions[][] = [];
  const session = {
    write: async (part: WriteValueOptions[]) => {
      written.push(part);
      return part.map(() => statusCode);
    },
    call: async (part: CallMethodRequestOptions[]) => {
      called.push(part);
      return part.map(() => ({ statusCode, outputArguments: outputs.map((value) => ({ value })) }));
    },
    getBuiltInDataType: async () => type,
  } as unknown as ClientSession;
  const nodes = {
    node: (one: Tag) => (one === tag ? coerceNodeId("ns=1;s=x") : undefined),
    isOurs: () => type === undefined,
    object: () => coerceNodeId("ns=1;s=cell"),
    method: (_cell: Cell, name: string) => (takesOrders && name === "Order" ? coerceNodeId("ns=1;s=cell.Order") : undefined),
  };
  const limits = { monitoredItems: 10, reads: 10, writes: 4, calls: 4, histories: 10 };
  return { writer: new Writer({ session, nodes, limits }), written, called };
}

const ordered = (played: Played): Promise<Verdict> => story(played).writer.write({ tag, cell, value: 9, order });

test("an order is a call with all its arguments where the cell takes orders, else a plain write", async () => {
  const { writer, called, written } = story();
  expect(await writer.write({ tag, cell, value: 9.5, order })).toEqual({ ok: true });
  expect(called[0]?.[0]?.inputArguments?.map((argument) => argument?.value as unknown)).toEqual([
    "FIC-303.SP",
    9.5,
    5,
    "anna",
    new Date(order.at),
    2,
  ]);
  const plain = story({ takesOrders: false });
  await plain.writer.write({ tag, cell, value: 9.5, order });
  await writer.write({ tag, cell, value: 9.5 });
  expect(plain.written[0]?.[0]?.value?.value).toMatchObject({ dataType: DataType.Float, value: 9.5 });
  expect([called.length, written.length]).toEqual([1, 1]);
});

test.each(ORDER_RESULTS.map((code, result) => [result, code] as const))("result %i of an order is %s", async (result, code) => {
  expect(await ordered({ outputs: [result, "why"] })).toMatchObject(
    code === undefined ? { ok: true } : { code, detail: expect.stringMatching(/why/) },
  );
});

test("whatever else a method answers is a refusal, never an exception and never a yes", async () => {
  const anything = fc.array(fc.anything({ withBigInt: false }), { maxLength: 3 }).filter(([result]) => result !== 0);
  await fc.assert(
    fc.asyncProperty(anything, async (outputs) => {
      expect((await ordered({ outputs })).ok).toBe(false);
    }),
  );
});

test.each([
  [StatusCodes.BadOutOfRange, "E_SETPOINT_RANGE"],
  [StatusCodes.BadNotWritable, "E_NOT_WRITABLE"],
  [StatusCodes.BadCommunicationError, "E_LINK_DOWN"],
  [StatusCodes.BadNotConnected, "E_LINK_DOWN"],
  [StatusCodes.BadUserAccessDenied, "E_FIELD_REFUSED"],
  [StatusCodes.BadTypeMismatch, "E_FIELD_REFUSED"],
])("%s is %s, for a write and for an order", async (statusCode, code) => {
  expect(await ordered({ statusCode })).toMatchObject({ ok: false, code });
  expect(await story({ statusCode }).writer.write({ tag, cell, value: 9 })).toMatchObject({ ok: false, code });
});

test.each([
  [DataType.UInt16, 96.4, 96],
  [DataType.Int32, -7.6, -8],
  [DataType.Boolean, 2, true],
  [DataType.Int64, -2, [0xffffffff, 0xfffffffe]],
  [DataType.Double, 9.5, 9.5],
])("a server's own type %i gets %d as %j", async (type, value, wire) => {
  const { writer, written } = story({ type, takesOrders: false });
  expect(await writer.write({ tag, cell, value })).toEqual({ ok: true });
  expect(written[0]?.[0]?.value?.value).toMatchObject({ dataType: type, value: wire });
});

test.each([
  [DataType.UInt16, 65_536],
  [DataType.UInt32, -1],
  [DataType.Int16, Number.NaN],
  [DataType.UInt64, Number.POSITIVE_INFINITY],
  [DataType.String, 5],
])("what does not fit the server's type %i is not sent: %d", async (type, value) => {
  const { writer, written } = story({ type, takesOrders: false });
  expect(await writer.write({ tag, cell, value })).toMatchObject({ ok: false, code: "E_NOT_WRITABLE" });
  expect(written).toEqual([]);
});

test("what is written in one turn leaves together, in pieces the server takes", async () => {
  const { writer, written } = story({ takesOrders: false });
  await Promise.all(Array.from({ length: 10 }, (_, i) => writer.write({ tag, cell, value: i })));
  expect(written.map((part) => part.length)).toEqual([4, 4, 2]);
  expect(await writer.write({ tag: tagOf(cell, "TIC-101.SP"), cell, value: 1 })).toMatchObject({ code: "E_NOT_WRITABLE" });
});
