/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "testsfail",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "good":
        return {
          name: "good",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7443,
          trustStore: "peer",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "expired":
        return {
          name: "expired",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "expired.lan",
          port: 7443,
          trustStore: "peer",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "stranger":
        return {
          name: "stranger",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "stranger.lan",
          port: 7443,
          trustStore: "peer",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "wrong_name":
        return {
          name: "wrong_name",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "wrong.lan",
          port: 7443,
          trustStore: "peer",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "no_tls_there":
        return {
          name: "no_tls_there",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7080,
          trustStore: "peer",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "tls_there":
        return {
          name: "tls_there",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7443,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "no_such_name":
        return {
          name: "no_such_name",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "nobody.lan",
          port: 7080,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "refused":
        return {
          name: "refused",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7009,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "concealed":
        return {
          name: "concealed",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7009,
          retry: {
            backoff: [100, 200],
            conceal: 2,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "busy":
        return {
          name: "busy",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7080,
          retry: {
            backoff: [100, 200],
            conceal: 2,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "busy",
        };
      case "silent":
        return {
          name: "silent",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7008,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "hello",
        };
      case "timeout":
        return {
          name: "timeout",
          protocol: "raw",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7008,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          timeout: 200,
        };
      case "redirected":
        return {
          name: "redirected",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7080,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "elsewhere",
        };
      case "redirected_for_ever":
        return {
          name: "redirected_for_ever",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.allowRedirects,
          endpoint: "peer.lan",
          port: 7080,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "elsewhere",
        };
      case "not_found":
        return {
          name: "not_found",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7080,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "missing",
        };
      case "no_upgrade":
        return {
          name: "no_upgrade",
          protocol: "ws",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7443,
          trustStore: "peer",
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          url: "hello",
        };
      case "no_broker":
        return {
          name: "no_broker",
          protocol: "mqtt",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7080,
          retry: {
            backoff: [100],
            conceal: 0,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          subscribe: "a",
        };
      default:
        return undefined;
    }
  },
  store(name: string): readonly string[] | undefined {
    switch (name) {
      case "peer":
        return ["root"];
      default:
        return undefined;
    }
  },
};
