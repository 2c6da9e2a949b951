/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "form",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "reading":
        return {
          name: "reading",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.urlencoded,
          endpoint: "peer.lan",
          port: 7080,
          retry: {
            backoff: [1000, 3000],
            conceal: 3,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          method: "POST",
          url: "form",
        };
      default:
        return undefined;
    }
  },
  store(_name: string): readonly string[] | undefined {
    return undefined;
  },
};
