/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "1",
  product: "lws-setup",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "update_check":
        return {
          name: "update_check",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "${server}",
          port: 443,
          trustStore: "update",
          metadata: [
            "server",
            "",
            "path",
            "",
            "accept",
            "accept:",
            "content-length",
            "content-length:",
            "content-encoding",
            "content-encoding:",
          ],
          method: "GET",
          url: "${path}",
        };
      case "update_image":
        return {
          name: "update_image",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic | StreamFlag.lowCost,
          endpoint: "${server}",
          port: 443,
          trustStore: "update",
          metadata: [
            "server",
            "",
            "path",
            "",
            "range",
            "range:",
            "if-range",
            "if-range:",
            "content-length",
            "content-length:",
            "content-range",
            "content-range:",
            "content-encoding",
            "content-encoding:",
            "etag",
            "etag:",
          ],
          method: "GET",
          url: "${path}",
        };
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
          responses: [511, 1511],
        };
      default:
        return undefined;
    }
  },
  store(name: string): readonly string[] | undefined {
    switch (name) {
      case "update":
        return ["update"];
      default:
        return undefined;
    }
  },
};
