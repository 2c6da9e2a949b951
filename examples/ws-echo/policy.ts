/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "ws-echo",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "echo":
        return {
          name: "echo",
          protocol: "ws",
          flags: StreamFlag.nailedUp,
          endpoint: "peer.lan",
          port: 7080,
          retry: {
            backoff: [1000, 3000, 10000],
            conceal: 65535,
            jitter: 20,
            ping: 40,
            hangup: 50,
          },
          url: "echo",
        };
      default:
        return undefined;
    }
  },
  store(_name: string): readonly string[] | undefined {
    return undefined;
  },
};
