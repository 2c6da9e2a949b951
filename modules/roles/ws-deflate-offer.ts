/** The negotiation of permessage-deflate (RFC 7692 §7.1) in a Sec-WebSocket-Extensions header (RFC 6455 §9.1). */
import { LwsError } from "lws/core/errors";

/** What the server allows. */
export interface Terms {
  readonly clientWindowBits: number;
  readonly serverWindowBits: number;
  readonly largeWindows: boolean;
  readonly clientTakeover: boolean;
  readonly serverTakeover: boolean;
}

/** What both sides keep to. */
export interface Agreement {
  readonly answer: string;
  readonly clientBits: number;
  readonly serverBits: number;
  readonly clientTakeover: boolean;
  readonly serverTakeover: boolean;
}

/** One offer of the client's list. */
class Offer {
  /** Undefined: not mentioned; 0: without a value. */
  serverBits: number | undefined = undefined;
  clientBits: number | undefined = undefined;
  noServerTakeover = false;
  noClientTakeover = false;
  /** It is for this extension, and nothing in it is unknown, said twice or out of range. */
  isGood: boolean;

  constructor(name: string) {
    this.isGood = name === "permessage-deflate";
  }

  add(name: string, value: string | undefined): void {
    const bits = value === undefined ? 0 : /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : -1;
    if (name === "server_no_context_takeover" && value === undefined && !this.noServerTakeover) {
      this.noServerTakeover = true;
    } else if (name === "client_no_context_takeover" && value === undefined && !this.noClientTakeover) {
      this.noClientTakeover = true;
    } else if (name === "server_max_window_bits" && bits > 0 && this.serverBits === undefined) this.serverBits = bits;
    else if (name === "client_max_window_bits" && bits >= 0 && this.clientBits === undefined) this.clientBits = bits;
    else this.isGood = false;
  }
}

/** What is answered to the first offer that suits; undefined where none does. Throws LwsError("BAD_REQUEST"). */
export function agree(terms: Terms, offers: string): Agreement | undefined {
  let offer: Offer | undefined;
  let parameter: string | undefined;
  let chosen: Agreement | undefined;
  let end = ";";
  // A name or value: a token, or one in quotes (RFC 6455 §9.1); then what ends it.
  const element = /[\t ]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"([!#$%&'*+.^_`|~0-9A-Za-z-]+)")[\t ]*([,;=]?)/y;
  while (end !== "") {
    const [, token, quoted, ended] = element.exec(offers) ?? [];
    const word = token ?? quoted;
    // Only a value may stand in quotes, and only a parameter has one.
    if (word === undefined || (token === undefined && end !== "=") || (ended === "=" && (!offer || end === "="))) {
      throw new LwsError("BAD_REQUEST");
    }
    if (!offer) offer = new Offer(word);
    else if (end === "=") offer.add(parameter as string, word);
    else if (ended === "=") parameter = word;
    else offer.add(word, undefined);
    end = ended as string;
    if (end === "," || end === "") {
      chosen ??= accept(terms, offer);
      offer = undefined;
    }
  }
  if (element.lastIndex < offers.length) throw new LwsError("BAD_REQUEST");
  return chosen;
}

function accept(terms: Terms, offer: Offer): Agreement | undefined {
  const { clientBits: most } = offer;
  if (!offer.isGood || (most === undefined && !terms.largeWindows && terms.clientWindowBits < 15)) return undefined;
  const clientBits = most === undefined ? 15 : terms.clientWindowBits;
  const serverBits = Math.min(offer.serverBits ?? 15, terms.serverWindowBits);
  const clientTakeover = terms.clientTakeover && !offer.noClientTakeover;
  const serverTakeover = terms.serverTakeover && !offer.noServerTakeover;
  let answer = "permessage-deflate";
  if (!serverTakeover) answer += "; server_no_context_takeover";
  if (!clientTakeover) answer += "; client_no_context_takeover";
  answer += `; server_max_window_bits=${serverBits}`;
  // Only a client that knows this parameter may be given it (RFC 7692 §7.1.2.2).
  if (most !== undefined) answer += `; client_max_window_bits=${most > 0 && most < clientBits ? most : clientBits}`;
  return { answer, clientBits, serverBits, clientTakeover, serverTakeover };
}
