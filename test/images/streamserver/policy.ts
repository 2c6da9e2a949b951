/** Made from policy.json by `lws-xs policy compile`: change that, not this. */
import type { Policy, StreamType } from "lws/secure-streams/policy";
import { StreamFlag } from "lws/secure-streams/policy";

export const policy: Policy = {
  release: "2026.11.0",
  product: "test",
  stream(name: string): StreamType | undefined {
    switch (name) {
      case "web":
        return {
          name: "web",
          protocol: "h1",
          flags: StreamFlag.server,
          port: 81,
          metadata: [
            "method",
            "",
            "path",
            "",
            "auth",
            "",
            "name",
            "",
            "mime",
            "content-type:",
            "agent",
            "user-agent:",
            "where",
            "location:",
            "size",
            "content-length:",
            "frame",
            "transfer-encoding:",
          ],
          subprotocol: "lws-test",
        };
      case "web_tls":
        return {
          name: "web_tls",
          protocol: "h1",
          flags: StreamFlag.tls | StreamFlag.binary | StreamFlag.server,
          port: 443,
          metadata: ["method", "", "path", "", "mime", "content-type:"],
          subprotocol: "lws-test, lws-other",
          serverCert: "device",
          serverKey: "key",
        };
      case "web_deaf":
        return {
          name: "web_deaf",
          protocol: "h1",
          flags: StreamFlag.server,
          port: 86,
          metadata: ["path", ""],
        };
      case "web_near":
        return {
          name: "web_near",
          protocol: "h1",
          flags: StreamFlag.server,
          endpoint: "192.168.4.1",
          port: 82,
          metadata: ["method", "", "path", ""],
        };
      case "web_far":
        return {
          name: "web_far",
          protocol: "h1",
          flags: StreamFlag.server,
          endpoint: "192.168.4.9",
          port: 87,
          metadata: ["method", "", "path", ""],
        };
      case "web_shut":
        return {
          name: "web_shut",
          protocol: "h1",
          flags: StreamFlag.server,
          port: 88,
          metadata: ["method", "", "path", "", "auth", "", "mime", "content-type:"],
          options: ["basic-auth", "users", "mountpoint", "/in", "allow-origin", "http://friend.lan"],
          subprotocol: "lws-test",
        };
      case "talk":
        return {
          name: "talk",
          protocol: "ws",
          flags: StreamFlag.server,
          port: 83,
        };
      case "guest":
        return {
          name: "guest",
          protocol: "h1",
          flags: StreamFlag.server,
          endpoint: "!board",
          metadata: ["method", "", "path", "", "mime", "content-type:"],
          options: ["mountpoint", "/guest"],
          subprotocol: "guest",
        };
      case "lost":
        return {
          name: "lost",
          protocol: "h1",
          flags: StreamFlag.server,
          endpoint: "!nowhere",
          metadata: ["method", "", "path", ""],
        };
      case "raw":
        return {
          name: "raw",
          protocol: "raw",
          flags: StreamFlag.server,
          port: 84,
        };
      case "raw_tls":
        return {
          name: "raw_tls",
          protocol: "raw",
          flags: StreamFlag.tls | StreamFlag.server,
          port: 85,
          serverCert: "device",
          serverKey: "key",
        };
      case "parts":
        return {
          name: "parts",
          protocol: "h1",
          flags: StreamFlag.opportunistic | StreamFlag.multipartIn,
          endpoint: "${host}",
          port: 80,
          retry: {
            backoff: [10],
            conceal: 0,
            jitter: 1,
            ping: 0,
            hangup: 0,
          },
          metadata: ["host", "", "path", "", "mime", "content-type:"],
          method: "GET",
          url: "${path}",
        };
      case "page":
        return {
          name: "page",
          protocol: "file",
          flags: StreamFlag.opportunistic,
          endpoint: "file://${path}",
          retry: {
            backoff: [10],
            conceal: 0,
            jitter: 1,
            ping: 0,
            hangup: 0,
          },
          metadata: ["path", ""],
        };
      case "bus":
        return {
          name: "bus",
          protocol: "sink",
          flags: StreamFlag.localSink,
        };
      default:
        return undefined;
    }
  },
  store(_name: string): readonly string[] | undefined {
    return undefined;
  },
};
