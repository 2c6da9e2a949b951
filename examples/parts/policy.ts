/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "parts",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "picture":
        return {
          name: "picture",
          protocol: "h1",
          flags: 0,
          endpoint: "peer.lan",
          port: 7080,
          method: "POST",
          url: "form",
          partName: "picture",
          partFilename: "grey.pgm",
          partType: "image/x-portable-graymap",
        };
      case "report":
        return {
          name: "report",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "peer.lan",
          port: 7080,
          retry: {
            backoff: [1000, 3000],
            conceal: 3,
            jitter: 0,
            ping: 0,
            hangup: 0,
          },
          rideshare: "picture",
          method: "POST",
          url: "form",
          partName: "note",
        };
      default:
        return undefined;
    }
  },
  store(_name: string): readonly string[] | undefined {
    return undefined;
  },
};
