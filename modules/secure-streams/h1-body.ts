/**
 * The body of a request as the policy wants it: what the user writes, an urlencoded form of it, or the parts of a multipart form (RFC 7578), where the user of one stream writes those
 * of its rideshares, too.
 */

import { makeBoundary, partHead } from "lws/client/form-part";
import { Part, type Room } from "./handlers";
import { StreamFlag, type StreamType } from "./policy";
import type { Stream } from "./stream";

/** Most bytes of payload in one piece. */
const pieceLimit = 1520;
/** Bytes that are kept for the boundary behind the last part. */
const closing = 32;

/** Whether the body is made of parts. */
function isParted({ partName, partFilename, partType }: StreamType): boolean {
  return partName !== undefined || partFilename !== undefined || partType !== undefined;
}

export class RequestBody {
  /** "" where the policy says nothing of it. */
  readonly contentType: string;
  /** "" where the body has no parts. */
  private readonly boundary: string;
  /** The part that is written; undefined behind the last. */
  private part: StreamType | undefined;
  private isBegun = false;

  constructor(private readonly stream: Stream) {
    const { type } = stream;
    this.boundary = isParted(type) ? makeBoundary() : "";
    if (this.boundary !== "") this.contentType = `multipart/form-data; boundary=${this.boundary}`;
    else this.contentType = type.flags & StreamFlag.urlencoded ? "application/x-www-form-urlencoded" : "";
    this.part = type;
    stream.section = type.name;
  }

  /** Opens `room` for the user, behind what has to stand before it. */
  open(room: Room): void {
    const { part, boundary } = this;
    room.open(0, Math.min(room.bytes.length, pieceLimit));
    if (boundary === "" || !part || this.isBegun) return;
    const { name, partName = name, partFilename, partType } = part;
    room.put(partHead(boundary, partName, partFilename, partType));
    room.open(room.from + room.length, Math.min(room.bytes.length - closing, room.from + room.length + pieceLimit));
  }

  /** What the user has put there is to be sent: true if it is the last. Then `[0, room.from + room.length)` goes out. */
  close(room: Room, next: (name: string) => StreamType | undefined): boolean {
    this.isBegun = true;
    const isEnd = (room.flags & Part.eom) !== 0;
    if (this.boundary === "" || !isEnd) return isEnd;
    const { rideshare } = this.part ?? {};
    this.part = rideshare === undefined ? undefined : next(rideshare);
    room.to = room.bytes.length;
    room.put("\r\n");
    this.isBegun = false;
    if (this.part) this.stream.section = this.part.name;
    else room.put(`--${this.boundary}--\r\n`);
    return this.part === undefined;
  }
}
