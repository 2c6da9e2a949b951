/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "online",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "captive_portal_detect":
        return {
          name: "captive_portal_detect",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.failRedirect,
          endpoint: "${server}",
          port: 80,
          timeout: 3000,
          metadata: ["server", "", "path", ""],
          method: "GET",
          url: "${path}",
          expect: 204,
        };
      case "token":
        return {
          name: "token",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.urlencoded,
          endpoint: "${server}",
          port: 80,
          metadata: ["server", ""],
          method: "POST",
          url: "token",
          serialHeader: "x-serial:",
        };
      case "data":
        return {
          name: "data",
          protocol: "h1",
          flags: StreamFlag.opportunistic,
          endpoint: "${server}",
          port: 80,
          retry: {
            backoff: [50],
            conceal: 5,
            jitter: 10,
            ping: 0,
            hangup: 0,
          },
          metadata: ["server", ""],
          auth: {
            name: "cloud",
            type: "bearer",
            blob: 2,
            stream: "token",
          },
          method: "GET",
          url: "data",
          authHeader: "authorization:",
          authPreamble: "Bearer ",
        };
      case "secure":
        return {
          name: "secure",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "${server}",
          port: 443,
          trustStore: "servers",
          metadata: ["server", ""],
          method: "GET",
          url: "secure",
        };
      default:
        return undefined;
    }
  },
  store(name: string): readonly string[] | undefined {
    switch (name) {
      case "servers":
        return ["root"];
      default:
        return undefined;
    }
  },
};
