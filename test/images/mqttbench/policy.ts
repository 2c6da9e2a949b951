/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "mqttbench",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "mq":
        return {
          name: "mq",
          protocol: "mqtt",
          flags: 0,
          endpoint: "${host}",
          port: 1883,
          metadata: ["host", ""],
          topic: "out",
          subscribe: "in",
        };
      default:
        return undefined;
    }
  },
  store(_name: string): readonly string[] | undefined {
    return undefined;
  },
};
