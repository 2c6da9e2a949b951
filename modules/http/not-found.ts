/** What stands at addresses where nothing is. */
import type { Wsi } from "lws/core/wsi";
import { replyError } from "./errors";
import type { HttpVhost } from "./http-vhost";
import { findMount } from "./mount";
import { filePath, fileType, sendFile } from "./send-file";
import { reply, transaction } from "./transaction";

/** Looks of error pages, for images that have no file of this name. */
const styleSheetPath = "/error.css";
const styleSheet =
  "html{color-scheme:light dark;font:1.1em/1.5 system-ui,sans-serif}" +
  "body{max-width:36em;margin:15vh auto;padding:0 1.5em}h1{font-size:1.6em;font-weight:600}";

/** Answers 404: with the vhost's error document if it has one, else with the plain page. */
export function notFound(wsi: Wsi): void {
  const http = transaction(wsi);
  const vhost = wsi.vhost as HttpVhost;
  if (http.method === "GET" || http.method === "HEAD") {
    if (http.path === styleSheetPath) {
      reply(wsi, 200, "text/css; charset=utf-8", styleSheet, "Cache-Control: max-age=86400\r\n");
      return;
    }
    if (vhost.errorDocument !== undefined && sendDocument(wsi, vhost, vhost.errorDocument)) return;
  }
  replyError(wsi, "NOT_FOUND");
}

function sendDocument(wsi: Wsi, vhost: HttpVhost, path: string): boolean {
  const mount = findMount(vhost.mounts, path);
  if (!mount?.file || mount.auth !== undefined) return false;
  const name = filePath(mount.file, path);
  const file = mount.file.files.open(name, false);
  if (file === undefined || typeof file === "string") return false;
  sendFile(wsi, 404, fileType(mount, name) ?? "", file, "Cache-Control: no-store\r\n");
  return true;
}
