import { Fault } from "@cellhouse/shared";
import { expect, test } from "vitest";
import { Outbox, type Parcel } from "./outbox.ts";

const parcel = (name: string, over: Partial<Parcel> = {}): Parcel => ({
  resolution: "raw",
  lines: Buffer.from(name),
  samples: 1,
  behind: false,
  ...over,
});
const name = ({ lines }: Parcel): string => lines.toString();

/** A server that answers when told to. */
function server() {
  const log: string[] = [];
  const open = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();
  const outbox = new Outbox((sent) => {
    log.push(`> ${name(sent)}`);
    return new Promise((resolve, reject) => open.set(name(sent), { resolve, reject }));
  });
  const answer = async (which: string, error?: unknown): Promise<void> => {
    const asked = open.get(which);
    log.push(`< ${which}`);
    if (error === undefined) asked?.resolve();
    else asked?.reject(error);
    for (let i = 0; i < 20; i++) await undefined;
  };
  return { log, outbox, answer };
}

test("samples in order of time travel three at once, the fourth waits for a place", async () => {
  const { log, outbox, answer } = server();
  for (const each of ["a", "b", "c"]) await outbox.put(parcel(each));
  const fourth = outbox.put(parcel("d"));
  await answer("b");
  await fourth;
  expect(log).toEqual(["> a", "> b", "> c", "< b", "> d"]);
});

test("what may write over earlier samples leaves when those have arrived", async () => {
  const { log, outbox, answer } = server();
  await outbox.put(parcel("a"));
  await outbox.put(parcel("b"));
  const late = outbox.put(parcel("late", { behind: true }));
  await answer("b");
  await answer("a");
  await late;
  expect(log).toEqual(["> a", "> b", "< b", "< a", "> late"]);
});

test("rows of a resolution never overtake each other, and those of others do not wait", async () => {
  const { log, outbox, answer } = server();
  await outbox.put(parcel("minute 1", { resolution: "1m" }));
  const second = outbox.put(parcel("minute 2", { resolution: "1m" }));
  await outbox.put(parcel("hour", { resolution: "1h" }));
  await answer("minute 1");
  await second;
  expect(log).toEqual(["> minute 1", "> hour", "< minute 1", "> minute 2"]);
});

test("what failed and what stood behind it is kept, and sent again in order before anything else", async () => {
  const { log, outbox, answer } = server();
  const away = new Fault("E_HISTORIAN", "no connection");
  await outbox.put(parcel("a"));
  await outbox.put(parcel("b"));
  await answer("a", away);
  await answer("b");
  await expect(outbox.settle()).rejects.toBe(away);
  await expect(outbox.put(parcel("c"))).rejects.toBe(away);
  log.length = 0;
  const again = outbox.again();
  for (let i = 0; i < 20; i++) await undefined;
  await answer("a");
  await answer("c");
  await again;
  expect(log).toEqual(["> a", "< a", "> c", "< c"]);
  await outbox.settle();
});
