/**
 * The settings of the unit as CSV, for a production line and for backups: hands them out but for secrets, and takes others. What is posted has
 * the type text/csv, which no page of another site can send without being asked. Whatever is wrong is answered with the number of its line,
 * and changes nothing.
 */
import { statusOf } from "lws/core/error-status";
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { reply, replyJSON, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { formatSettings, parseSettings, storeSettings, type Wanted } from "lws/system/settings-csv";
import { PRESENCE } from "lws/system/setup";
import type { Unit } from "lws/system/unit";

export interface SettingsOptions {
  unit: Unit;
  /** Whether whoever asks may change anything now. */
  mayChange: (wsi: Wsi) => boolean;
}

/** Most bytes that are posted. */
const BODY = 4096;

/** What has arrived of one post. */
class Body {
  private readonly bytes: Uint8Array;
  private length = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  add(buffer: Uint8Array, from: number, to: number): void {
    this.length = Bytes.copy(buffer, from, to, this.bytes, this.length);
  }

  /** @throws LwsError BAD_REQUEST where it is no UTF-8. */
  get text(): string {
    const text = Bytes.text(this.bytes, 0, this.length);
    if (text === undefined) throw new LwsError("BAD_REQUEST", "the CSV has to be UTF-8; nothing was changed");
    return text;
  }

  wipe(): void {
    this.bytes.fill(0);
  }
}

class EsplwsSettings extends Protocol {
  private readonly unit: Unit;
  private readonly mayChange: (wsi: Wsi) => boolean;

  constructor(vhost: Vhost, options: Options, { unit, mayChange }: SettingsOptions) {
    super(vhost, options);
    this.unit = unit;
    this.mayChange = mayChange;
  }

  override readonly methods = "GET, HEAD, POST";

  override readonly bodyLimit = BODY;

  override onRequest(wsi: Wsi): void {
    const http = transaction(wsi);
    if (http.method !== "POST") {
      const headers = 'Cache-Control: no-store\r\nContent-Disposition: attachment; filename="settings.csv"\r\n';
      reply(wsi, 200, "text/csv; charset=utf-8", formatSettings(this.unit), headers);
      return;
    }
    try {
      if (!this.mayChange(wsi)) throw new LwsError("FORBIDDEN", PRESENCE);
      if (!/^text\/csv\s*(?:;|$)/i.test(http.header("content-type") ?? "")) throw new LwsError("MEDIA_TYPE");
      wsi.pss = new Body(http.contentLength >= 0 ? http.contentLength : BODY);
    } catch (error) {
      this.fail(wsi, error);
    }
  }

  /** What is read is wiped at once, since it may be a passphrase. */
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    (wsi.pss as Body | undefined)?.add(buffer, from, to);
    buffer.fill(0, from, to);
  }

  override onBodyEnd(wsi: Wsi): void {
    const body = wsi.pss as Body | undefined;
    if (!body) return;
    const { unit } = this;
    try {
      const wanted = parseSettings(body.text, unit.slots);
      if (!unit.present && this.marks(wanted)) throw new LwsError("FORBIDDEN", PRESENCE);
      const changed = storeSettings(wanted, unit);
      for (const slot of changed) unit.network.apply(slot);
      replyJSON(wsi, 200, '{"ok":"1","text":"the settings are stored"}');
      unit.changed();
    } catch (error) {
      this.fail(wsi, error);
    } finally {
      this.drop(wsi);
    }
  }

  /** Whether it changes what only who stands in front of the unit may change. */
  private marks(wanted: Wanted): boolean {
    const { settings } = this.unit;
    const { serial = settings.get("serial"), opts = settings.get("opts") } = wanted;
    return serial !== settings.get("serial") || opts !== settings.get("opts");
  }

  /** Broken off, or over. */
  override onClosed(wsi: Wsi): void {
    this.drop(wsi);
  }

  private drop(wsi: Wsi): void {
    (wsi.pss as Body | undefined)?.wipe();
    wsi.pss = undefined;
  }

  private fail(wsi: Wsi, error: unknown): void {
    const known = error instanceof LwsError ? error : new LwsError("INTERNAL");
    this.drop(wsi);
    replyJSON(wsi, statusOf(known.code), JSON.stringify({ error: known.code, text: known.message }));
  }
}

/** The protocol "esplws-settings" for this unit. */
export function esplwsSettings(options: SettingsOptions): ProtocolClass {
  return class extends EsplwsSettings {
    static readonly protocol = "esplws-settings";
    constructor(vhost: Vhost, pvo: Options) {
      super(vhost, pvo, options);
    }
  };
}
