/** Streams by TLS wait for the time: a system without it can't tell a certificate that has run out from one that has not. */
import Resource from "Resource";
import { StreamFlag } from "lws/secure-streams/policy";
import type { Stream } from "lws/secure-streams/stream";
import { Streams } from "lws/secure-streams/streams";
import { Ladder, SystemState } from "lws/system/ladder";
import { after, equal, test } from "../harness";
import { Bed, brief } from "./bed";

const TYPES = {
  tls: { flags: StreamFlag.tls, trustStore: "fleet", retry: brief(0) },
  plain: { retry: brief(0) },
  nailed: { flags: StreamFlag.tls | StreamFlag.nailedUp, trustStore: "fleet", retry: brief(5) },
};

const certificate = (name: string) => new Resource(`www/${name}`);

class LadderBed extends Bed {
  readonly ladder = new Ladder({ scheduler: this.context.scheduler });
  readonly held: Streams;

  constructor() {
    super(TYPES, certificate, { fleet: ["root.pem"] });
    const { context, policy, adapter, ladder } = this;
    this.held = new Streams({ context, policy, adapters: { raw: adapter }, certificate, ladder });
    this.ladder.advance(SystemState.cpdPreTime);
  }
  make(name: string): Stream {
    return this.held.create(name, this.user, { user: this });
  }
}

test("ladder and streams: a TLS dial begins when the time is known, and no attempt is spent until then", async () => {
  const bed = new LadderBed();
  const { user, adapter, ladder, held } = bed;
  const stream = bed.make("tls");
  stream.requestTx();
  stream.requestTx();
  stream.connect();
  await after(20);
  equal(user.said, "CREATING POLL");
  equal(adapter.links.length, 0);
  ladder.advance(SystemState.timeValid);
  equal(adapter.links.length, 0, "in a later turn");
  await after(5);
  equal(user.said, "CONNECTING");
  equal(adapter.links.length, 1);
  bed.link.up();
  equal(bed.link.calls.join(), "tx", "what was to be written is not forgotten");
  // Further steps change nothing for one that has a connection.
  ladder.advance();
  await after(5);
  equal(adapter.links.length, 1);
  held.close();
});

test("ladder and streams: without TLS nothing is held back, and one that is nailed up comes by itself", async () => {
  const bed = new LadderBed();
  const { user, adapter, ladder, held } = bed;
  bed.make("plain").connect();
  equal(adapter.links.length, 1);
  bed.link.lose();
  bed.make("nailed");
  user.said;
  await after(5);
  equal(adapter.links.length, 1);
  ladder.advance();
  await after(5);
  equal(user.said, "CONNECTING");
  // What waits for its next attempt is not hurried by a step, and what was given up not begun again.
  bed.link.lose();
  ladder.jump(SystemState.policyInvalid);
  await after(20);
  equal(user.said, "UNREACHABLE", "beside the line nobody is dialled");
  ladder.jump(SystemState.initialized);
  ladder.advance(SystemState.dhcp);
  await after(5);
  equal(user.said, "");
  ladder.advance();
  await after(10);
  equal(user.said, "CONNECTING");
  held.close();
});

test("ladder and streams: one that waits can be destroyed, and streams that are closed listen no more", async () => {
  const bed = new LadderBed();
  const { user, adapter, ladder, held } = bed;
  const stream = bed.make("tls");
  stream.connect();
  stream.destroy();
  equal(user.said, "CREATING DESTROYING");
  bed.make("nailed");
  held.close();
  ladder.advance();
  await after(5);
  equal(user.said, "CREATING DESTROYING");
  equal(adapter.links.length, 0);
});
