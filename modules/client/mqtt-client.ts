/**
 * MQTT 3.1.1 as a client: users who go to the same broker under the same name share one connection, plain or by TLS. What has to be remembered when a connection ends is kept
 * until the next one.
 */
import { LwsError } from "lws/core/errors";
import { MqttBroker } from "./mqtt-broker";
import type { MqttPost } from "./mqtt-packet";
import { isFilter, isTopic } from "./mqtt-topic";
import { type MqttSubscription, MqttUse, type MqttUser } from "./mqtt-use";
import { MqttWire } from "./mqtt-wire";
import type { Server, Ways } from "./reach";

export interface MqttClientOptions extends Ways {
  /** Milliseconds until a connection stands. Default 20 s. */
  connectTimeout?: number | undefined;
  /** Milliseconds that the broker may take to answer: to know us, to subscribe, to a ping. Default 10 s. */
  answerTimeout?: number | undefined;
  /** Milliseconds until a message that is not acknowledged is sent again, three times at most. Default 3 s. */
  ackTimeout?: number | undefined;
  /** Bytes of messages that are kept for one broker until they are acknowledged. Default 4096. */
  keepLimit?: number | undefined;
  /** Longest topic that messages may come to; those to others are skipped. Default 256 bytes. */
  topicLimit?: number | undefined;
}

/** A connection as a broker is asked for it. Who differs in nothing up to `password` shares it; the rest is as the first one wants it. */
export interface MqttOptions {
  readonly server: Server;
  /** Who we are, at most 128 bytes. Absent: by chance, and without a session that outlives the connection. */
  readonly id?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** The broker is to forget what it knows of us. */
  readonly clean?: boolean | undefined;
  /** Seconds within which the broker hears something of us, 0 to 65535; 0: it does not care. */
  readonly keepAlive?: number | undefined;
  /** Seconds without a sign of life after which the broker is asked for one, and after which the connection counts as dead; 0: never. */
  readonly ping?: number | undefined;
  readonly hangup?: number | undefined;
  /** What the broker says in our name when we are gone without taking leave. */
  readonly will?: MqttPost | undefined;
  /** What we say first on each connection. */
  readonly birth?: MqttPost | undefined;
}

/** Most users of one connection. */
const useLimit = 8;
/** Brokers that nobody uses, and that something is remembered for. */
const restLimit = 4;

function checkPost(post: MqttPost | undefined, what: string): void {
  if (post && !(isTopic(post.topic) && post.qos >= 0 && post.qos <= 2)) throw new LwsError("BAD_OPTION", what);
}

export class MqttClient {
  /** @internal */
  readonly wire = new MqttWire();
  private first: MqttBroker | undefined = undefined;

  constructor(
    /** @internal */
    readonly options: MqttClientOptions,
  ) {}

  /** Brokers that there is a connection to, or something to remember for. */
  get length(): number {
    let count = 0;
    for (let broker = this.first; broker; broker = broker.neighbour) count++;
    return count;
  }

  /**
   * Takes part in a connection, which is made if there is none. `owner` is who publishes, over connections: what it has sent on an earlier one, and was not acknowledged, is told to
   * its next user. Throws BAD_OPTION, and OVERLOADED for a ninth user of the same name.
   */
  join(options: MqttOptions, user: MqttUser, owner: object, subscription?: MqttSubscription): MqttUse {
    const { id, user: name, password, keepAlive = 0 } = options;
    if (id !== undefined && (id === "" || id.length > 128)) throw new LwsError("BAD_OPTION", "client id");
    if (password !== undefined && name === undefined) throw new LwsError("BAD_OPTION", "a password without a user");
    if (!(keepAlive >= 0 && keepAlive <= 0xffff)) throw new LwsError("BAD_OPTION", "keep-alive");
    checkPost(options.will, "will");
    checkPost(options.birth, "birth");
    if (subscription && !isFilter(subscription.filter)) throw new LwsError("BAD_OPTION", "subscription");
    const broker = this.find(options);
    const found = broker ?? new MqttBroker(this, options);
    const use = new MqttUse(found, user, owner, subscription);
    found.attach(use, options);
    if (!broker) {
      found.neighbour = this.first;
      this.first = found;
    }
    return use;
  }

  /** The one to share, if there is one. A broker knows nobody twice by the same name: without room, only those without a name get a connection more. Throws OVERLOADED. */
  private find(options: MqttOptions): MqttBroker | undefined {
    for (let broker = this.first; broker; broker = broker.neighbour) {
      if (!broker.isFor(options)) continue;
      if (broker.length < useLimit) return broker;
      if (options.id !== undefined) throw new LwsError("OVERLOADED", "too many users of a broker");
    }
    return undefined;
  }

  /** @internal Nobody uses it: it goes if there is nothing to remember, or too many others that are remembered. */
  settle(broker: MqttBroker): void {
    if (broker.isUsed) return;
    if (broker.isBlank) this.forget(broker);
    let rest = 0;
    for (let each = this.first; each; each = each.neighbour) if (!each.isUsed && ++rest > restLimit) this.forget(each);
  }

  private forget(broker: MqttBroker): void {
    if (this.first === broker) this.first = broker.neighbour;
    else {
      let before = this.first;
      while (before && before.neighbour !== broker) before = before.neighbour;
      if (before) before.neighbour = broker.neighbour;
    }
  }
}
