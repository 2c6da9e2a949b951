/** The body of an answer: of a stated length, chunked, or all that comes (RFC 9112 §6.3). Nothing behind its end is looked at. */

import { Bytes } from "lws/platform/bytes";
import { Chunk, ChunkLine, type ChunkState, readChunkLine } from "lws/roles/chunked";
import { BodyLength } from "./answer-head";

/** More than the longest line of a chunk, which has to be there as a whole. */
const lineRoom = 300;

export class AnswerBody implements ChunkState {
  chunk: Chunk = Chunk.size;
  left: number;
  /** It is complete. One that lasts until the connection ends never says so. */
  isOver = false;
  /** Where in the buffer of the last {@link decode} lies what it could not use yet. */
  used = 0;

  /** `length`: its bytes, or a {@link BodyLength}. */
  constructor(private readonly length: number) {
    this.left = length > 0 ? length : 0;
    this.isOver = length === 0;
  }

  /** True if the end of the connection is its end. */
  get lasts(): boolean {
    return this.length === BodyLength.untilClose;
  }

  /** Most bytes to read into a buffer of `size`, where `most` of the body can be taken. */
  room(size: number, most = size): number {
    if (this.length === BodyLength.chunked) return Math.min(size, most + lineRoom);
    return Math.min(size, most, this.lasts ? size : this.left);
  }

  /**
   * Takes the `count` bytes at the beginning of `buffer` and leaves those of the body there, at most `most`; returns how many, or -1 for a malformed body.
   */
  decode(buffer: Uint8Array, count: number, most = count): number {
    if (this.length === BodyLength.chunked) return this.decodeChunks(buffer, count, most);
    const taken = Math.min(count, most);
    this.used = taken;
    if (this.length >= 0) {
      this.left -= taken;
      this.isOver = this.left === 0;
    }
    return taken;
  }

  private decodeChunks(buffer: Uint8Array, count: number, most: number): number {
    let to = 0;
    let at = 0;
    while (at < count && !this.isOver) {
      if (this.chunk === Chunk.data) {
        if (to === most) break;
        const end = Math.min(at + this.left, count, at + most - to);
        to = Bytes.copy(buffer, at, end, buffer, to);
        this.left -= end - at;
        if (this.left === 0) this.chunk = Chunk.dataEnd;
        at = end;
      } else {
        const next = readChunkLine(this, buffer, at, count);
        if (next === ChunkLine.unfinished) break;
        if (next < 0) return -1;
        at = next;
        this.isOver = this.chunk === Chunk.over;
      }
    }
    this.used = at;
    return to;
  }
}
