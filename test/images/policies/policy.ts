/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "2026.11.0",
  product: "greenhouse",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "telemetry":
        return {
          name: "telemetry",
          protocol: "mqtt",
          flags: StreamFlag.tls | StreamFlag.nailedUp | StreamFlag.wakeForValidity | StreamFlag.willRetain,
          endpoint: "mq.example.net",
          port: 8883,
          clientCert: 0,
          trustStore: "fleet",
          retry: {
            backoff: [2000, 5000, 15000, 60000, 300000],
            conceal: 65535,
            jitter: 35,
            ping: 240,
            hangup: 270,
          },
          metadata: ["node", ""],
          topic: "gh/${node}/reading",
          subscribe: "gh/${node}/cmd",
          qos: 1,
          keepAlive: 300,
          willTopic: "gh/${node}/presence",
          willMessage: "lost",
        };
      case "firmware":
        return {
          name: "firmware",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic | StreamFlag.lowCost,
          endpoint: "dl.example.net",
          port: 443,
          trustStore: "update",
          retry: {
            backoff: [1500, 4000],
            conceal: 2,
            jitter: 20,
            ping: 0,
            hangup: 0,
          },
          timeout: 120000,
          metadata: ["hw", "", "channel", "", "size", "content-length:", "etag", "etag:"],
          method: "GET",
          url: "fw/${hw}/${channel}.bin",
          versionHeader: "x-running-version:",
        };
      case "alert":
        return {
          name: "alert",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic | StreamFlag.urgentTx,
          endpoint: "api.example.net",
          port: 443,
          trustStore: "fleet",
          retry: {
            backoff: [1500, 4000],
            conceal: 2,
            jitter: 20,
            ping: 0,
            hangup: 0,
          },
          metadata: ["kind", "content-type:"],
          auth: {
            name: "token",
            type: "bearer",
            blob: 1,
            stream: "login",
          },
          method: "POST",
          url: "v1/alert",
          responses: [409, 1409],
          authHeader: "authorization:",
          authPreamble: "Bearer ",
        };
      case "login":
        return {
          name: "login",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.opportunistic,
          endpoint: "api.example.net",
          port: 443,
          trustStore: "fleet",
          retry: {
            backoff: [1500, 4000],
            conceal: 2,
            jitter: 20,
            ping: 0,
            hangup: 0,
          },
          method: "GET",
          url: "v1/token",
        };
      case "captive_portal_detect":
        return {
          name: "captive_portal_detect",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.failRedirect,
          endpoint: "check.example.net",
          port: 80,
          method: "GET",
          url: "online",
          expect: 204,
        };
      case "local_ui":
        return {
          name: "local_ui",
          protocol: "h1",
          flags: StreamFlag.server,
          port: 80,
          metadata: ["method", "", "path", "", "mime", "content-type:"],
          subprotocol: "gh-live",
        };
      default:
        return undefined;
    }
  },
  store(name: string): readonly string[] | undefined {
    switch (name) {
      case "fleet":
        return ["fleet"];
      case "update":
        return ["fleet"];
      default:
        return undefined;
    }
  },
};
