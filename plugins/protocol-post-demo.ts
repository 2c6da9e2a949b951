/** Shows what a form has brought: its four text values, and the name and length of a file, whose content is thrown away. */
import { LwsError } from "lws/core/errors";
import { log } from "lws/core/log";
import { Protocol } from "lws/core/protocol";
import type { Wsi } from "lws/core/wsi";
import { escapeHTML, replyError } from "lws/http/errors";
import { type FileHandler, Form } from "lws/http/form";
import { reply, transaction } from "lws/http/transaction";
import type { ByteSource } from "lws/platform/bytes";

const names: readonly string[] = ["text", "send", "file", "upload"];
/** Bytes of the text values together, of a file, and of the form around them. */
const TEXT = 1024;
const FILE = 100_000;
const AROUND = 8192;
/** Characters of a file's name that are shown. */
const NAME = 63;

/** One form. */
class Upload implements FileHandler {
  form: Form | undefined;
  filename = "";
  length = 0;

  onFile(_name: string, filename: string): void {
    this.filename = filename.slice(0, NAME);
    this.length = 0;
  }

  onFileData(_source: ByteSource, from: number, to: number): void {
    this.length += to - from;
    if (this.length > FILE) throw new LwsError("BODY_TOO_LARGE", `a file may have ${FILE} bytes`);
  }

  onFileEnd(): void {}
}

export class PostDemo extends Protocol {
  static readonly protocol = "protocol-post-demo";

  override readonly methods = "POST";

  override readonly bodyLimit = FILE + AROUND;

  override open(): Upload {
    return new Upload();
  }

  override onRequest(wsi: Wsi): void {
    const upload = wsi.pss as Upload;
    try {
      const contentType = transaction(wsi).header("content-type");
      upload.form = new Form({ contentType, names, limit: TEXT, files: upload });
    } catch (error) {
      fail(wsi, error);
    }
  }

  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    try {
      (wsi.pss as Upload).form?.write(buffer, from, to);
    } catch (error) {
      fail(wsi, error);
    }
  }

  override onBodyEnd(wsi: Wsi): void {
    const upload = wsi.pss as Upload;
    try {
      upload.form?.end();
    } catch (error) {
      fail(wsi, error);
      return;
    }
    reply(wsi, 200, "text/html; charset=utf-8", page(upload), "Cache-Control: no-store\r\n");
  }

  override onClosed(wsi: Wsi): void {
    (wsi.pss as Upload).form?.close();
  }
}

function fail(wsi: Wsi, error: unknown): void {
  if (!(error instanceof LwsError)) log.err("post-demo", String(error));
  replyError(wsi, error instanceof LwsError ? error.code : "INTERNAL");
}

function page(upload: Upload): string {
  const form = upload.form as Form;
  let rows = "";
  for (const name of names) {
    const value = form.value(name);
    rows += `<tr><td>${name}</td><td>${form.size(name)}</td><td>${value === undefined ? "NULL" : escapeHTML(value)}</td></tr>`;
  }
  return (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
    '<title>Form results</title><link rel="stylesheet" href="/demo.css"><link rel="stylesheet" href="/parts.css"><body><main class="card">' +
    "<h1>Form results (after urldecoding)</h1>" +
    `<table><tr><th>Name</th><th>Length</th><th>Value</th></tr>${rows}</table>` +
    `<p><b>filename:</b> <span id="filename">${escapeHTML(upload.filename)}</span>, ` +
    `<b>length</b> <span id="length">${upload.length}</span></p>` +
    '<p><a href="/">Back</a></p></main></body></html>\n'
  );
}
