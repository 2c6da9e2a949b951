/**
 * A test image: reads policies at run time. `PUT /?SIZE&NAME,…&NAME,…` has one in its body, which the reader is given in pieces of at most SIZE bytes; the answer says what has become of it, and has the
 * stream types and trust stores of these names. `GET /certificate?NAME` has a certificate of the policy that was read last.
 */
import type { Context } from "lws/core/context";
import { LwsError } from "lws/core/errors";
import { type Options, Protocol } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { HttpVhost } from "lws/http/http-vhost";
import { reply, replyJSON, transaction } from "lws/http/transaction";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import type { Policy } from "lws/secure-streams/policy";
import { PolicyReader } from "lws/secure-streams/policy-dynamic";
import WiFi from "wifi";

let policy: Policy | undefined;

class Reading {
  reader: PolicyReader | undefined = new PolicyReader();
  error: unknown;
}

class Reader extends Protocol {
  static readonly protocol: string = "reader";
  override readonly methods: string = "GET, PUT";

  constructor(vhost: Vhost, options: Options) {
    super(vhost, options);
  }

  override open(): Reading {
    return new Reading();
  }
  override onBody(wsi: Wsi, buffer: Uint8Array, from: number, to: number): void {
    const reading = wsi.pss as Reading;
    const piece = Number(transaction(wsi).query.split("&")[0]) || to - from;
    try {
      for (let at = from; at < to; at += piece) reading.reader?.push(buffer, at, Math.min(to, at + piece));
    } catch (error) {
      reading.error = error;
      reading.reader = undefined;
    }
  }
  override onBodyEnd(wsi: Wsi): void {
    const reading = wsi.pss as Reading;
    let { error } = reading;
    try {
      if (reading.reader) policy = reading.reader.end();
    } catch (thrown) {
      error = thrown;
    }
    reading.reader = undefined;
    const [, types = "", stores = ""] = transaction(wsi).query.split("&");
    const facts = {
      release: policy?.release,
      product: policy?.product,
      streams: types.split(",").map((name) => policy?.stream(name) ?? null),
      stores: stores.split(",").map((name) => policy?.store(name) ?? null),
    };
    if (error === undefined) replyJSON(wsi, 200, JSON.stringify(facts));
    else {
      const { message } = error as Error;
      replyJSON(wsi, 200, JSON.stringify({ error: error instanceof LwsError ? error.code : "thrown", message }));
    }
  }
  override onRequest(wsi: Wsi): void {
    const { method, query } = transaction(wsi);
    if (method === "GET") reply(wsi, 200, "application/octet-stream", policy?.certificate?.(query) ?? "");
  }
}

export default function start(context: Context): void {
  WiFi.accessPoint({ ssid: "policies" });
  const vhost = new HttpVhost(context, {
    name: "policies",
    protocols: [Reader],
    mounts: [{ mountpoint: "/", protocol: Reader.protocol }],
  });
  new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
}
