/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "metadata",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "weather":
        return {
          name: "weather",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "${host}",
          port: 7080,
          retry: {
            backoff: [1000, 3000],
            conceal: 3,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "place", "", "unit", "x-unit:", "length", "content-length:"],
          method: "GET",
          url: "weather/${place}",
        };
      default:
        return undefined;
    }
  },
  store(_name: string): readonly string[] | undefined {
    return undefined;
  },
};
