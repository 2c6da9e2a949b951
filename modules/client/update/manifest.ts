/** What a server offers: the payload of its manifest. Whoever we trust has signed it; it is checked all the same, since a wrong word in it would be everywhere at once. */
import { LwsError } from "lws/core/errors";
import { Chip } from "lws/platform/chip";
import { isShallow } from "lws/system/shallow-json";
import { parseVersion, type Version } from "lws/update/version";

/** An image that can be had. */
export interface Release {
  readonly app: string;
  readonly version: string;
  readonly numbers: Version;
  /** When it was built, for a person. */
  readonly date: string;
  /** Bytes and SHA-256 (hex digits) of the file. */
  readonly size: number;
  readonly sha256: string;
  /** Its name beside the manifest. */
  readonly file: string;
  /** Of a JavaScript part: hex digits of the digest of the image that it goes over; else "". */
  readonly base: string;
}

export interface Manifest {
  readonly app: Release | undefined;
  readonly factory: Release | undefined;
  readonly javascript: readonly Release[];
}

/** Bytes of the payload, and JavaScript parts in it. */
export const PAYLOAD = 4096;
const PARTS = 8;
const DEEPEST = 4;
/** Bytes of the largest flash chip. */
const FLASH = 0x1000000;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the payload.
 * @throws LwsError UPDATE_MANIFEST where it is malformed, UPDATE_WRONG_MODEL or UPDATE_WRONG_CHIP where it is for others.
 */
export function readManifest(text: string, model: string): Manifest {
  if (text.length > PAYLOAD || !isShallow(text, DEEPEST)) throw new LwsError("UPDATE_MANIFEST");
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw new LwsError("UPDATE_MANIFEST");
  }
  if (!isObject(manifest) || manifest["schema"] !== "lws2") throw new LwsError("UPDATE_MANIFEST", "schema");
  if (manifest["model"] !== model) throw new LwsError("UPDATE_WRONG_MODEL");
  const { app, factory, javascript = [] } = manifest;
  if (!Array.isArray(javascript) || javascript.length > PARTS) throw new LwsError("UPDATE_MANIFEST", "javascript");
  return {
    app: app === undefined ? undefined : readRelease(app, "app"),
    factory: factory === undefined ? undefined : readRelease(factory, "factory"),
    javascript: javascript.map((part) => readRelease(part, "javascript")),
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readRelease(value: unknown, what: "app" | "factory" | "javascript"): Release {
  if (!isObject(value)) throw new LwsError("UPDATE_MANIFEST", what);
  const text = (name: string, pattern: RegExp) => {
    const member = value[name];
    if (typeof member !== "string" || !pattern.test(member)) throw new LwsError("UPDATE_MANIFEST", `${what} ${name}`);
    return member;
  };
  const number = (name: string, most: number) => {
    const member = value[name];
    if (typeof member !== "number" || !(member >= 0 && member <= most) || member % 1 !== 0)
      throw new LwsError("UPDATE_MANIFEST", `${what} ${name}`);
    return member;
  };
  if (number("chip", 0xffff) !== Chip.id) throw new LwsError("UPDATE_WRONG_CHIP");
  number("unixtime", 0xffffffff);
  text("minimum", /^[0-9.]{1,31}$/);
  const version = text("version", /^v?\d[\w.+-]{0,30}$/);
  return {
    app: text("app", /^[\w.+-]{1,31}$/),
    version,
    numbers: parseVersion(version),
    date: text("date", /^[ -~]{0,39}$/),
    size: number("size", FLASH),
    sha256: text("sha256", /^[0-9a-f]{64}$/),
    // A plain name: it leads nowhere but beside the manifest.
    file: text("file", /^\w[\w.+-]{0,95}\.bin$/),
    base: what === "javascript" ? text("base", /^[0-9a-f]{64}$/) : "",
  };
}
