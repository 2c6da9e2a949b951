/** application/x-www-form-urlencoded (WHATWG URL §5.1): the same pairs whole, at every cut, byte by byte and in random pieces. */
import { Urlencoded } from "lws/http/urlencoded";
import { type ByteSource, Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { equal, test } from "./harness";
import { ascii } from "./samples";

/** Writes a body down as `name=data;` for each pair. */
class Recorder {
  text = "";
  onPart(name: string, filename: string | undefined): void {
    this.text += `${name}${filename === undefined ? "" : "?"}=`;
  }
  onPartData(source: ByteSource, from: number, to: number): void {
    if (to <= from) throw new Error("an empty piece");
    this.text += Bytes.latin1(source, from, to);
  }
  onPartEnd(): void {
    this.text += ";";
  }
}

/** What the body gives, fed in pieces that end at the cuts, each from a buffer of its own. */
function parse(body: Uint8Array, cuts: readonly number[]): string {
  const recorder = new Recorder();
  const parser = new Urlencoded(recorder);
  let from = 0;
  try {
    for (const to of [...cuts, body.length]) {
      const piece = body.slice(from, to);
      parser.write(piece, 0, piece.length);
      from = to;
    }
    parser.end();
  } catch (error) {
    return `!${(error as { code?: string }).code ?? error}`;
  }
  return recorder.text;
}

function cases(name: string, body: string, expected: string): void {
  test(`urlencoded: ${name}`, () => {
    const bytes = ascii(body);
    equal(parse(bytes, []), expected, "whole");
    const each: number[] = [];
    for (let cut = 1; cut < bytes.length; cut++) {
      equal(parse(bytes, [cut]), expected, `cut at ${cut}`);
      each.push(cut);
    }
    equal(parse(bytes, each), expected, "byte by byte");
    const random = new Uint8Array(bytes.length);
    for (let round = 0; round < 20; round++) {
      Chip.random(random, 0, random.length);
      equal(
        parse(
          bytes,
          each.filter((at) => ((random[at] as number) & 3) === 0),
        ),
        expected,
        "random pieces",
      );
    }
  });
}

cases("a pair", "a=1", "a=1;");
cases("pairs in a row", "a=1&b=2&c=3", "a=1;b=2;c=3;");
cases("nothing", "", "");
cases("empty pairs", "&&a=1&&", "a=1;");
cases("a name alone, and an empty value", "a&b=&c", "a=;b=;c=;");
cases("a nameless value", "=1&a=2", "=1;a=2;");
cases("an equals sign in a value", "a=b=c==", "a=b=c==;");
cases("plus signs are spaces", "a+b=+c++d+", "a b= c  d ;");
cases("escapes", "%61%3D=%26%3d%2B%25+%7e", "a==&=+% ~;");
cases("an escaped escape is decoded once", "a=%2541", "a=%41;");
cases("UTF-8", "%C3%A4=%e2%82%ac\u00c3\u00a4", "\u00e4=\u00e2\u0082\u00ac\u00c3\u00a4;");
cases("bytes that are no text", "a=%00%ff%0d%0a\r\n", "a=\0\u00ff\r\n\r\n;");
cases("a name of 31 bytes", `${"n".repeat(30)}%6e=1`, `${"n".repeat(31)}=1;`);
cases("a name of 32 bytes", `a=1&${"n".repeat(32)}=1`, "!BAD_REQUEST");
cases("a name that is no UTF-8", "%ff=1", "!BAD_REQUEST");
cases("an escape that is none", "a=%4g", "!BAD_REQUEST");
cases("an escape that is none, first digit", "a=%x1", "!BAD_REQUEST");
cases("an escape that is none, in a name", "%+1=a", "!BAD_REQUEST");
cases("an escape cut off after its sign", "a=1%", "!BAD_REQUEST");
cases("an escape cut off after a digit", "a=1%4", "!BAD_REQUEST");

test("urlencoded: a long value comes in as few pieces as went in", () => {
  let pieces = 0;
  let length = 0;
  const parser = new Urlencoded({
    onPart() {},
    onPartData(_source, from, to) {
      pieces++;
      length += to - from;
    },
    onPartEnd() {},
  });
  parser.write(ascii("a="), 0, 2);
  for (let round = 0; round < 100; round++) parser.write(ascii("x+%41%42".repeat(32)), 0, 256);
  parser.end();
  equal(pieces, 100);
  equal(length, 100 * 32 * 4);
});
