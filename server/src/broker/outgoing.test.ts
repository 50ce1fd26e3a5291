import { expect, test } from "vitest";
import { createOutgoingStore } from "./outgoing.ts";

const packet = (n: number) => ({
  cmd: "publish",
  brokerId: "b",
  brokerCounter: n,
  topic: "t",
  payload: String(n),
  qos: 1,
  retain: false,
  dup: false,
  messageId: undefined as number | undefined,
});

async function waiting(store: ReturnType<typeof createOutgoingStore>, id: string): Promise<string[]> {
  const found: string[] = [];
  for await (const p of store.outgoingStream({ id })) found.push(String(p.payload));
  return found;
}

test("keeps the newest up to its bound for each client and counts what it drops", async () => {
  let dropped = 0;
  const store = createOutgoingStore(3, (n) => {
    dropped += n;
  });
  for (let i = 0; i < 5; i++) await store.outgoingEnqueueCombi([{ clientId: "a" }, ...(i < 2 ? [{ clientId: "b" }] : [])], packet(i));
  expect(await waiting(store, "a")).toEqual(["2", "3", "4"]);
  expect(await waiting(store, "b")).toEqual(["0", "1"]);
  expect(await waiting(store, "nobody")).toEqual([]);
  expect(dropped).toBe(2);
});

test("a message leaves the queue when its id is acknowledged", async () => {
  const store = createOutgoingStore(3, () => undefined);
  await store.outgoingEnqueue({ clientId: "a" }, packet(1));
  await store.outgoingEnqueue({ clientId: "a" }, packet(2));
  await store.outgoingUpdate({ id: "a" }, { ...packet(1), messageId: 77 });
  expect((await store.outgoingClearMessageId({ id: "a" }, { messageId: 77 }))?.payload).toBe("1");
  expect(await waiting(store, "a")).toEqual(["2"]);
  expect(await store.outgoingClearMessageId({ id: "a" }, { messageId: 77 })).toBeUndefined();
});
