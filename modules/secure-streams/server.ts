/** What an image names for the types of streams that listen: one per protocol, or one for local sinks. */
import type { StreamHandlers } from "./handlers";
import type { StreamType } from "./policy";
import type { Stream } from "./stream";
import type { CreateOptions, Streams } from "./streams";

export interface StreamServer {
  /**
   * Begins to listen, and makes the stream that stands for that; nothing is reported yet. Throws STREAM_UNSUPPORTED, STREAM_BAD_VALUE, STREAM_TAKEN, STREAM_NO_PORT, STREAM_NO_VHOST,
   * STREAM_NO_SINK, and CERT_…, KEY_… or TLS_NO_MEMORY; nothing is left behind then.
   */
  open<User>(
    streams: Streams,
    type: StreamType,
    handlers: StreamHandlers<User>,
    options: CreateOptions<User>,
  ): Stream<User>;
}
