/** Streams over MQTT 3.1.1: those that go to the same broker through one trust store share a connection. A transaction is a message that is published and acknowledged. */
import type { Milestone } from "lws/client/connect";
import { MqttClient, type MqttClientOptions, type MqttOptions } from "lws/client/mqtt-client";
import type { MqttPost } from "lws/client/mqtt-packet";
import type { MqttUse, MqttUser } from "lws/client/mqtt-use";
import type { Resolver } from "lws/client/resolver";
import type { ErrorCode } from "lws/core/errors";
import { LwsError } from "lws/core/errors";
import { LogLevel, log } from "lws/core/log";
import { Bytes } from "lws/platform/bytes";
import { type Adapter, type Link, type Meter, ordinalOf } from "./adapter";
import { Part, type Room } from "./handlers";
import { expand } from "./metadata";
import { MqttDraft } from "./mqtt-draft";
import { StreamFlag, type StreamType } from "./policy";
import type { Stream } from "./stream";
import type { Target } from "./target";
import type { TrustStore } from "./trust";

export interface MqttStreamsOptions extends Omit<MqttClientOptions, "vhost" | "tls"> {
  resolver: Resolver;
  /** Who we are to brokers, as the system knows it; undefined where it does not. */
  id?: () => string | undefined;
  user?: () => string | undefined;
  password?: () => string | undefined;
  /** Seconds, for streams without a retry scheme: until the broker is asked for a sign of life, default 300, and until the connection counts as dead, default 310; 0: never. */
  ping?: number;
  hangup?: number;
}

/** Most bytes that are written at once. */
const pieceLimit = 1400;
/** Longest topic that AWS IoT takes, and what is agreed on with it on the port of HTTPS. */
const awsTopicLimit = 256;
const awsAlpn = "x-amzn-mqtt-ca";

export class MqttStreams implements Adapter {
  readonly alpn = "";

  constructor(readonly options: MqttStreamsOptions) {}

  alpnOf({ flags, port }: StreamType): string {
    return flags & StreamFlag.awsIot && port === 443 ? awsAlpn : this.alpn;
  }

  dial(stream: Stream, target: Target): Link {
    return new MqttLink(stream, target, this, this.clientOf(stream));
  }

  /** The client that all streams of a store have in common, for those who show the same certificate. */
  private clientOf({ store, type }: Stream): MqttClient {
    const { vhost } = store as TrustStore;
    const tls = (store as TrustStore).client({ alpn: this.alpnOf(type), card: type.clientCert ?? -1 });
    return (store as TrustStore).share(tls ?? this, () => new MqttClient({ ...this.options, vhost, tls }));
  }
}

/** A topic with its values. Throws STREAM_BAD_VALUE. */
function topicOf(stream: Stream, template: string): string {
  const { type, values } = stream;
  const topic = expand(template, type, values);
  if (type.flags & StreamFlag.awsIot && Bytes.size(topic) > awsTopicLimit) {
    throw new LwsError("STREAM_BAD_VALUE", `${type.name}: a topic of more than ${awsTopicLimit} bytes`);
  }
  return topic;
}

function postOf(
  stream: Stream,
  topic: string | undefined,
  message = "",
  qos = 0,
  retain: StreamFlag,
): MqttPost | undefined {
  if (topic === undefined) return undefined;
  const { type, values } = stream;
  return {
    topic: topicOf(stream, topic),
    message: expand(message, type, values),
    qos,
    retain: (type.flags & retain) !== 0,
  };
}

/** The connection that a stream wants. Throws STREAM_BAD_VALUE. */
function connectionOf(stream: Stream, server: Target, options: MqttStreamsOptions): MqttOptions {
  const { type } = stream;
  const { willTopic, willMessage, willQos, birthTopic, birthMessage, birthQos, retry } = type;
  return {
    server,
    id: options.id?.(),
    user: options.user?.(),
    password: options.password?.(),
    clean: (type.flags & StreamFlag.cleanStart) !== 0,
    keepAlive: type.keepAlive,
    ping: retry ? retry.ping : (options.ping ?? 300),
    hangup: retry ? retry.hangup : (options.hangup ?? 310),
    will: postOf(stream, willTopic, willMessage, willQos, StreamFlag.willRetain),
    birth: postOf(stream, birthTopic, birthMessage, birthQos, StreamFlag.birthRetain),
  };
}

class MqttLink implements Link, MqttUser {
  readonly meter: Meter | undefined;
  private readonly use: MqttUse;
  private readonly draft: MqttDraft;

  constructor(
    private readonly stream: Stream,
    target: Target,
    { options }: MqttStreams,
    client: MqttClient,
  ) {
    const { subscribe, qos = 0 } = stream.type;
    this.meter = stream.meter;
    const subscription = subscribe === undefined ? undefined : { filter: topicOf(stream, subscribe), qos };
    this.draft = new MqttDraft(qos, options.keepLimit ?? 4096);
    this.use = client.join(connectionOf(stream, target, options), this, stream, subscription);
    if (stream.rxRoom(1) === 0) this.use.rxFlow(false);
  }

  // --- for the stream -----------------------------------------------------------------------------------------------------------

  requestTx(): void {
    this.use.callbackOnWritable();
  }
  rxFlow(on: boolean): void {
    this.use.rxFlow(on);
  }
  confirmValid(): void {
    this.use.confirmValid();
  }
  close(): void {
    this.use.leave();
  }

  // --- for the client -----------------------------------------------------------------------------------------------------------

  passed(milestone: Milestone, what: string): void {
    this.meter?.passed(milestone, what);
  }

  room(): number {
    return this.stream.rxRoom();
  }

  onUp(): void {
    this.meter?.answered(0);
    this.stream.connected(this);
  }

  onMessage(_use: MqttUse, _topic: string, buffer: Uint8Array, from: number, to: number, piece: number): void {
    this.stream.receive(this, buffer, from, to, piece & (Part.som | Part.eom));
  }

  onWriteable(): void {
    const { stream, draft } = this;
    if (!stream.wantsTx) return;
    const room = stream.payload;
    room.open(0, Math.min(room.bytes.length, draft.room(pieceLimit)));
    if (!stream.fill(this, room) || (room.length === 0 && !(room.flags & Part.eom))) return;
    if (draft.isBlank) draft.begin(stream.txLength);
    const isLast = (room.flags & Part.eom) !== 0 || draft.isFull(room.length);
    try {
      this.put(room, isLast);
    } catch (error) {
      if (!(error instanceof LwsError)) throw error;
      log.warn(`stream ${stream.type.name}`, error.message);
      draft.spoil();
    }
    if (!isLast) {
      stream.wantMore();
      this.use.callbackOnWritable();
    } else if (draft.end()) stream.acknowledge(this, false);
  }

  /** Sends it on, or keeps it until the rest of the message is there. Throws STREAM_BAD_VALUE, BAD_OPTION and OVERLOADED. */
  private put(room: Room, isLast: boolean): void {
    const { stream, draft, use } = this;
    const { type } = stream;
    const to = room.from + room.length;
    if (draft.isSpoilt) return;
    if (draft.isSending) {
      // What is promised can't be taken back: the broker waits for it.
      if (!draft.send(room.length) && isLast) throw this.cut();
      use.append(room.bytes, room.from, to);
      return;
    }
    const { topic: template } = type;
    if (template === undefined) throw new LwsError("STREAM_BAD_VALUE", `${type.name}: no topic to publish to`);
    const topic = topicOf(stream, template);
    const { qos = 0 } = type;
    const retain = (type.flags & StreamFlag.retain) !== 0;
    if (draft.streams && !isLast) {
      use.publish(topic, qos, retain, room.bytes, room.from, to, draft.total);
      draft.startSending(room.length);
    } else if (isLast && draft.isEmpty) use.publish(topic, qos, retain, room.bytes, room.from, to);
    else {
      draft.keep(room.bytes, room.from, to);
      if (isLast) use.publish(topic, qos, retain, draft.bytes, 0, draft.length);
    }
  }

  /** A message that is shorter than it was said to be: only the end of the connection ends it. */
  private cut(): LwsError {
    this.use.leave();
    this.stream.ended(this);
    return new LwsError("STREAM_BAD_VALUE", `${this.stream.type.name}: a message is shorter than it was said to be`);
  }

  onAcknowledged(_use: MqttUse, isGood: boolean): void {
    this.stream.acknowledge(this, isGood);
  }

  onDown(_use: MqttUse, code: ErrorCode): void {
    const { stream } = this;
    if (log.level & LogLevel.info) log.info(`stream ${stream.type.name}`, code);
    if (code === "MQTT_UNAUTHORIZED" && !stream.refuse(this)) return;
    stream.failure = code;
    stream.ended(this, 0, ordinalOf(code));
  }
}
