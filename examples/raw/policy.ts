/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "raw",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "echo":
        return {
          name: "echo",
          protocol: "raw",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7007,
          retry: {
            backoff: [1000, 3000],
            conceal: 3,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          timeout: 5000,
        };
      default:
        return undefined;
    }
  },
  store(_name: string): readonly string[] | undefined {
    return undefined;
  },
};
