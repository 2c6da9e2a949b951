/** Where a stream goes to, once its values are put in. */
import { LwsError } from "lws/core/errors";
import { expand, type Value } from "./metadata";
import { StreamFlag, type StreamType } from "./policy";

export interface Target {
  readonly secure: boolean;
  /** Name or dotted address. */
  readonly host: string;
  readonly port: number;
  /** With a slash at its beginning. */
  readonly path: string;
}

/** Default port of a scheme; 0 for one that is not known. Those of TLS are odd ones out in no other way. */
function portOf(scheme: string): number {
  switch (scheme) {
    case "http":
    case "ws":
      return 80;
    case "https":
    case "wss":
      return 443;
    case "mqtt":
      return 1883;
    case "mqtts":
      return 8883;
    default:
      return 0;
  }
}

function isSecure(scheme: string): boolean {
  return scheme === "https" || scheme === "wss" || scheme === "mqtts";
}

/** A file of the image; what is put in does not lead out of its folder. */
function fileOf({ name }: StreamType, endpoint: string): Target {
  const path = endpoint.replace(/^file:\/\/\/?/, "");
  if (/(?:^|\/)\.{0,2}(?:\/|$)/.test(path)) throw new LwsError("STREAM_BAD_VALUE", `${name}: endpoint`);
  return { secure: false, host: "", port: 0, path };
}

/**
 * Puts the values in. An endpoint that has become a URL has a say in host, port and path, but not in TLS: that the policy decides alone. Throws
 * STREAM_BAD_VALUE.
 */
export function targetOf(type: StreamType, values: readonly (Value | undefined)[] | undefined): Target {
  const endpoint = expand(type.endpoint ?? "", type, values);
  const url = expand(type.url ?? "", type, values);
  if (type.protocol === "file") return fileOf(type, endpoint);
  const secure = (type.flags & StreamFlag.tls) !== 0;
  const parts = /^(?:([a-z]+):\/\/)?([A-Za-z0-9_.-]+)(?::([1-9]\d{0,4}))?(\/.*)?$/.exec(endpoint);
  if (!parts) throw new LwsError("STREAM_BAD_VALUE", `${type.name}: endpoint`);
  const [, scheme, host = "", digits, rest] = parts;
  if (scheme !== undefined && (portOf(scheme) === 0 || isSecure(scheme) !== secure)) {
    throw new LwsError("STREAM_BAD_VALUE", `${type.name}: ${scheme} with${secure ? "" : "out"} TLS`);
  }
  const port = digits !== undefined ? Number(digits) : scheme !== undefined ? portOf(scheme) : (type.port ?? 0);
  const path = rest ?? (url.startsWith("/") ? url : `/${url}`);
  if (port < 1 || port > 65535) throw new LwsError("STREAM_BAD_VALUE", `${type.name}: port`);
  if (/[^!-~]/.test(path)) throw new LwsError("STREAM_BAD_VALUE", `${type.name}: path`);
  return { secure, host, port, path };
}
