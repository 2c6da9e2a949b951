/** Users of what serves: what they answer is in the path. Each writes down what it hears. */
import { Bytes } from "lws/platform/bytes";
import { Part, Ret, type Room, type StreamHandlers } from "lws/secure-streams/handlers";
import { textOf } from "lws/secure-streams/metadata";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";

/** What belongs to one stream. */
export interface Note {
  readonly name: string;
  /** What it is to send. */
  text: string;
  /** Bytes of filling to send behind that, and whether it is over then. */
  left?: number;
  isOpen?: boolean;
  /** Bytes of the request's body, and their sum. */
  count?: number;
  sum?: number;
}

/** What was heard: an array that shrinks in place would keep what it had. */
export class Log {
  private lines: string[] = [];

  say(line: string): void {
    this.lines.push(line);
  }
  take(): string[] {
    const { lines } = this;
    this.lines = [];
    return lines;
  }
}

export class Server implements StreamHandlers<Note> {
  constructor(
    private readonly log: Log,
    private readonly answers: Record<string, number>,
  ) {}

  private say({ user }: Stream<Note>, what: string, text = what): Ret {
    this.log.say(`${user.name} ${text}`);
    return this.answers[user.name === "L" ? `L:${what}` : what] ?? Ret.ok;
  }

  state(stream: Stream<Note>, state: number, ordinal: number): Ret {
    const name = stateName(state);
    if (state === StreamState.serverTxn) {
      const ret = this.serve(stream);
      if (ret !== Ret.ok) return ret;
    }
    if (state === StreamState.serverUpgrade) stream.user.text = "";
    return this.say(stream, name, ordinal === 0 ? name : `${name}/${ordinal}`);
  }

  private serve(stream: Stream<Note>): Ret {
    const { user } = stream;
    const [, what = "", number = "0"] = String(stream.getMeta("path"))
      .replace(/^\/(?:guest|in)/, "")
      .split("/");
    user.text = "";
    user.left = user.count = user.sum = 0;
    user.isOpen = false;
    const count = Number(number);
    switch (what) {
      case "hello":
        return this.answer(stream, "hello");
      case "redirect":
        stream.setMeta("where", "/hello");
        stream.ack(302);
        stream.requestTx();
        return Ret.ok;
      case "none":
        stream.requestTx();
        return Ret.ok;
      case "status":
        stream.ack(count);
        user.text = number;
        stream.requestTx();
        return Ret.ok;
      case "big":
        user.left = count;
        stream.ack();
        stream.requestTx(count);
        return Ret.ok;
      case "chunked":
        user.left = count;
        stream.ack();
        stream.requestTx();
        return Ret.ok;
      case "endless":
        user.isOpen = true;
        user.left = 1000;
        stream.ack();
        stream.requestTx();
        return Ret.ok;
      case "less":
      case "more":
        user.left = 10;
        stream.ack();
        stream.requestTx(what === "less" ? 20 : 5);
        return Ret.ok;
      case "facts":
        return this.answer(stream, this.facts(stream));
      case "refuse":
        stream.ack(413);
        stream.requestTx();
        return Ret.ok;
      case "bad":
        stream.setMeta("frame", "chunked");
        return this.answer(stream, stream.setMeta("where", "/x\r\nSet-Cookie: a=b") ? "taken" : "not taken");
      case "long":
        stream.setMeta("where", "/".repeat(count));
        return this.answer(stream, "long");
      case "disconnect":
        return Ret.disconnect;
      case "destroy":
        return Ret.destroy;
      case "wait":
        stream.startTimeout(count);
        return Ret.ok;
      default:
        return Ret.ok;
    }
  }

  private facts(stream: Stream<Note>): string {
    const facts: Record<string, string> = {};
    for (const name of ["method", "path", "auth", "name", "agent", "mime"]) {
      const value = stream.getMeta(name);
      if (value !== undefined) facts[name] = textOf(value) ?? "";
    }
    return JSON.stringify(facts);
  }

  private answer(stream: Stream<Note>, text: string): Ret {
    stream.user.text = text;
    stream.setMeta("mime", "text/plain");
    stream.ack();
    stream.requestTx(text.length);
    return Ret.ok;
  }

  rx(stream: Stream<Note>, bytes: Uint8Array, from: number, to: number, flags: number): Ret {
    const { user, type } = stream;
    const ret = this.say(
      stream,
      "rx",
      `rx ${flags} ${to - from} ${Bytes.latin1(bytes, from, Math.min(to, from + 60))}`,
    );
    if (ret !== Ret.ok) return ret;
    if (user.name === "C") return Ret.ok;
    if (type.protocol === "raw" || stream.last === StreamState.serverUpgrade) this.echo(stream, bytes, from, to, flags);
    else {
      user.count = (user.count ?? 0) + to - from;
      for (let i = from; i < to; i++) user.sum = ((user.sum ?? 0) + (bytes[i] as number)) | 0;
      if (flags & Part.eom && String(stream.getMeta("path")).startsWith("/sum")) {
        return this.answer(stream, `${user.count} ${user.sum}`);
      }
    }
    return Ret.ok;
  }

  private echo(stream: Stream<Note>, bytes: Uint8Array, from: number, to: number, flags: number): void {
    const { user, type } = stream;
    user.text += Bytes.latin1(bytes, from, to);
    if (user.text === "bye") stream.user.left = -1;
    if (type.protocol === "raw" || flags & Part.eom) stream.requestTx();
  }

  tx(stream: Stream<Note>, _ordinal: number, room: Room): Ret {
    const { user, type } = stream;
    const isMessage = stream.last === StreamState.serverUpgrade;
    if (user.left === -1) return Ret.disconnect;
    if (user.text !== "") {
      const part = user.text.slice(0, room.left);
      room.put(part);
      user.text = user.text.slice(part.length);
    }
    for (let count = Math.min(user.left ?? 0, room.left); count > 0; count--) {
      room.put("x");
      user.left = (user.left ?? 0) - 1;
    }
    const isOver = user.text === "" && (user.left ?? 0) === 0;
    if (isOver && !user.isOpen) room.flags |= Part.eom;
    else if (isMessage || type.protocol === "raw") stream.requestTx();
    return room.length > 0 || room.flags & Part.eom ? (this.answers["tx"] ?? Ret.ok) : Ret.dontSend;
  }
}
