/** One form, two encodings: wanted values, files, limits, and the errors that a client is told. */
import { Form } from "lws/http/form";
import { type ByteSource, Bytes } from "lws/platform/bytes";
import { equal, test, throws } from "./harness";
import { ascii } from "./samples";

const urlencoded = "application/x-www-form-urlencoded";
const multipart = "multipart/form-data; boundary=b";
const names = ["a", "b"];

class Files {
  text = "";
  onFile(name: string, filename: string): void {
    this.text += `${name}(${filename})=`;
  }
  onFileData(source: ByteSource, from: number, to: number): void {
    this.text += Bytes.latin1(source, from, to);
  }
  onFileEnd(complete: boolean): void {
    this.text += complete ? ";" : "!";
  }
}

function part(disposition: string, data: string): string {
  return `--b\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: text/plain\r\n\r\n${data}\r\n`;
}

/** The form of `body`, in pieces of `size` bytes. */
function form(contentType: string, body: string, size: number, files = new Files(), limit = 1024): Form {
  const bytes = ascii(body);
  const made = new Form({ contentType, names, limit, files });
  for (let at = 0; at < bytes.length; at += size) made.write(bytes, at, Math.min(at + size, bytes.length));
  made.end();
  return made;
}

const bodies: readonly (readonly [string, string])[] = [
  [urlencoded, "x=0&a=1%2b+%C3%A4&a=second&b=&y"],
  [
    multipart,
    `${part('name="x"', "0")}${part('name="a"', "1+ \u00c3\u00a4")}${part('name="a"', "second")}${part('name="b"', "")}--b--`,
  ],
];

test("form: the wanted values, the first of each name, empty ones as if they were absent", () => {
  for (const [type, body] of bodies) {
    for (const size of [1, 2, 3, 7, 1000]) {
      const made = form(type, body, size);
      equal(made.value("a"), "1+ \u00e4", type);
      equal(made.size("a"), 5);
      equal(made.value("b"), undefined);
      equal(made.size("b"), 0);
      equal(made.value("x"), undefined);
    }
  }
});

test("form: files are handed on, those without a name are not", () => {
  const body = `${part('name="f"; filename="dir/one.txt"', "data\r\n--c")}${part('name="g"; filename=""', "")}${part('name="a"', "1")}--b--`;
  for (const size of [1, 5, 1000]) {
    const files = new Files();
    const made = form(multipart, body, size, files);
    made.close();
    equal(files.text, "f(one.txt)=data\r\n--c;");
    equal(made.value("a"), "1");
    equal(made.value("f"), undefined);
  }
});

test("form: a file that breaks off is ended, once", () => {
  const files = new Files();
  const made = new Form({ contentType: multipart, names, files });
  const bytes = ascii(part('name="f"; filename="x"', "data").slice(0, -2));
  made.write(bytes, 0, bytes.length);
  throws(() => made.end(), "BAD_REQUEST");
  made.close();
  made.close();
  equal(files.text, "f(x)=data!");
});

test("form: the limit counts all wanted values, and nothing else", () => {
  for (const size of [1, 10, 1000]) {
    equal(form(urlencoded, "a=12345&b=12345&x=123456", size, new Files(), 10).value("b"), "12345");
    throws(() => form(urlencoded, "a=12345&b=123456", size, new Files(), 10), "BODY_TOO_LARGE");
    throws(() => form(multipart, `${part("name=a", "12345678901")}--b--`, size, new Files(), 10), "BODY_TOO_LARGE");
  }
});

test("form: what is no form, and forms that are broken", () => {
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencodedx",
    "multipart/mixed; boundary=b",
    "",
    undefined,
  ]) {
    throws(() => new Form({ contentType: type, names }), "MEDIA_TYPE");
  }
  new Form({ contentType: "Application/X-WWW-Form-Urlencoded; charset=UTF-8", names });
  throws(() => form(urlencoded, "a=%ff", 10), "BAD_REQUEST");
  throws(() => form(urlencoded, "a=%00", 10), "BAD_REQUEST");
  throws(() => form(urlencoded, "a=%", 10), "BAD_REQUEST");
  throws(() => form(multipart, part("name=a", "1"), 10), "BAD_REQUEST");
  throws(() => form(multipart, `${part(`name=${"n".repeat(32)}`, "1")}--b--`, 10), "BAD_REQUEST");
  throws(() => form(multipart, `${part(`name=a; filename=${"n".repeat(256)}`, "1")}--b--`, 10), "BAD_REQUEST");
});
