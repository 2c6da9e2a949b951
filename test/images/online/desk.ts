/** `GET /` tells the state of the system and what was heard since the last time; `/check` asks for another look at the network first, `/get/TYPE?SERVER` for a stream of that type. */
import { type Options, Protocol, type ProtocolClass } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import type { Wsi } from "lws/core/wsi";
import { replyJSON, transaction } from "lws/http/transaction";
import type { CaptivePortalDetect } from "lws/secure-streams/captive-portal";
import { Ret, type StreamHandlers } from "lws/secure-streams/handlers";
import { StreamState, stateName } from "lws/secure-streams/states";
import type { Stream } from "lws/secure-streams/stream";
import type { Streams } from "lws/secure-streams/streams";
import { BusClass, type Message } from "lws/system/bus";
import { systemStateName } from "lws/system/ladder";
import type { Unit } from "lws/system/unit";

export class Desk extends Protocol implements StreamHandlers {
  static readonly protocol: string = "desk";
  private readonly heard: string[] = [];

  constructor(
    vhost: Vhost,
    options: Options,
    private readonly unit: Unit,
    private readonly portal: CaptivePortalDetect,
    private readonly streams: Streams,
  ) {
    super(vhost, options);
    unit.bus.join(BusClass.network | BusClass.systemState, {
      heard: (_kind, message) => this.heard.push(told(message)),
    });
  }

  override onRequest(wsi: Wsi): void {
    const { path, query } = transaction(wsi);
    const { unit, portal, streams } = this;
    if (path === "/check") unit.bus.send(BusClass.network, { trigger: "cpdcheck" });
    if (path.startsWith("/get/")) {
      const stream = streams.create(path.slice(5), this, { user: undefined });
      stream.setMeta("server", query);
      stream.connect();
    }
    const { verdict = "" } = portal;
    const state = systemStateName(unit.ladder.state);
    const { length } = streams;
    replyJSON(wsi, 200, JSON.stringify({ state, verdict, streams: length, heard: this.heard.splice(0) }));
  }

  /** Ends when the transaction is over, and is told 401 like any other state. */
  state(stream: Stream, state: number): Ret {
    this.heard.push(stateName(state));
    if (state === StreamState.connected) this.heard.push(`status ${stream.status}`);
    const isOver = state === StreamState.qosAckRemote || state === StreamState.allRetriesFailed;
    return isOver ? Ret.destroy : Ret.ok;
  }
}

function told(message: Message): string {
  if (message["type"] === "route") return `route ${message["gateway"]}`;
  return `${message["state"] ?? message["result"] ?? message["trigger"]}`;
}

export function desk(unit: Unit, portal: CaptivePortalDetect, streams: Streams): ProtocolClass {
  return class extends Desk {
    static override readonly protocol = Desk.protocol;
    constructor(vhost: Vhost, options: Options) {
      super(vhost, options, unit, portal, streams);
    }
  };
}
