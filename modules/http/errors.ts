/** Error pages. */

import { statusOf } from "lws/core/error-status";
import { describe } from "lws/core/error-words";
import type { ErrorCode } from "lws/core/errors";
import type { Wsi } from "lws/core/wsi";
import { reasonPhrase } from "./status";
import { reply, transaction } from "./transaction";

/** Text as it may stand in HTML, in an attribute too. */
export function escapeHTML(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Answers with the status and words of an error. A request whose framing can't be trusted ends the connection: `close`. */
export function replyError(wsi: Wsi, code: ErrorCode, close = false, headers = ""): void {
  const status = statusOf(code);
  const title = `${status} ${reasonPhrase(status)}`;
  const http = transaction(wsi);
  if (close) http.keepAlive = false;
  http.closeParts();
  reply(
    wsi,
    status,
    "text/html; charset=utf-8",
    `<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><title>${title}</title>` +
      `<link rel="stylesheet" href="/error.css"><h1>${title}</h1><p>${escapeHTML(describe(code))}</p></html>\n`,
    `Cache-Control: no-store\r\n${headers}`,
  );
}
