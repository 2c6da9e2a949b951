/** What the request of an HTTP stream says of itself: its headers and the length of its body. */
import type { HttpAide, HttpRequest } from "lws/client/http/request";
import { LwsError } from "lws/core/errors";
import { headerAt, isLine, textOf } from "./metadata";
import { StreamFlag, type StreamType } from "./policy";
import type { Stream } from "./stream";
import type { Target } from "./target";

/** What a system tells of itself in requests; undefined where it is not there. */
export interface Blobs {
  /** The secret of this index. */
  auth?(index: number): string | undefined;
  serial?(): string | undefined;
  version?(): string | undefined;
  /** Type of the device. */
  model?(): string | undefined;
}

/** What adapters add to requests. */
export interface RequestExtras {
  blobs?: Blobs;
  cookies?: HttpAide;
}

/** Throws STREAM_UNSUPPORTED for a type whose cookies would be nowhere kept. */
export function checkCookies({ name, flags }: StreamType, cookies: HttpAide | undefined): void {
  if (flags & StreamFlag.cookies && !cookies) throw new LwsError("STREAM_UNSUPPORTED", `${name}: cookies`);
}

/** Redirects that are followed where the policy allows any. */
const hops = 4;

function line(name: string, value: string | undefined, type: StreamType): string {
  if (value === undefined || !isLine(value)) throw new LwsError("STREAM_BAD_VALUE", `${type.name}: ${name}`);
  return `${name}: ${value}\r\n`;
}

/** Headers that come from the system, each with its line's end. What is missing fails the attempt. */
function blobLines(type: StreamType, blobs: Blobs): string {
  const { authHeader, authPreamble = "", serialHeader, versionHeader, modelHeader, auth } = type;
  let lines = "";
  if (authHeader !== undefined) {
    const secret = blobs.auth?.(auth?.blob ?? 0);
    lines += line(authHeader.slice(0, -1), secret === undefined ? undefined : authPreamble + secret, type);
  }
  if (serialHeader !== undefined) lines += line(serialHeader.slice(0, -1), blobs.serial?.(), type);
  if (versionHeader !== undefined) lines += line(versionHeader.slice(0, -1), blobs.version?.(), type);
  if (modelHeader !== undefined) lines += line(modelHeader.slice(0, -1), blobs.model?.(), type);
  return lines;
}

/** The request of a stream. Throws STREAM_BAD_VALUE. */
export function requestOf(
  stream: Stream,
  target: Target,
  { blobs = {}, cookies }: RequestExtras,
  contentType: string,
): HttpRequest {
  const { type, values } = stream;
  const { method = "GET", metadata = [], flags } = type;
  const writes = /^(?:POST|PUT|PATCH)$/.test(method) && stream.canWrite;
  let headers = blobLines(type, blobs);
  let length = stream.txLength;
  for (let place = 0; 2 * place < metadata.length; place++) {
    const name = headerAt(type, place);
    const value = values?.[place];
    if (name === "" || value === undefined) continue;
    const text = textOf(value);
    if (name.toLowerCase() !== "content-length") headers += line(name, text, type);
    else if (writes && /^[1-9]\d{0,9}$/.test(text ?? "")) length = Number(text);
  }
  headers += stream.headers;
  if (contentType !== "") headers += `Content-Type: ${contentType}\r\n`;
  const isOpen = length === 0 || contentType.startsWith("multipart/") || (flags & StreamFlag.noContentLength) !== 0;
  return {
    url: `${target.secure ? "https" : "http"}://${target.host}:${target.port}${target.path}`,
    method,
    headers,
    ...(flags & StreamFlag.cookies && { cookies }),
    ...(writes && { length: isOpen ? -1 : length }),
    ...((flags & StreamFlag.allowRedirects) !== 0 && { redirects: hops }),
  };
}
