/** The publish loop against a session played by hand: what the server answers, in any order. */
import { DataChangeNotification, type PublishRequest, type RepublishRequest, StatusChangeNotification, StatusCodes } from "node-opcua";
import { expect, test } from "vitest";
import { counted } from "../../testing.ts";
import { type RawSession, Subscription } from "./subscription.ts";

type Reply = (error: Error | null, response?: unknown) => void;

async function story(kept: readonly number[] = []) {
  const asked: { acks: number[]; reply: Reply }[] = [];
  const repeated: number[] = [];
  const told: string[] = [];
  const counters = counted();
  const session = {
    createSubscription: async () => ({ subscriptionId: 7, revisedPublishingInterval: 500, revisedMaxKeepAliveCount: 4 }),
    publish: ({ subscriptionAcknowledgements }: PublishRequest, reply: Reply) =>
      void asked.push({ acks: (subscriptionAcknowledgements ?? []).map((ack) => ack.sequenceNumber), reply }),
    republish: ({ retransmitSequenceNumber }: RepublishRequest, reply: Reply) => {
      repeated.push(retransmitSequenceNumber);
      if (kept.includes(retransmitSequenceNumber)) reply(null, { notificationMessage: message(retransmitSequenceNumber) });
      else reply(new Error("BadMessageNotAvailable"));
    },
  } as unknown as RawSession;
  const subscription = await Subscription.create({
    session,
    publishingInterval: 250,
    counters,
    samples: () => undefined,
    heard: () => told.push("heard"),
    ended: (reason) => told.push(reason),
  });
  subscription.start();
  return { asked, repeated, told, counters, subscription };
}

const message = (sequenceNumber: number, part: object = new DataChangeNotification({ monitoredItems: [] })) => ({
  sequenceNumber,
  notificationData: [part],
});
const answer = (sequence: number, part?: object) => ({ subscriptionId: 7, notificationMessage: message(sequence, part) });

test("three requests are always under way, each with the acknowledgements due", async () => {
  const { asked, told } = await story();
  expect(asked).toHaveLength(3);
  asked[0]?.reply(null, answer(1));
  expect(asked.map(({ acks }) => acks)).toEqual([[], [], [], [1]]);
  asked[1]?.reply(null, { notificationMessage: { sequenceNumber: 2, notificationData: [] } });
  expect(asked.at(-1)?.acks, "a sign of life is not acknowledged").toEqual([]);
  expect(told).toEqual(["heard", "heard"]);
});

test("a gap in the sequence is asked for again; what the server has no more is counted", async () => {
  const { asked, repeated, counters, subscription } = await story([3]);
  asked[0]?.reply(null, answer(1));
  asked[1]?.reply(null, answer(5));
  for (let i = 0; i < 20; i++) await Promise.resolve();
  expect(repeated).toEqual([2, 3, 4]);
  expect(counters.seen["dropped opcua_notification"]).toBe(2);
  expect(subscription.state).toEqual({ id: 7, sequence: 5, keepAlive: 2000 });
});

test("a gap too wide is bounded and counted whole", async () => {
  const { asked, repeated, counters } = await story();
  asked[0]?.reply(null, answer(1));
  asked[1]?.reply(null, answer(1002));
  for (let i = 0; i < 500; i++) await Promise.resolve();
  expect(repeated).toHaveLength(100);
  expect(counters.seen["dropped opcua_notification"]).toBe(1000);
});

test("a notification that could not be read is counted, an end is told once", async () => {
  const { asked, told, counters } = await story();
  // Decoded by nobody: as if its bytes had been none.
  asked[0]?.reply(null, answer(1, new DataChangeNotification(null)));
  expect(counters.seen["rejected opcua_notification"]).toBe(1);
  asked[1]?.reply(null, answer(2, new StatusChangeNotification({ status: StatusCodes.BadTimeout })));
  asked[2]?.reply(new Error("serviceResult = BadNoSubscription (0x80790000)"));
  expect(told.filter((text) => text !== "heard")).toEqual(["the server ended the subscription (BadTimeout)"]);
  expect(asked.length, "nothing more is asked for").toBe(4);
});

test("a server that takes fewer requests gets fewer, one that lets a request grow old is asked again", async () => {
  const { asked, told } = await story();
  asked[2]?.reply(new Error("BadTooManyPublishRequests"));
  expect(asked).toHaveLength(3);
  asked[0]?.reply(null, answer(1));
  expect(asked).toHaveLength(4);
  asked[1]?.reply(new Error("BadTimeout"));
  expect(asked).toHaveLength(5);
  expect(told).toEqual(["heard"]);
  asked[3]?.reply(new Error("Invalid Channel"));
  expect(told.at(-1)).toBe("the server ended the subscription (the connection broke)");
});
