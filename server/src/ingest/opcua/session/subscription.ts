/**
 * One subscription: made or taken over from a session that broke, and the publish requests that keep it talking. The library's own
 * subscriptions make an event emitter of every item and drop notifications that went missing without a word.
 */
import {
  type ClientSession,
  type ClientSessionPublishService,
  type ClientSessionRawSubscriptionService,
  DataChangeNotification,
  type NotificationMessage,
  PublishRequest,
  type PublishResponse,
  RepublishRequest,
  StatusChangeNotification,
  type TransferResult,
} from "node-opcua";
import type { Counters } from "../../../contracts.ts";
import { type Samples, samplesOf } from "../decode.ts";

export type RawSession = ClientSession & ClientSessionRawSubscriptionService & ClientSessionPublishService;

/** What outlives a connection: with it the next one takes the subscription over, as long as the server keeps it. */
export interface SubscriptionState {
  readonly id: number;
  /** Of the last notification that came. */
  readonly sequence: number;
  /** The server says at least so often that it lives, ms: as it revised what we asked for. */
  readonly keepAlive: number;
}

export interface SubscriptionOptions {
  session: RawSession;
  /** ms. */
  publishingInterval: number;
  counters: Counters;
  samples(samples: Samples): void;
  /** It has spoken, if only to say that nothing changed. */
  heard(): void;
  /** The server has ended it, or the session. */
  ended(reason: string): void;
}

/** Publish requests under way at once: so many answers may be on the wire. */
const PIPELINE = 3;
/** A request may wait this long for its answer, ms: far longer than the server's sign of life. */
const PATIENCE = 30_000;
/** The server keeps a subscription nobody asks for this long, ms. */
const SUBSCRIPTION_LIFETIME = 30_000;
/** Notifications asked for again at most after a gap. */
const MOST_REPEATS = 100;

export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly id: number;
  readonly keepAlive: number;
  #sequence: number;
  #acks: number[] = [];
  #pending = 0;
  #pipeline = PIPELINE;
  #open = true;

  private constructor(options: SubscriptionOptions, { id, sequence, keepAlive }: SubscriptionState) {
    this.#options = options;
    this.id = id;
    this.keepAlive = keepAlive;
    this.#sequence = sequence;
  }

  /** A new one, without items. It talks from `start` on. */
  static async create(options: SubscriptionOptions): Promise<Subscription> {
    const { session, publishingInterval } = options;
    const made = await session.createSubscription({
      requestedPublishingInterval: publishingInterval,
      requestedMaxKeepAliveCount: Math.max(3, Math.floor(1000 / publishingInterval)),
      requestedLifetimeCount: Math.ceil(SUBSCRIPTION_LIFETIME / publishingInterval),
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
      priority: 10,
    });
    const keepAlive = made.revisedPublishingInterval * made.revisedMaxKeepAliveCount;
    return new Subscription(options, { id: made.subscriptionId, sequence: 0, keepAlive });
  }

  /** Takes over what an earlier session left, with the notifications it did not get; undefined where the server has it no more, or gives none away. */
  static async takeOver(options: SubscriptionOptions, state: SubscriptionState): Promise<Subscription | undefined> {
    try {
      const result = await transfer(options.session, state.id);
      if (!result?.statusCode.isGood()) return undefined;
      const subscription = new Subscription(options, state);
      for (const sequence of result.availableSequenceNumbers ?? []) if (sequence > state.sequence) await subscription.#repeat(sequence);
      return subscription;
    } catch {
      // Many servers know no transfer; a new subscription and the history do as well.
      return undefined;
    }
  }

  get state(): SubscriptionState {
    return { id: this.id, sequence: this.#sequence, keepAlive: this.keepAlive };
  }

  start(): void {
    while (this.#open && this.#pending < this.#pipeline) this.#ask();
  }

  /** Nothing more is asked for; what still comes goes nowhere. */
  stop(): void {
    this.#open = false;
  }

  #ask(): void {
    const subscriptionAcknowledgements = this.#acks.map((sequenceNumber) => ({ subscriptionId: this.id, sequenceNumber }));
    this.#acks = [];
    this.#pending++;
    const request = new PublishRequest({ requestHeader: { timeoutHint: PATIENCE }, subscriptionAcknowledgements });
    this.#options.session.publish(request, (error, response) => {
      this.#pending--;
      if (!this.#open) return;
      if (error) this.#failed(error);
      else if (response) this.#answer(response);
      this.start();
    });
  }

  #failed(error: Error): void {
    if (/BadTooManyPublishRequests/.test(error.message)) this.#pipeline = Math.max(1, this.#pending);
    else if (!/BadTimeout/.test(error.message)) this.#end(/Bad\w+/.exec(error.message)?.[0] ?? "the connection broke");
  }

  #answer({ notificationMessage }: PublishResponse): void {
    const { heard } = this.#options;
    heard();
    const sequence = notificationMessage.sequenceNumber;
    if (!notificationMessage.notificationData?.length) return;
    const missed = sequence - this.#sequence - 1;
    if (missed > 0 && this.#sequence > 0) void this.#repeatAll(this.#sequence + 1, sequence);
    this.#take(notificationMessage);
  }

  #take(message: NotificationMessage): void {
    this.#sequence = Math.max(this.#sequence, message.sequenceNumber);
    this.#acks.push(message.sequenceNumber);
    const { counters, samples } = this.#options;
    for (const part of message.notificationData ?? []) {
      const columns = samplesOf(part);
      if (columns !== undefined) samples(columns);
      else if (part instanceof DataChangeNotification) counters.rejected("opcua_notification");
      else if (part instanceof StatusChangeNotification) this.#end(part.status.name);
    }
  }

  async #repeatAll(from: number, to: number): Promise<void> {
    const first = Math.max(from, to - MOST_REPEATS);
    if (first > from) this.#options.counters.dropped("opcua_notification", first - from);
    for (let sequence = first; sequence < to && this.#open; sequence++) await this.#repeat(sequence);
  }

  /** Asks for one notification again; counted as dropped where the server does not have it any more. */
  #repeat(retransmitSequenceNumber: number): Promise<void> {
    const { session, counters } = this.#options;
    return new Promise((resolve) => {
      session.republish(new RepublishRequest({ subscriptionId: this.id, retransmitSequenceNumber }), (error, response) => {
        if (error || !response) counters.dropped("opcua_notification");
        else if (this.#open) this.#take(response.notificationMessage);
        resolve();
      });
    });
  }

  #end(reason: string): void {
    if (!this.#open) return;
    this.stop();
    this.#options.ended(`the server ended the subscription (${reason})`);
  }
}

function transfer(session: RawSession, id: number): Promise<TransferResult | undefined> {
  return new Promise((resolve, reject) => {
    session.transferSubscriptions({ subscriptionIds: [id], sendInitialValues: false }, (error, response) => {
      if (error) reject(error);
      else resolve(response?.results?.[0]);
    });
  });
}
