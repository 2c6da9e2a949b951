/**
 * The name server of the access point: whoever asks for the address of anything is told ours, so that a phone or a computer that looks for
 * the Internet finds the setup page. Only those in the network of the access point are answered: for all others we are no name server.
 */
import type { Context } from "lws/core/context";
import { type Recipient, receiveAll } from "lws/core/datagrams";
import { Netif, UDP, type UDPTarget } from "lws/platform/sockets";
import { Dns, DnsClass, DnsReader, DnsType } from "./dns-message";
import { DnsWriter } from "./dns-writer";

/** Seconds that an answer may be kept: as soon as the client is in another network it is wrong. */
const TTL = 5;
/** Longest query (RFC 1035 §2.3.4). */
const QUERY = 512;

const enum Rcode {
  none = 0,
  malformed = 1,
  notImplemented = 4,
  refused = 5,
}

export class DnsServer implements UDPTarget, Recipient {
  /** @internal */
  readonly socket: UDP;
  private reader: DnsReader | undefined = undefined;

  /** Throws Error("port in use") or Error("no socket"). */
  constructor(private readonly context: Context) {
    this.socket = new UDP({ port: 53, target: this });
  }

  /** @internal */
  onDatagram(): void {
    receiveAll(this.context, "dns", this);
  }

  close(): void {
    this.socket.close();
  }

  /** @internal */
  receive(socket: UDP, length: number): void {
    const { context } = this;
    if (socket.interface !== "ap" || !socket.near || socket.port === 0) return;
    this.reader ??= new DnsReader(context.buffer);
    const { reader } = this;
    // A response is never answered: two servers would talk to each other for ever.
    if (!reader.begin(length) || reader.flags & Dns.response) return;
    const rcode = check(reader, length);
    const writer = new DnsWriter(context.tx, QUERY);
    const copied = reader.flags & (Dns.opcode | Dns.desired);
    writer.begin(reader.id, Dns.response | Dns.available | copied | rcode);
    if (rcode === Rcode.none) {
      writer.copyQuestions(context.buffer, Dns.header, reader.at, 1);
      const address = Netif.address("ap")?.address;
      // To other types of a name that is there: nothing, and the client does not ask again (RFC 2308 §2.2).
      if (address !== undefined && (reader.type === DnsType.A || reader.type === DnsType.ANY))
        writer.answerA(TTL, address);
    }
    socket.write(context.tx, 0, writer.end, socket.address, socket.port);
  }
}

/** What is to be said of the query, whose question has been read where there is nothing. */
function check(reader: DnsReader, length: number): number {
  if (reader.flags & Dns.opcode) return Rcode.notImplemented;
  // With extensions (RFC 6891) one more record may follow, which is not looked at.
  if (length > QUERY || reader.questions !== 1 || reader.answers + reader.authorities > 0) return Rcode.malformed;
  if (!reader.question()) return Rcode.malformed;
  return reader.class === DnsClass.IN || reader.class === DnsClass.ANY ? Rcode.none : Rcode.refused;
}
