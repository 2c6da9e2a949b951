/**
 * What a policy is to the firmware. A static one is a module that `lws-xs policy compile` has made: code, which lies in flash, that makes the entry of a
 * stream type when the first stream of that type is created. All streams of a type share that entry.
 */

/** What is spoken. "file" is a file of the image, "sink" another component of the device. */
export type StreamProtocol = "h1" | "h2" | "ws" | "mqtt" | "raw" | "file" | "sink";

/** Bits of {@link StreamType.flags}, named as the keys of a policy are. */
export const enum StreamFlag {
  tls = 0x1,
  opportunistic = 0x2,
  nailedUp = 0x4,
  allowRedirects = 0x8,
  wakeForValidity = 0x10,
  urgentTx = 0x20,
  urgentRx = 0x40,
  longPoll = 0x80,
  lowLatency = 0x100,
  highThroughput = 0x200,
  highReliability = 0x400,
  lowCost = 0x800,
  perf = 0x1000,
  directHeaders = 0x2000,
  localSink = 0x4000,
  server = 0x8000,
  failRedirect = 0x10000,
  noContentLength = 0x20000,
  multipartIn = 0x40000,
  urlencoded = 0x80000,
  cookies = 0x100000,
  quirkEndStream = 0x200000,
  quirkOverflow = 0x400000,
  binary = 0x800000,
  readFirst = 0x1000000,
  retain = 0x2000000,
  cleanStart = 0x4000000,
  willRetain = 0x8000000,
  birthRetain = 0x10000000,
  awsIot = 0x20000000,
}

/** When to try again, and when a silent connection is dead. */
export interface RetryScheme {
  /** Milliseconds before each attempt; the last holds for all that follow. Empty: 3000. */
  readonly backoff: readonly number[];
  /** Failed attempts that are repeated before ALL_RETRIES_FAILED; 65535: for ever. */
  readonly conceal: number;
  /** Percentage that a wait is lengthened by at random; 0 stands for 30. */
  readonly jitter: number;
  /** Seconds of silence after which the peer is asked for a sign of life. */
  readonly ping: number;
  /** Seconds of silence after which a connection counts as dead; 0: never. */
  readonly hangup: number;
}

export interface AuthScheme {
  readonly name: string;
  readonly type: string;
  /** Stream type that fetches a new token. */
  readonly stream?: string;
  /** Index of the system's blob with the secret. */
  readonly blob: number;
}

/** A stream type. What a policy does not say is absent. */
export interface StreamType {
  readonly name: string;
  readonly protocol: StreamProtocol;
  /** Bits of {@link StreamFlag}. */
  readonly flags: number;
  /** Host name or address, perhaps with `${name}`; a server's address to listen at. */
  readonly endpoint?: string;
  readonly port?: number;
  readonly trustStore?: string;
  readonly clientCert?: number;
  readonly retry?: RetryScheme;
  /** Milliseconds that `startTimeout()` waits. */
  readonly timeout?: number;
  /** IP precedence, 0 to 7. */
  readonly priority?: number;
  /** Names of values and the headers that they go into or come from, or "", by turns. */
  readonly metadata?: readonly string[];
  readonly payloadFormat?: string;
  readonly rideshare?: string;
  readonly auth?: AuthScheme;
  /** Names and values of per-vhost options, by turns. */
  readonly options?: readonly string[];

  readonly method?: string;
  /** Path of the request, perhaps with `${name}`. */
  readonly url?: string;
  /** The one status that is a success; absent: 200 to 299. */
  readonly expect?: number;
  /** Statuses and the states that are reported for them, by turns. */
  readonly responses?: readonly number[];
  readonly authHeader?: string;
  readonly authPreamble?: string;
  readonly serialHeader?: string;
  readonly versionHeader?: string;
  readonly modelHeader?: string;
  readonly partName?: string;
  readonly partFilename?: string;
  readonly partType?: string;
  readonly awsRegion?: string;
  readonly awsService?: string;

  readonly subprotocol?: string;

  readonly topic?: string;
  readonly subscribe?: string;
  readonly qos?: number;
  readonly keepAlive?: number;
  readonly willTopic?: string;
  readonly willMessage?: string;
  readonly willQos?: number;
  readonly birthTopic?: string;
  readonly birthMessage?: string;
  readonly birthQos?: number;

  /** Names of the server's certificate and key. */
  readonly serverCert?: string;
  readonly serverKey?: string;
}

export interface Policy {
  readonly release: string;
  readonly product: string;
  /** A new entry of this stream type; undefined if there is none. */
  stream(name: string): StreamType | undefined;
  /** Names of the certificates that a trust store trusts; undefined if there is no such store. */
  store(name: string): readonly string[] | undefined;
  /** A certificate or key that the policy has itself, in DER. Absent, or undefined: it is a file of the image. */
  certificate?(name: string): Uint8Array | undefined;
}

/** The resource that has the certificate or key of this name, in DER. */
export function certificatePath(name: string): string {
  return `policy/${name}.der`;
}
