/** Gives a vhost its certificate: the body of `/admin/NAME` is a chain, a key and perhaps authorities for clients, in PEM, with a NUL between them. */
import { LwsError } from "lws/core/errors";
import type { ProtocolClass } from "lws/core/protocol";
import { Protocol } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { reply, transaction } from "lws/http/transaction";
import { Bytes } from "lws/platform/bytes";
import { TlsRole } from "lws/roles/tls";

class Body {
  readonly bytes = new Uint8Array(12_288);
  length = 0;
}

export function administration(vhosts: readonly Vhost[]): ProtocolClass {
  return class extends Protocol {
    static readonly protocol = "administration";
    override readonly methods = "PUT";

    override open(): Body {
      return new Body();
    }

    override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
      const body = wsi.pss as Body;
      if (body.length + to - from > body.bytes.length) throw new LwsError("BODY_TOO_LARGE");
      body.length = Bytes.copy(buffer, from, to, body.bytes, body.length);
    }

    override onBodyEnd(wsi: Wsi): void {
      const { bytes, length } = wsi.pss as Body;
      const name = transaction(wsi).path.slice("/admin/".length);
      const vhost = vhosts.find((one) => one.name === name);
      const parts: Uint8Array[] = [];
      for (let from = 0; from < length; ) {
        const nul = bytes.indexOf(0, from);
        const to = nul < 0 || nul > length ? length : nul;
        parts.push(bytes.subarray(from, to));
        from = to + 1;
      }
      const [chain, key, authorities] = parts;
      if (!vhost || !chain || !key) throw new LwsError("BAD_REQUEST");
      try {
        TlsRole.certify(vhost, chain, key, authorities && [authorities]);
        reply(wsi, 200, "text/plain", "");
      } catch (error) {
        reply(wsi, 400, "text/plain", (error as Error).message);
      }
    }
  };
}
