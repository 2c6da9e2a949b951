/** The chunked transfer coding (RFC 9112 §7.1): the lines between the data, one by one. Its readers see to the data. */
import { ByteSet, Bytes } from "lws/platform/bytes";

/** Longest line of a chunk's size with its extensions, and of a trailer; most bytes of a trailer section. */
const lineLimit = 256;
const trailerLimit = 1024;

/** What a chunked body is at. */
export const enum Chunk {
  size,
  data,
  dataEnd,
  trailer,
  /** The body is complete. */
  over,
}

/** What a reader of a chunked body keeps. */
export interface ChunkState {
  chunk: Chunk;
  /** Data of the present chunk that is still to come; behind the last one, bytes of the trailer section. */
  left: number;
}

/** Results of {@link readChunkLine} that are no index. */
export const enum ChunkLine {
  /** It has no end yet. */
  unfinished = -1,
  malformed = -2,
  /** The trailer section is too long. */
  tooLarge = -3,
}

/** Names with values may stand behind the size of a chunk (RFC 9112 §7.1.1); they mean nothing here. */
function isExtended(buffer: Uint8Array, from: number, to: number): boolean {
  if (from === to) return true;
  return /^(?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~0-9a-z-]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+.^_`|~0-9a-z-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)+$/i.test(
    Bytes.latin1(buffer, from, to),
  );
}

/** Reads the line that begins at `from`, which is none of data; returns where the next thing begins. */
export function readChunkLine(state: ChunkState, buffer: Uint8Array, from: number, length: number): number {
  const lf = Bytes.find(buffer, from, length, "\n");
  if ((lf < 0 ? length : lf) - from > lineLimit) return ChunkLine.malformed;
  if (lf < 0) return ChunkLine.unfinished;
  const to = lf - 1;
  if (lf === from || buffer[to] !== 13) return ChunkLine.malformed;
  if (state.chunk === Chunk.dataEnd) {
    if (to > from) return ChunkLine.malformed;
    state.chunk = Chunk.size;
  } else if (state.chunk === Chunk.size) {
    const digits = Bytes.span(buffer, from, to, ByteSet.hex);
    if (digits === from || digits - from > 8 || !isExtended(buffer, digits, to)) return ChunkLine.malformed;
    state.left = Number.parseInt(Bytes.latin1(buffer, from, digits), 16);
    state.chunk = state.left > 0 ? Chunk.data : Chunk.trailer;
  } else if (to === from) state.chunk = Chunk.over;
  else {
    state.left += lf + 1 - from;
    if (state.left > trailerLimit) return ChunkLine.tooLarge;
    if (Bytes.field(buffer, from, lf + 1, "") < 0) return ChunkLine.malformed;
  }
  return lf + 1;
}
