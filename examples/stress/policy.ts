/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "stress",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "page":
        return {
          name: "page",
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
