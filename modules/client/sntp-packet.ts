/** NTP packets as a client of the simple kind sends and reads them (RFC 5905 §7.3, §14). */
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { u16 } from "lws/system/dns-message";

/** Bytes of a packet without extensions. */
export const PACKET = 48;
/** Bytes of a timestamp. */
const STAMP = 8;
/** Version 4, mode 3: a client. */
const REQUEST = 0x23;
const SERVER = 4;
/** Where the fields stand. */
const ROOT_DELAY = 4;
const ROOT_DISPERSION = 8;
const REFERENCE = 12;
const ORIGINATE = 24;
const RECEIVE = 32;
const TRANSMIT = 40;
/** The server does not know the time. */
const UNSYNCHRONISED = 3;
const STRATA = 16;
/** Seconds that the way to the reference clock may take or be wrong by. */
const ROOT = 16;
/** Seconds from 1900 to 1970, and of an era: the first bit of a stamp says which one it is of, until 2104. */
const TO_1970 = 2_208_988_800;
const ERA = 4_294_967_296;

export const enum Answer {
  /** It is none, or of no use: as if it had not come. */
  ignored,
  time,
  /** Kiss of death (RFC 5905 §7.4): asks for less. */
  slower,
  /** Kiss of death: this server must not be asked. */
  denied,
}

function u32(buffer: Uint8Array, at: number): number {
  return u16(buffer, at) * 0x10000 + u16(buffer, at + 2);
}

/** A timestamp in milliseconds since 1970. */
function milliseconds(buffer: Uint8Array, at: number): number {
  const seconds = u32(buffer, at);
  return (seconds + (seconds < ERA / 2 ? ERA : 0) - TO_1970 + u32(buffer, at + 4) / ERA) * 1000;
}

/** What was asked, and what came of it. */
export class SntpExchange {
  /** Milliseconds since 1970 when the server sent its answer, and for how many it had the question. */
  time = 0;
  held = 0;
  private readonly stamp = new Uint8Array(STAMP);

  /** Puts a request at the beginning of the buffer. Its stamp is not our time, which is nobody's business, but what only the server gets to know. */
  write(into: Uint8Array): void {
    const { stamp } = this;
    Chip.random(stamp, 0, STAMP);
    // A stamp of zeros would be none.
    stamp[0] = (stamp[0] as number) | 1;
    into.fill(0, 0, PACKET);
    into[0] = REQUEST;
    Bytes.copy(stamp, 0, STAMP, into, TRANSMIT);
  }

  /** Reads the answer at the beginning of the buffer. */
  read(buffer: Uint8Array, length: number): Answer {
    const first = buffer[0] as number;
    const version = (first >> 3) & 7;
    if (length < PACKET || (first & 7) !== SERVER || version < 3 || version > 4) return Answer.ignored;
    for (let i = 0; i < STAMP; i++) if (buffer[ORIGINATE + i] !== this.stamp[i]) return Answer.ignored;
    // An answer counts once.
    Chip.random(this.stamp, 0, STAMP);
    const stratum = buffer[1] as number;
    if (stratum === 0) {
      const code = Bytes.latin1(buffer, REFERENCE, REFERENCE + 4);
      return code === "RATE" ? Answer.slower : code === "DENY" || code === "RSTR" ? Answer.denied : Answer.ignored;
    }
    if (first >> 6 === UNSYNCHRONISED || stratum >= STRATA) return Answer.ignored;
    if (u16(buffer, ROOT_DELAY) >= ROOT || u16(buffer, ROOT_DISPERSION) >= ROOT) return Answer.ignored;
    if (u32(buffer, TRANSMIT) === 0 || u32(buffer, RECEIVE) === 0) return Answer.ignored;
    this.time = milliseconds(buffer, TRANSMIT);
    this.held = this.time - milliseconds(buffer, RECEIVE);
    return this.held < 0 ? Answer.ignored : Answer.time;
  }
}
