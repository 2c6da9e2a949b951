/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "streammore",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "plain":
        return {
          name: "plain",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          method: "GET",
          url: "${path}",
        };
      case "h1_perf":
        return {
          name: "h1_perf",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.allowRedirects | StreamFlag.perf,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          method: "GET",
          url: "${path}",
        };
      case "h1_perf_tls":
        return {
          name: "h1_perf_tls",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic | StreamFlag.perf,
          endpoint: "${host}",
          port: 443,
          trustStore: "fleet",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          method: "GET",
          url: "${path}",
        };
      case "ws_perf":
        return {
          name: "ws_perf",
          protocol: "ws",
          flags: StreamFlag.opportunistic | StreamFlag.perf,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          url: "${path}",
        };
      case "mq_perf":
        return {
          name: "mq_perf",
          protocol: "mqtt",
          flags: StreamFlag.opportunistic | StreamFlag.perf,
          endpoint: "${host}",
          port: 1883,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "name", ""],
          topic: "out/${name}",
          subscribe: "in/${name}",
          qos: 1,
        };
      case "raw_perf":
        return {
          name: "raw_perf",
          protocol: "raw",
          flags: StreamFlag.opportunistic | StreamFlag.perf,
          endpoint: "${host}",
          port: 7,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", ""],
        };
      case "jar":
        return {
          name: "jar",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.cookies,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          method: "GET",
          url: "${path}",
        };
      case "jar_ws":
        return {
          name: "jar_ws",
          protocol: "ws",
          flags: StreamFlag.opportunistic | StreamFlag.cookies,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          url: "${path}",
        };
      case "card":
        return {
          name: "card",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 443,
          clientCert: 0,
          trustStore: "fleet",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          method: "GET",
          url: "${path}",
        };
      case "card_ws":
        return {
          name: "card_ws",
          protocol: "ws",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 443,
          clientCert: 0,
          trustStore: "fleet",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          url: "${path}",
        };
      case "card_mq":
        return {
          name: "card_mq",
          protocol: "mqtt",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 8883,
          clientCert: 0,
          trustStore: "fleet",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "name", ""],
          topic: "out/${name}",
          subscribe: "in/${name}",
          qos: 1,
        };
      case "card_raw":
        return {
          name: "card_raw",
          protocol: "raw",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 7,
          clientCert: 0,
          trustStore: "fleet",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", ""],
        };
      case "no_card":
        return {
          name: "no_card",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 443,
          trustStore: "fleet",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          method: "GET",
          url: "${path}",
        };
      case "eager":
        return {
          name: "eager",
          protocol: "ws",
          flags: StreamFlag.opportunistic | StreamFlag.lowLatency | StreamFlag.readFirst,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          priority: 5,
          metadata: ["host", "", "path", ""],
          url: "${path}",
        };
      case "patient":
        return {
          name: "patient",
          protocol: "ws",
          flags: StreamFlag.opportunistic | StreamFlag.highThroughput | StreamFlag.highReliability | StreamFlag.lowCost,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          url: "${path}",
        };
      case "aws":
        return {
          name: "aws",
          protocol: "mqtt",
          flags: StreamFlag.tls | StreamFlag.opportunistic | StreamFlag.awsIot,
          endpoint: "${host}",
          port: 443,
          trustStore: "fleet",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "name", ""],
          topic: "out/${name}",
          subscribe: "in/${name}",
          qos: 1,
        };
      case "mq":
        return {
          name: "mq",
          protocol: "mqtt",
          flags: StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 1883,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "name", ""],
          topic: "out/${name}",
          subscribe: "in/${name}",
          qos: 1,
        };
      case "direct":
        return {
          name: "direct",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.directHeaders,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", "", "kind", "x-kind:"],
          method: "GET",
          url: "${path}",
          responses: [404, 1404],
        };
      default:
        return undefined;
    }
  },
  store(name: string): readonly string[] | undefined {
    switch (name) {
      case "fleet":
        return ["root"];
      default:
        return undefined;
    }
  },
};
