/** Forms as they stream in (RFC 7578): every body gives the same parts whole, byte by byte, and at every cut. */
import { Multipart, type PartHandler } from "lws/http/multipart";
import { type ByteSource, Bytes } from "lws/platform/bytes";
import { equal, test, throws } from "./harness";
import { ascii } from "./samples";

/** Writes a body down as `name=data;` or `name(filename)=data;` for each part. */
class Recorder implements PartHandler {
  text = "";
  onPart(name: string, filename: string | undefined): void {
    this.text += `${name}${filename === undefined ? "" : `(${filename})`}=`;
  }
  onPartData(source: ByteSource, from: number, to: number): void {
    if (to <= from) throw new Error("an empty piece");
    this.text += Bytes.latin1(source, from, to);
  }
  onPartEnd(): void {
    this.text += ";";
  }
}

const boundary = "boundary";
const type = `multipart/form-data; boundary=${boundary}`;

/** What the body gives, fed in pieces that end at the cuts: the parts, or the code of the error behind them. */
function parse(body: Uint8Array, ...cuts: readonly number[]): string {
  const recorder = new Recorder();
  const multipart = new Multipart(type, recorder);
  let from = 0;
  try {
    for (const to of [...cuts, body.length]) {
      if (to > from) multipart.write(body, from, to);
      from = to;
    }
    multipart.end();
  } catch (error) {
    return `${recorder.text}!${(error as { code?: string }).code ?? error}`;
  }
  return recorder.text;
}

function cases(name: string, body: string, expected: string): void {
  test(`multipart: ${name}`, () => {
    const bytes = ascii(body);
    equal(parse(bytes), expected, "whole");
    for (let cut = 1; cut < bytes.length; cut++) equal(parse(bytes, cut), expected, `cut at ${cut}`);
    const each: number[] = [];
    for (let cut = 1; cut < bytes.length; cut++) each.push(cut);
    equal(parse(bytes, ...each), expected, "byte by byte");
  });
}

function part(disposition: string, data: string): string {
  return `--boundary\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${data}\r\n`;
}
const end = "--boundary--\r\n";

cases("a field", `${part('name="a"', "1")}${end}`, "a=1;");
cases(
  "fields in a row",
  `${part('name="a"', "1")}${part('name="b"', "2")}${part("name=c", "3")}${end}`,
  "a=1;b=2;c=3;",
);
cases("empty data", `${part('name="a"', "")}${part('name="b"', "")}${end}`, "a=;b=;");
cases("no part at all", end, "");
cases(
  "text before and behind is thrown away",
  `preamble\r\n--bound\r\n\r\n${part('name="a"', "1")}${end}epilogue\r\n--boundary`,
  "a=1;",
);
cases("no line end behind the closing delimiter", `${part('name="a"', "1")}--boundary--`, "a=1;");
cases(
  "white space behind a delimiter (RFC 2046 §5.1.1)",
  `--boundary \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n${end}`,
  "a=1;",
);
for (const [name, data] of [
  ["\\r\\n--boundarX", "x\r\n--boundarX\r\n--boundar"],
  ["CR CR LF dashes", "x\r\r\n--\r\r\n\r\r\r\n-"],
  ["a delimiter without its line's start", "x--boundary\r\n-\n--boundary"],
  ["a delimiter broken by a CR", "\r\n--bound\r\n--bou\r"],
  ["line ends alone", "\r\n\r\n\r\n"],
  ["a CR at the end", "\r"],
  ["every byte but a delimiter's start", "\u0000\u0001\u0080\u00ff\n\n--"],
] as const) {
  cases(`data with ${name}`, `${part('name="a"', data)}${end}`, `a=${data};`);
}
cases("a longer delimiter is not ours", `${part('name="a"', "1")}--boundaryX\r\n\r\n`, "a=1;!BAD_REQUEST");

cases(
  "other headers, in any order and case",
  "--boundary\r\nContent-Type: text/plain\r\nCONTENT-disposition:form-data;NAME=a\r\nX: y\r\n\r\n1\r\n--boundary--",
  "a=1;",
);
cases("quoted names with %22 (RFC 7578 §4.2)", `${part('name="a%22b%0d%0A%41"', "1")}${end}`, 'a"b\r\n%41=1;');
cases("quoted pairs", `${part('name="a\\"b\\\\c"', "1")}${end}`, 'a"b\\c=1;');
cases("an empty name", `${part('name=""', "1")}${end}`, "=1;");
cases("a name in UTF-8", `${part('name="\u00c3\u00a9"', "1")}${end}`, "é=1;");
cases("a file", `${part('name="a"; filename="b.bin"', "1")}${end}`, "a(b.bin)=1;");
cases("an empty file name is a file", `${part('name="a"; filename=""', "")}${end}`, "a()=;");
cases("no folder in a file name", `${part('name="a"; filename="../../etc/passwd"', "1")}${end}`, "a(passwd)=1;");
cases("no Windows folder either", `${part('name="a"; filename="C:\\dir\\b.bin"', "1")}${end}`, "a(b.bin)=1;");
cases("the file name before the name", `${part('filename="b"; name="a"', "1")}${end}`, "a(b)=1;");
cases("a parameter inside of a name is none", `${part('name="x; filename=y"', "1")}${end}`, "x; filename=y=1;");
cases(
  "a parameter inside of a file name is none",
  `${part('filename="b; name=c"; name="a"', "1")}${end}`,
  "a(b; name=c)=1;",
);

cases("a body that is cut off", part('name="a"', "1"), "a=1!BAD_REQUEST");
cases("a body without any delimiter", "abc", "!BAD_REQUEST");
cases("no body", "", "!BAD_REQUEST");
cases("a part without a name", "--boundary\r\nX: y\r\n\r\n1\r\n--boundary--", "!BAD_REQUEST");
cases(
  "a part that is no form's",
  "--boundary\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--boundary--",
  "!BAD_REQUEST",
);
cases(
  "a bare LF in a part's headers",
  "--boundary\r\nContent-Disposition: form-data; name=a\n\r\n1\r\n--boundary--",
  "!BAD_REQUEST",
);
cases("a name that is no UTF-8", `${part('name="\u00ff"', "1")}${end}`, "!BAD_REQUEST");
cases("too many headers", `--boundary\r\n${"X: y\r\n".repeat(9)}\r\n`, "!BAD_REQUEST");

test("multipart: a header line has an end", () => {
  equal(parse(ascii(`--boundary\r\nX: ${"y".repeat(600)}\r\n`)), "!HEADERS_TOO_LARGE");
  equal(parse(ascii(`--boundary\r\nX: ${"y".repeat(600)}\r\n`), 100, 300), "!HEADERS_TOO_LARGE");
});

test("multipart: what stands behind the closing delimiter has any length", () => {
  equal(parse(ascii(`${part('name="a"', "1")}--boundary--${"x".repeat(3000)}`)), "a=1;");
});

test("multipart: large data in pieces of a buffer's size", () => {
  let length = 0;
  const multipart = new Multipart(type, {
    onPart() {},
    onPartData(_source, from, to) {
      length += to - from;
    },
    onPartEnd() {},
  });
  const head = ascii(part('name="a"; filename="b"', "").slice(0, -2));
  const piece = ascii("\r\n--boundary".repeat(2).replaceAll("y", "X").padEnd(1024, "\r"));
  const tail = ascii(`\r\n${end}`);
  multipart.write(head, 0, head.length);
  for (let i = 0; i < 64; i++) multipart.write(piece, 0, piece.length);
  multipart.write(tail, 0, tail.length);
  multipart.end();
  equal(length, 64 * 1024);
});

test("multipart: content types", () => {
  const handler = new Recorder();
  for (const good of [
    "multipart/form-data; boundary=x",
    "Multipart/Form-Data;boundary=x",
    'multipart/form-data; charset=utf-8; boundary="a b:c"',
    "multipart/form-data; boundary=x; charset=utf-8",
    `multipart/form-data; boundary=${"x".repeat(70)}`,
  ]) {
    new Multipart(good, handler);
  }
  for (const bad of [
    undefined,
    "",
    "text/plain",
    "multipart/mixed; boundary=x",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""',
    "multipart/form-data; boundary=\u00e9",
    "xmultipart/form-data; boundary=x",
  ]) {
    throws(() => new Multipart(bad, handler), "MEDIA_TYPE");
  }
});

test("multipart: a quoted boundary may have spaces", () => {
  const recorder = new Recorder();
  const multipart = new Multipart('multipart/form-data; boundary="a b"', recorder);
  const body = ascii("--a b\r\nContent-Disposition: form-data; name=n\r\n\r\n1\r\n--a b--");
  multipart.write(body, 0, body.length);
  multipart.end();
  equal(recorder.text, "n=1;");
});
