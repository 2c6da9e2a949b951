/** Streams whose policy leaves open where they go: `"endpoint": "${server}", "http_url": "${path}"`. */
import type { Stream } from "./stream";

/** Lets it go to `url`. Whether that is by TLS the policy decides alone. */
export function setPlace(stream: Stream, url: string): void {
  const at = url.indexOf("/", url.indexOf("://") + 3);
  stream.setMeta("server", at < 0 ? url : url.slice(0, at));
  stream.setMeta("path", at < 0 ? "/" : url.slice(at));
}
