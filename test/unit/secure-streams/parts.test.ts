/** Answers of several parts, at every split point. */
import { Bytes } from "lws/platform/bytes";
import { Part, Ret } from "lws/secure-streams/handlers";
import { AnswerParts } from "lws/secure-streams/parts";
import type { Stream } from "lws/secure-streams/stream";
import { equal, test } from "../harness";
import { Bed } from "./bed";

interface Heard {
  /** Messages, each with its flags before and behind it where there are others than those of a message. */
  messages: string[];
  isComplete: boolean;
}

/** One stream for all bodies, as long as it is not ended. */
class Ear {
  messages: string[] = [];
  answer: () => Ret = () => Ret.ok;
  private isInside = false;
  private readonly bed = new Bed({ a: { protocol: "h1" } });
  private readonly stream: Stream;

  constructor() {
    const { bed } = this;
    bed.user.rx = (_stream, bytes, from, to, flags) => this.take(bytes, from, to, flags);
    this.stream = bed.create("a");
    this.stream.connect();
    bed.link.up();
  }

  private take(bytes: Uint8Array, from: number, to: number, flags: number): Ret {
    const { messages } = this;
    if (flags & Part.relatedStart) messages.push(`start${to - from}`);
    if (flags & Part.som) {
      if (this.isInside) messages.push("SOM inside of a message");
      this.isInside = true;
      messages.push("");
    }
    if (this.isInside) messages[messages.length - 1] += Bytes.latin1(bytes, from, to);
    else if (to > from) messages.push("payload outside of a message");
    if (flags & Part.eom) this.isInside = false;
    if (flags & Part.relatedEnd) messages.push("end");
    return this.answer();
  }

  /** What it hears of `body` that comes in pieces which end where `cuts` say. */
  hear(body: string, cuts: number[], contentType: string): Heard {
    this.isInside = false;
    this.messages = [];
    const parts = AnswerParts.of(contentType, this.stream, this.bed.link);
    if (!parts) throw new Error("no parts");
    const bytes = new Uint8Array(Bytes.size(body));
    Bytes.put(body, bytes, 0);
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      parts.write(bytes, from, cut);
      from = cut;
    }
    if (this.isInside) this.messages.push("open");
    return { messages: this.messages, isComplete: parts.isComplete };
  }

  close(): void {
    this.bed.streams.close();
  }
}

const type = 'multipart/related; type="text/xml"; boundary=xx';

test("parts: each is a message, whatever the pieces", () => {
  const ear = new Ear();
  const body =
    "ignored\r\n--xx\r\nA: 1\r\n\r\none\r\n--x\r\n-\r\n--xx \t\r\n\r\ntwo\r\n--xx\r\nB: 2\r\n\r\n\r\n--xx--\r\n--xx\r\nmore";
  const messages = ["start0", "A: 1\r\n\r\none\r\n--x\r\n-", "\r\ntwo", "B: 2\r\n\r\n", "end"].join("|");
  equal(ear.hear(body, [], type).messages.join("|"), messages);
  for (let cut = 1; cut < body.length; cut++) {
    const { messages: heard, isComplete } = ear.hear(body, [cut], type);
    equal(heard.join("|"), messages, `cut at ${cut}`);
    equal(isComplete, true);
  }
  const all: number[] = [];
  for (let cut = 1; cut < body.length; cut++) all.push(cut);
  equal(ear.hear(body, all, type).messages.join("|"), messages, "byte by byte");
  ear.close();
});

test("parts: a body that breaks off is not complete, and its last part has no end", () => {
  const ear = new Ear();
  const whole = "--xx\r\n\r\none\r\n--xx\r\n\r\ntwo\r\n--xx--";
  equal(ear.hear(whole, [], type).isComplete, true);
  for (let length = 0; length < whole.length; length++) {
    const { messages, isComplete } = ear.hear(whole.slice(0, length), [], type);
    equal(isComplete, false, `${length} bytes`);
    equal(messages.includes("end"), false);
  }
  equal(ear.hear("--xx\r\n\r\none", [], type).messages.join("|"), "start0|\r\none|open");
  ear.close();
});

test("parts: what is no delimiter's end breaks it, and nothing comes of the rest", () => {
  const ear = new Ear();
  for (const bad of ["--xx\r\n\r\none\r\n--xxy\r\ntwo\r\n--xx--", "--xx\r\n\r\none\r\n--xx-\r\ntwo\r\n--xx--"]) {
    const { messages, isComplete } = ear.hear(bad, [], type);
    equal(messages.join("|"), "start0|\r\none|open");
    equal(isComplete, false);
  }
  equal(ear.hear("--xx--", [], type).messages.join("|"), "start0|end");
  equal(ear.hear("anything", [], "multipart/mixed").isComplete, false);
  equal(ear.hear("anything", [], "multipart/mixed").messages.length, 0);
  ear.close();
});

test("parts: boundaries as they may be written", () => {
  const ear = new Ear();
  for (const boundary of ["=xx", '="xx"', '="x x"', `="${"y".repeat(70)}"`]) {
    const text = boundary.slice(1).replaceAll('"', "");
    equal(
      ear.hear(`--${text}\r\n\r\n1\r\n--${text}--`, [], `Multipart/Mixed;charset=a; Boundary${boundary} ; q=1`)
        .isComplete,
      true,
    );
  }
  const long = "y".repeat(71);
  equal(ear.hear(`--${long}\r\n\r\n1\r\n--${long}--`, [], `multipart/mixed; boundary=${long}`).isComplete, false);
  ear.close();
});

test("parts: a user that wants no more hears no more", () => {
  const ear = new Ear();
  let count = 0;
  ear.answer = () => (++count === 2 ? Ret.disconnect : Ret.ok);
  const heard = ear.hear("--xx\r\n\r\none\r\n--xx\r\n\r\ntwo\r\n--xx--", [], type);
  equal(count, 2);
  equal(heard.isComplete, false);
  ear.close();
});
