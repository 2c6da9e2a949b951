/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "server",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "site":
        return {
          name: "site",
          protocol: "h1",
          flags: StreamFlag.server,
          port: 80,
          metadata: ["method", "", "path", "", "name", "", "mime", "content-type:"],
          subprotocol: "example-echo",
        };
      default:
        return undefined;
    }
  },
  store(_name: string): readonly string[] | undefined {
    return undefined;
  },
};
