/**
 * Tells every client the state of the server, at once and then in a steady rhythm. Numbers are text, as the page of lws expects them.
 * Options: `update-ms` is the period (default 5000), `hide-vhosts` "1" leaves the vhosts out, `filepath` has paths of resources, with
 * commas between them, whose first 255 bytes are told, too.
 */

import Resource from "Resource";
import { LwsError } from "lws/core/errors";
import { type Options, Protocol, type ProtocolClass, Write } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { HttpVhost } from "lws/http/http-vhost";
import { Bytes } from "lws/platform/bytes";
import { Chip } from "lws/platform/chip";
import { Listener } from "lws/platform/sockets";
import Time from "time";

/** Bytes of a file that are told. */
const FILE = 255;
/** Shortest period that is allowed, ms. */
const SHORTEST = 100;
/** Bytes of a message. */
const LIMIT = 32_768;

export class LwsServerStatus extends Protocol {
  static readonly protocol = "lws-server-status";
  private readonly isHidingVhosts: boolean;
  private readonly period: number;
  private readonly files: readonly string[];
  private readonly started = Time.ticks;

  constructor(vhost: Vhost, options: Options) {
    super(vhost, options);
    this.isHidingVhosts = options["hide-vhosts"] === "1";
    this.period = Number(options["update-ms"] ?? 5000);
    const filepath = options["filepath"] ?? "";
    this.files = filepath === "" ? [] : filepath.split(",");
    if (!Number.isInteger(this.period) || this.period < SHORTEST) throw new LwsError("BAD_OPTION", "update-ms");
    for (const path of this.files) if (!Resource.exists(path)) throw new LwsError("BAD_OPTION", `filepath ${path}`);
  }

  /** True: a message is due. */
  override open(): boolean {
    return true;
  }

  override onEstablished(wsi: Wsi): void {
    wsi.setTimer(this.period);
    wsi.callbackOnWritable();
  }

  override onTimer(wsi: Wsi): void {
    wsi.pss = true;
    wsi.setTimer(this.period);
    wsi.callbackOnWritable();
  }

  override onWriteable(wsi: Wsi): void {
    if (wsi.pss !== true) return;
    wsi.pss = false;
    const text = `{"i":${this.dump()},"files":[${this.files.map(fileJSON).join(",")}]}`;
    wsi.write(text.length <= LIMIT ? text : '{"i":{},"files":[]}', Write.text);
  }

  private dump(): string {
    const { context, port } = this.vhost;
    const heap = Chip.heap();
    const uptime = Math.floor(Math.max((Time.ticks - this.started) | 0, 0) / 1000);
    const vhosts = this.isHidingVhosts ? "" : `"vhosts":[${(port?.vhosts ?? [this.vhost]).map(vhostJSON).join(",")}],`;
    return (
      `{"version":"lws-xs","uptime":"${uptime}","heap_used":"${heap.slots + heap.chunks}","heap_max":"${heap.limit}",` +
      `"contexts":[{"context_uptime":"${uptime}","pt_fd_max":"${Listener.connections}",` +
      `"wsi_alive":"${context.connections}",${vhosts}"deprecated":"0"}]}`
    );
  }
}

function fileJSON(path: string): string {
  const file = new Resource(path);
  const head = file.slice(0, Math.min(file.byteLength, FILE));
  return `{"path":${JSON.stringify(path)},"val":${JSON.stringify(Bytes.latin1(head, 0, head.byteLength))}}`;
}

function vhostJSON(vhost: Vhost): string {
  const mounts = vhost instanceof HttpVhost ? vhost.mounts : [];
  const protocols = vhost.protocols.map((protocol) => (protocol.constructor as unknown as ProtocolClass).protocol);
  return (
    `{"name":${JSON.stringify(vhost.name)},"use_ssl":"0","mounts":[` +
    mounts
      .map(({ mountpoint, file, protocol, redirect }) => {
        const name = protocol ? (protocol.constructor as unknown as ProtocolClass).protocol : "";
        const origin = file ? `file://${file.origin}` : (redirect?.redirect ?? `callback://${name}`);
        return `{"mountpoint":${JSON.stringify(mountpoint)},"origin":${JSON.stringify(origin)}}`;
      })
      .join(",") +
    `],"ws-protocols":[${protocols.map((name) => `{${JSON.stringify(name)}:{"status":"ok"}}`).join(",")}]}`
  );
}
