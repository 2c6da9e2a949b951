/** Where updates come from: a server, and who may vouch for it. Settings of the unit come before what the image has. */
import Resource from "Resource";
import { parseUrl } from "lws/client/url";
import { LwsError } from "lws/core/errors";
import { type ByteSource, Bytes } from "lws/platform/bytes";
import type { Settings } from "lws/system/settings";

const URL = "update/url";
const AUTHORITIES = "update/authorities";
/** Public keys of those who sign for this unit. */
const KEYS = "update/keys";
/** Most characters of an address. */
const LONGEST = 200;

/** The address of the folder, without a slash at its end; "" where none is set. */
export function updateUrl(settings: Settings): string {
  const own = settings.get("update-url");
  if (own !== "" || !Resource.exists(URL)) return own;
  const resource = new Resource(URL);
  const text = Bytes.latin1(resource, 0, resource.byteLength).trim();
  return isUpdateUrl(text) ? text.replace(/\/+$/, "") : "";
}

function isUpdateUrl(text: string): boolean {
  return text.length <= LONGEST && !/[?#]/.test(text) && parseUrl(text)?.secure === true;
}

/**
 * Sets the address; an empty one is that of the image.
 * @throws LwsError BAD_OPTION, STORAGE_….
 */
export function setUpdateUrl(settings: Settings, text: string): void {
  if (text !== "" && !isUpdateUrl(text))
    throw new LwsError("BAD_OPTION", "the address of updates begins with https://");
  settings.set("update-url", text.replace(/\/+$/, ""));
}

/** Certificates of the authorities, in PEM or DER; undefined where there are none. */
export function updateAuthorities(settings: Settings): ByteSource | undefined {
  const own = settings.getBytes("update-ca");
  return own ?? (Resource.exists(AUTHORITIES) ? new Resource(AUTHORITIES) : undefined);
}

/** What the manifest may be signed by. */
export function updateKeys(): Resource | undefined {
  return Resource.exists(KEYS) ? new Resource(KEYS) : undefined;
}
