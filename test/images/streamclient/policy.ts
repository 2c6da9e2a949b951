/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "streamclient",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "raw":
        return {
          name: "raw",
          protocol: "raw",
          flags: 0,
          endpoint: "${host}",
          port: 7,
          retry: {
            backoff: [100, 200],
            conceal: 3,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", ""],
        };
      case "raw_steady":
        return {
          name: "raw_steady",
          protocol: "raw",
          flags: 0,
          endpoint: "${host}",
          port: 7,
          retry: {
            backoff: [100, 300],
            conceal: 65535,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", ""],
        };
      case "raw_once":
        return {
          name: "raw_once",
          protocol: "raw",
          flags: StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 7,
          metadata: ["host", ""],
        };
      case "raw_silent":
        return {
          name: "raw_silent",
          protocol: "raw",
          flags: 0,
          endpoint: "${host}",
          port: 7,
          retry: {
            backoff: [100],
            conceal: 1,
            jitter: 0,
            ping: 0,
            hangup: 1,
          },
          metadata: ["host", ""],
        };
      case "raw_tls":
        return {
          name: "raw_tls",
          protocol: "raw",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 7,
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
      case "raw_nailed":
        return {
          name: "raw_nailed",
          protocol: "raw",
          flags: StreamFlag.tls | StreamFlag.nailedUp,
          endpoint: "127.0.0.1",
          port: 9,
          trustStore: "other",
          retry: {
            backoff: [100, 200],
            conceal: 3,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
        };
      case "get":
        return {
          name: "get",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100, 200],
            conceal: 3,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", "", "kind", "x-kind:", "size", "content-length:"],
          method: "GET",
          url: "${path}",
          responses: [404, 1404, 204, 1204],
        };
      case "get_tls":
        return {
          name: "get_tls",
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
      case "follow":
        return {
          name: "follow",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.allowRedirects,
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
      case "portal":
        return {
          name: "portal",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.failRedirect,
          endpoint: "${host}",
          port: 80,
          metadata: ["host", ""],
          method: "GET",
          url: "online",
          expect: 204,
        };
      case "poll":
        return {
          name: "poll",
          protocol: "h1",
          flags: 0,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100, 200],
            conceal: 3,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          method: "GET",
          url: "${path}",
        };
      case "post":
        return {
          name: "post",
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
          metadata: ["host", "", "path", "", "kind", "content-type:"],
          auth: {
            name: "token",
            type: "bearer",
            blob: 1,
          },
          method: "POST",
          url: "${path}",
          authHeader: "authorization:",
          authPreamble: "Bearer ",
          serialHeader: "x-serial:",
        };
      case "form":
        return {
          name: "form",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.urlencoded,
          endpoint: "${host}",
          port: 80,
          metadata: ["host", "", "path", ""],
          method: "POST",
          url: "${path}",
        };
      case "attachment":
        return {
          name: "attachment",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 80,
          metadata: ["host", "", "path", ""],
          method: "POST",
          url: "${path}",
          partName: "file",
          partFilename: 'a"b.bin',
          partType: "application/octet-stream",
        };
      case "parts":
        return {
          name: "parts",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 80,
          metadata: ["host", "", "path", ""],
          rideshare: "attachment",
          method: "POST",
          url: "${path}",
          partName: "note",
        };
      case "no_serial":
        return {
          name: "no_serial",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 80,
          metadata: ["host", "", "path", ""],
          method: "GET",
          url: "${path}",
          modelHeader: "x-type:",
        };
      case "ws":
        return {
          name: "ws",
          protocol: "ws",
          flags: 0,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100, 200],
            conceal: 3,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", ""],
          url: "${path}",
          subprotocol: "lws-test",
        };
      case "ws_tls":
        return {
          name: "ws_tls",
          protocol: "ws",
          flags: StreamFlag.tls | StreamFlag.opportunistic | StreamFlag.binary,
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
          url: "${path}",
        };
      case "ws_alive":
        return {
          name: "ws_alive",
          protocol: "ws",
          flags: 0,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [100],
            conceal: 3,
            jitter: 0,
            ping: 1,
            hangup: 2,
          },
          metadata: ["host", "", "path", ""],
          url: "${path}",
        };
      case "ws_shown":
        return {
          name: "ws_shown",
          protocol: "ws",
          flags: StreamFlag.opportunistic | StreamFlag.allowRedirects,
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
          auth: {
            name: "token",
            type: "bearer",
            blob: 1,
          },
          url: "${path}",
          authHeader: "authorization:",
          authPreamble: "Bearer ",
          serialHeader: "x-serial:",
          subprotocol: "chat, superchat",
        };
      case "mq0":
        return {
          name: "mq0",
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
          subscribe: "in/${name}/#",
          qos: 0,
          keepAlive: 30,
        };
      case "mq1":
        return {
          name: "mq1",
          protocol: "mqtt",
          flags: StreamFlag.nailedUp,
          endpoint: "${host}",
          port: 1883,
          retry: {
            backoff: [100, 300],
            conceal: 65535,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "name", ""],
          topic: "out/${name}",
          subscribe: "in/${name}/#",
          qos: 1,
          keepAlive: 30,
        };
      case "mq2":
        return {
          name: "mq2",
          protocol: "mqtt",
          flags: StreamFlag.nailedUp,
          endpoint: "${host}",
          port: 1883,
          retry: {
            backoff: [100, 300],
            conceal: 65535,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "name", ""],
          topic: "out/${name}",
          subscribe: "in/${name}/#",
          qos: 2,
          keepAlive: 30,
        };
      case "mq_keep":
        return {
          name: "mq_keep",
          protocol: "mqtt",
          flags: StreamFlag.opportunistic | StreamFlag.retain,
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
          qos: 1,
          keepAlive: 30,
        };
      case "mq_life":
        return {
          name: "mq_life",
          protocol: "mqtt",
          flags: StreamFlag.opportunistic | StreamFlag.cleanStart | StreamFlag.birthRetain,
          endpoint: "${host}",
          port: 1884,
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
          keepAlive: 4,
          willTopic: "life/${name}",
          willMessage: "${name} is lost",
          willQos: 1,
          birthTopic: "life/${name}",
          birthMessage: "${name} is here",
          birthQos: 2,
        };
      case "mq_tls":
        return {
          name: "mq_tls",
          protocol: "mqtt",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 8883,
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
          qos: 2,
        };
      default:
        return undefined;
    }
  },
  store(name: string): readonly string[] | undefined {
    switch (name) {
      case "fleet":
        return ["root"];
      case "other":
        return ["root"];
      default:
        return undefined;
    }
  },
};
