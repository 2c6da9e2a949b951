/** Mounts as an image writes them down, turned into what a request needs. Everything that can be known before is worked out here. */
import { LwsError } from "lws/core/errors";
import type { Protocol } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import { formatDate } from "./date";
import type { BoundMount, FileMount, Mount } from "./mount";

/** Characters of all header lines of a mount: a head with them, and an error page's own, has to fit the building buffer. */
const headersLimit = 1792;

/** Header lines as they go out. Throws BAD_OPTION for what is no header or more than one, and for more than fits a response. */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let lines = "";
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\uffff]*$/.test(value)) {
      throw new LwsError("BAD_OPTION", `header ${name}`);
    }
    lines += `${name}: ${value}\r\n`;
  }
  if (lines.length > headersLimit) throw new LwsError("BAD_OPTION", "the headers are too long");
  return lines;
}

function protocolOf(vhost: Vhost, name: string): Protocol {
  const protocol = vhost.protocol(name);
  if (!protocol) throw new LwsError("NO_PROTOCOL", name);
  return protocol;
}

function fileHeaders(mount: FileMount): string {
  const { modified } = mount.files;
  const date = modified > 0 ? `Last-Modified: ${formatDate(modified)}\r\n` : "";
  return `${date}Cache-Control: ${mount.cache ?? "no-cache"}\r\nVary: Accept-Encoding\r\nAccept-Ranges: bytes\r\n`;
}

function typesOf(mount: FileMount): string[] | undefined {
  if (!mount.types) return undefined;
  const types: string[] = [];
  for (const [end, type] of Object.entries(mount.types)) {
    headerLines({ "Content-Type": type });
    if (end !== "*") types.push(end.toLowerCase(), type);
  }
  return types;
}

/** `headers` are the lines of the vhost. Throws BAD_OPTION and NO_PROTOCOL. */
export function bindMount(vhost: Vhost, mount: Mount, headers: string): BoundMount {
  const { mountpoint } = mount;
  if (!mountpoint.startsWith("/") || (mountpoint.length > 1 && mountpoint.endsWith("/"))) {
    throw new LwsError("BAD_OPTION", `mountpoint ${mountpoint}`);
  }
  const file = "files" in mount ? mount : undefined;
  const redirect = "redirect" in mount ? mount : undefined;
  const callback = "protocol" in mount ? mount : undefined;
  if (redirect && !/^(?:https?:\/\/[^\s/?#]+(?:\/[!-~]*)?|\/(?!\/)[!-~]*)$/.test(redirect.redirect)) {
    throw new LwsError("BAD_OPTION", `redirect ${redirect.redirect}`);
  }
  const proxy = "proxy" in mount ? mount : undefined;
  const protocol = proxy ? proxy.proxy.bind(vhost, proxy) : callback && protocolOf(vhost, callback.protocol);
  const interpret = file?.interpret && Object.entries(file.interpret);
  return {
    mountpoint,
    initial: mountpoint.charCodeAt(1),
    file,
    protocol,
    redirect,
    headers: mount.headers ? headerLines(mount.headers) : headers,
    fileHeaders: file ? fileHeaders(file) : "",
    keepAlive: mount.keepAlive ?? vhost.keepAlive,
    pmo: callback?.pmo ?? {},
    bodyLimit: callback?.bodyLimit ?? proxy?.bodyLimit ?? -1,
    types: file && typesOf(file),
    otherType: file?.types?.["*"],
    interpret: interpret?.flatMap(([end, name]) => [end.toLowerCase(), protocolOf(vhost, name)]),
    auth: file?.basicAuth ?? callback?.basicAuth ?? proxy?.basicAuth ?? protocol?.basicAuth,
  };
}
