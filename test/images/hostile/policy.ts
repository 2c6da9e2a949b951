/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "hostile",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "h1":
        return {
          name: "h1",
          protocol: "h1",
          flags: StreamFlag.nailedUp,
          endpoint: "peer.lan",
          port: 7181,
          retry: {
            backoff: [5, 10, 20],
            conceal: 65535,
            jitter: 50,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "/",
        };
      case "redirect":
        return {
          name: "redirect",
          protocol: "h1",
          flags: StreamFlag.nailedUp | StreamFlag.allowRedirects,
          endpoint: "peer.lan",
          port: 7182,
          retry: {
            backoff: [5, 10, 20],
            conceal: 65535,
            jitter: 50,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "/",
        };
      case "ws":
        return {
          name: "ws",
          protocol: "ws",
          flags: StreamFlag.nailedUp,
          endpoint: "peer.lan",
          port: 7183,
          retry: {
            backoff: [5, 10, 20],
            conceal: 65535,
            jitter: 50,
            ping: 0,
            hangup: 0,
          },
          url: "/",
        };
      case "raw":
        return {
          name: "raw",
          protocol: "raw",
          flags: StreamFlag.nailedUp,
          endpoint: "peer.lan",
          port: 7184,
          retry: {
            backoff: [5, 10, 20],
            conceal: 65535,
            jitter: 50,
            ping: 0,
            hangup: 0,
          },
        };
      case "mqtt":
        return {
          name: "mqtt",
          protocol: "mqtt",
          flags: StreamFlag.nailedUp,
          endpoint: "peer.lan",
          port: 7185,
          retry: {
            backoff: [5, 10, 20],
            conceal: 65535,
            jitter: 50,
            ping: 0,
            hangup: 0,
          },
          subscribe: "a",
          qos: 1,
        };
      case "tls":
        return {
          name: "tls",
          protocol: "raw",
          flags: StreamFlag.tls | StreamFlag.nailedUp,
          endpoint: "peer.lan",
          port: 7186,
          trustStore: "peer",
          retry: {
            backoff: [5, 10, 20],
            conceal: 65535,
            jitter: 50,
            ping: 0,
            hangup: 0,
          },
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
