/**
 * What waits for a client, bounded. For one with a session that is away: a queue, the oldest dropped and counted; it replaces that
 * part of aedes' memory store, which has no bound. For one that is there and does not read: what its socket holds.
 */
import { Readable } from "node:stream";
import type { AedesPublishPacket, Client } from "aedes";

interface Queued extends Pick<AedesPublishPacket, "brokerId" | "brokerCounter"> {
  cmd: string;
  topic: string;
  payload: Buffer | string;
  qos: number;
  retain: boolean;
  dup: boolean;
  messageId: number | undefined;
}

interface Subscriber {
  clientId: string;
}
interface Identified {
  id: string;
}

/** The five calls of an aedes persistence that concern outgoing messages. */
export interface OutgoingStore {
  outgoingEnqueue(subscriber: Subscriber, packet: Queued): Promise<void>;
  outgoingEnqueueCombi(subscribers: readonly Subscriber[], packet: Queued): Promise<void>;
  outgoingUpdate(client: Identified, packet: Queued): Promise<void>;
  outgoingClearMessageId(client: Identified, packet: { messageId?: number }): Promise<Queued | undefined>;
  outgoingStream(client: Identified): Readable;
}

export function createOutgoingStore(limit: number, dropped: (n: number) => void): OutgoingStore {
  const queues = new Map<string, Queued[]>();
  const enqueue = (id: string, packet: Queued): void => {
    const queue = queues.get(id) ?? [];
    queues.set(id, queue);
    queue.push(copy(packet));
    if (queue.length <= limit) return;
    queue.shift();
    dropped(1);
  };
  return {
    async outgoingEnqueue(subscriber, packet) {
      enqueue(subscriber.clientId, packet);
    },
    async outgoingEnqueueCombi(subscribers, packet) {
      for (const { clientId } of subscribers) enqueue(clientId, packet);
    },
    async outgoingUpdate(client, packet) {
      const queue = queues.get(client.id) ?? [];
      const i = queue.findIndex((q) => isSame(q, packet) || (q.brokerId !== packet.brokerId && q.messageId === packet.messageId));
      const found = queue[i];
      // A message dropped from a full queue meanwhile is delivered all the same, only not kept for a second try.
      if (found === undefined) return;
      if (isSame(found, packet)) found.messageId = packet.messageId;
      else queue[i] = packet;
    },
    async outgoingClearMessageId(client, packet) {
      const queue = queues.get(client.id) ?? [];
      const i = queue.findIndex((q) => q.messageId === packet.messageId);
      if (i < 0) return undefined;
      const [found] = queue.splice(i, 1);
      if (queue.length === 0) queues.delete(client.id);
      return found;
    },
    outgoingStream: (client) => Readable.from((queues.get(client.id) ?? []).map(again)),
  };
}

/** What was sent before and not acknowledged is sent as a duplicate (MQTT-3.3.1-1). */
function again(packet: Queued): Queued {
  return packet.cmd === "publish" && packet.messageId !== undefined ? { ...packet, dup: true } : packet;
}

type Deliver = (packet: { brokerId: string | null }, done: () => void) => void;

/**
 * Cuts off a client that leaves more than `bytes` unread, and tells `cut`. In aedes 1.2 a message is not done until its slowest
 * subscriber has read, and with `concurrency` of them undone nobody is sent anything (measured: 10 s, the drain timeout). With this
 * nobody waits for anybody; what was kept for the client alone still goes at the client's pace.
 */
export function boundReader(client: Client, bytes: number, cut: () => void): void {
  const { conn } = client;
  const inner = client as unknown as Record<"deliver0" | "deliverQoS", Deliver>;
  for (const name of ["deliver0", "deliverQoS"] as const) {
    const deliver = inner[name];
    inner[name] = (packet, done) => {
      const isRetained = packet.brokerId === null;
      if (isRetained || conn.writableLength <= bytes) deliver(packet, isRetained ? done : ignore);
      else if (!conn.destroyed) {
        cut();
        conn.destroy();
      }
      if (!isRetained) done();
    };
  }
}

function ignore(): void {}

function isSame(a: Queued, b: Queued): boolean {
  return a.brokerId === b.brokerId && a.brokerCounter === b.brokerCounter;
}

function copy({ cmd, brokerId, brokerCounter, topic, payload, qos, retain, dup }: Queued): Queued {
  return { cmd, brokerId, brokerCounter, topic, payload, qos, retain, dup, messageId: undefined };
}
