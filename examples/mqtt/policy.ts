/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "mqtt",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "readings":
        return {
          name: "readings",
          protocol: "mqtt",
          flags: 0,
          endpoint: "peer.lan",
          port: 7883,
          retry: {
            backoff: [1000, 3000, 10000],
            conceal: 65535,
            jitter: 20,
            ping: 40,
            hangup: 50,
          },
          metadata: ["house", ""],
          topic: "${house}/reading",
          qos: 1,
          keepAlive: 60,
          willTopic: "${house}/presence",
          willMessage: "lost",
        };
      case "everything":
        return {
          name: "everything",
          protocol: "mqtt",
          flags: StreamFlag.nailedUp,
          endpoint: "peer.lan",
          port: 7883,
          retry: {
            backoff: [1000, 3000, 10000],
            conceal: 65535,
            jitter: 20,
            ping: 40,
            hangup: 50,
          },
          metadata: ["house", ""],
          subscribe: "${house}/#",
          qos: 1,
          keepAlive: 60,
          willTopic: "${house}/presence",
          willMessage: "lost",
        };
      default:
        return undefined;
    }
  },
  store(_name: string): readonly string[] | undefined {
    return undefined;
  },
};
