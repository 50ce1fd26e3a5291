/** Writes as a gateway wants them: its topic, its payload, and its answer where it gives one. */
import {
  type Clock,
  fillTemplate,
  type JsonMap,
  type JsonPath,
  type Line,
  OK,
  type Plant,
  parsePath,
  readPath,
  refuse,
  type Tag,
  type Verdict,
  wordsOf,
} from "@cellhouse/shared";
import type { FieldWrite } from "../../contracts.ts";
import type { Qos } from "../mqtt.ts";
import { type Conversion, literalOf } from "./values.ts";

export interface Order {
  topic: string;
  text: string;
  qos: Qos;
  /** Under which the gateway answers, within so many seconds. */
  answer: { id: string; seconds: number } | undefined;
}

interface AckPaths {
  id: JsonPath;
  ok: JsonPath;
  reason: JsonPath | undefined;
}

const YES = new Set<unknown>([true, 1, "true", "ok", "OK"]);
const AS_IT_STANDS: Conversion = { factor: 1, offset: 0, words: new Map() };

export class Orders {
  readonly #plant: Plant;
  readonly #clock: Clock;
  readonly #acks = new Map<string, AckPaths>();
  readonly #waiting = new Map<string, (verdict: Verdict) => void>();
  #count = 0;

  constructor(plant: Plant, clock: Clock) {
    this.#plant = plant;
    this.#clock = clock;
    for (const line of plant.lines) {
      const map = line.description.json;
      for (const tag of map?.write?.ack === undefined ? [] : map.write.tags) this.#expect(line, map as JsonMap, tag);
    }
  }

  /** What to send for a write, or why it cannot be. */
  make({ tag: id, value, order }: FieldWrite): Order | { blocked: string } {
    const tag = this.#plant.tags[id] as Tag;
    const line = this.#plant.line(tag.line);
    const map = line?.description.json;
    const home = this.#plant.cell(tag.owner) ?? line;
    const { write } = map ?? {};
    if (map === undefined || home === undefined || write === undefined || !write.tags.includes(tag.definition.name))
      return { blocked: `${tag.path}: not among json.write.tags of line ${tag.line}` };
    const words = wordsOf(home, map, tag.definition.name);
    const answer = write.ack && { id: `${this.#clock.now().toString(36)}-${++this.#count}`, seconds: write.ack.seconds };
    const { seq = 0, user = "", at = this.#clock.now(), token = 0 } = order ?? {};
    const texts = { ...words, id: answer?.id ?? "", user };
    const inner = Object.fromEntries(Object.entries(texts).map(([word, text]) => [word, JSON.stringify(text).slice(1, -1)]));
    const literal = literalOf(value, conversionOf(map, tag), tag.definition.type === "bool");
    const text = fillTemplate(write.payload, { ...inner, seq: `${seq}`, at: `${at}`, token: `${token}`, value: literal });
    return { topic: fillTemplate(write.topic, words), text, qos: write.qos, answer };
  }

  /** Settled by the gateway's answer, or by time. */
  wait({ id, seconds }: NonNullable<Order["answer"]>): Promise<Verdict> {
    return new Promise((resolve) => {
      const settle = (verdict: Verdict): void => {
        cancel();
        this.#waiting.delete(id);
        resolve(verdict);
      };
      const cancel = this.#clock.at(this.#clock.now() + seconds * 1000, () =>
        settle(refuse("E_READ_BACK", `the gateway gave no answer within ${seconds} s`)),
      );
      this.#waiting.set(id, settle);
    });
  }

  /** True when the topic carries answers; what the message says is taken then. */
  take(topic: string, payload: Uint8Array): boolean {
    const paths = this.#acks.get(topic);
    if (paths === undefined) return false;
    const json = parsed(payload);
    const reason = paths.reason && readPath(paths.reason, json, json);
    const settle = this.#waiting.get(String(readPath(paths.id, json, json)));
    const detail = `the gateway refused${reason === undefined ? "" : `: ${String(reason).slice(0, 200)}`}`;
    settle?.(YES.has(readPath(paths.ok, json, json)) ? OK : refuse("E_FIELD_REFUSED", detail));
    return true;
  }

  stop(): void {
    for (const settle of this.#waiting.values()) settle(refuse("E_LINK_DOWN", "the server stops"));
  }

  #expect(line: Line, map: JsonMap, tag: string): void {
    const ack = map.write?.ack as NonNullable<NonNullable<JsonMap["write"]>["ack"]>;
    const path = (text: string): JsonPath => parsePath(text) as JsonPath;
    const paths = { id: path(ack.id), ok: path(ack.ok), reason: ack.reason === undefined ? undefined : path(ack.reason) };
    for (const home of [line, ...line.cells])
      if (home.tags.has(tag)) this.#acks.set(fillTemplate(ack.topic, wordsOf(home, map, tag)), paths);
  }
}

/** As the tag is read, so it is written. */
function conversionOf(map: JsonMap, tag: Tag): Conversion {
  const value = map.messages.map((message) => message.values[tag.definition.name]).find((found) => found !== undefined);
  return value === undefined ? AS_IT_STANDS : { ...value, words: new Map(Object.entries(value.map)) };
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined;
  }
}
