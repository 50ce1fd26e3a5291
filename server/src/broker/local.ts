/** Hearing and saying inside the broker's own process: what a socket would carry, without parsing it twice. */
import type { Readable } from "node:stream";
import type { Aedes, AedesPublishPacket } from "aedes";
import type { LocalBroker } from "../contracts.ts";

type Message = Parameters<LocalBroker["publish"]>[0];
type Heard = Parameters<LocalBroker["attach"]>[1];

/** Listens to every filter, then tells what is retained. The returned call ends it. */
export async function attachTo(aedes: Aedes, filters: readonly string[], message: Heard): Promise<() => void> {
  let open = true;
  const deliver = (packet: AedesPublishPacket, done: () => void): void => {
    if (open) message(packet.topic, packet.payload as Buffer, false);
    done();
  };
  for (const filter of filters) await new Promise<void>((resolve) => void aedes.subscribe(filter, deliver, resolve));
  const { persistence } = aedes as unknown as { persistence: { createRetainedStreamCombi(patterns: readonly string[]): Readable } };
  for await (const packet of persistence.createRetainedStreamCombi(filters))
    if (open) message(packet.topic, packet.payload as Buffer, true);
  return () => {
    open = false;
    for (const filter of filters) aedes.unsubscribe(filter, deliver, () => undefined);
  };
}

export function publishTo(aedes: Aedes, { topic, payload, qos, retain }: Message): Promise<boolean> {
  const packet = { cmd: "publish" as const, topic, payload: Buffer.from(payload), qos, retain, dup: false };
  return new Promise((resolve) => void aedes.publish(packet, (error) => resolve(error == null)));
}
