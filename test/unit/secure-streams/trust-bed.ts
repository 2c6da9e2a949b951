/** A bed with trust stores, and cases after which all that they had is given back. */
import Resource from "Resource";
import type { Role } from "lws/core/role";
import type { Vhost } from "lws/core/vhost";
import { Wsi } from "lws/core/wsi";
import { Chip } from "lws/platform/chip";
import { StreamFlag } from "lws/secure-streams/policy";
import { after, equal, test } from "../harness";
import { Bed, brief, type Types } from "./bed";

const flags = StreamFlag.tls;
const types: Types = {
  plain: {},
  a: { flags, trustStore: "fleet" },
  again: { flags, trustStore: "fleet", retry: brief(9, [5]) },
  twin: { flags, trustStore: "fleet" },
  b: { flags, trustStore: "other" },
  bad: { flags, trustStore: "bad" },
  worse: { flags, trustStore: "worse" },
  absent: { flags, trustStore: "absent" },
  lost: { flags, trustStore: "lost" },
  six: { flags, trustStore: "six" },
  trusting: { flags },
  card: { flags, trustStore: "fleet", clientCert: 0 },
};
const stores = {
  fleet: ["root.pem"],
  other: ["root.pem", "clients.pem"],
  bad: ["first.key", "root.pem"],
  worse: ["root.pem", "about.txt"],
  lost: ["nothing.pem"],
  six: ["root.pem", "clients.pem", "own.pem", "strange.pem", "expired.pem", "large.pem"],
};

/** A connection that waits to be closed. */
class Waiting implements Role {
  readonly name = "waiting";
  closed = 0;
  /** What is done when one ends. */
  onEnding: (() => void) | undefined = undefined;
  onRx(): void {}
  onWriteable(): void {}
  onEnd(): void {}
  onTimeout(): void {}
  write(): void {}
  close(wsi: Wsi): void {
    wsi.drop();
  }
  drain(): void {}
  onClosed(): void {
    this.closed++;
    this.onEnding?.();
  }
}

export class TrustBed extends Bed {
  readonly role = new Waiting();
  /** Certificates that were read, and what is done meanwhile. */
  reads = 0;
  onRead: (() => void) | undefined = undefined;

  constructor(linger = 0) {
    super(types, (name) => this.read(name), stores, linger);
  }

  private read(name: string): HostBuffer {
    this.reads++;
    this.onRead?.();
    return new Resource(`www/${name}`);
  }

  get trust() {
    return this.streams.trust;
  }
  get facts(): string {
    const { length, draining } = this.trust;
    return `${length} ${draining}`;
  }

  /** A connection that belongs to the vhost of a store. */
  connect(vhost: Vhost): Wsi {
    const wsi = new Wsi(vhost, this.role);
    this.context.adopt(wsi);
    return wsi;
  }
}

/** A case after which the native heap is as before. */
export function tidy(name: string, body: (bed: TrustBed) => void | Promise<void>): void {
  test(`trust: ${name}`, async () => {
    await after(2);
    const base = Chip.heap().native;
    const bed = new TrustBed();
    await body(bed);
    bed.streams.close();
    await after(5);
    equal(bed.facts, "0 0", "stores");
    equal(Chip.heap().native, base, "native heap");
    equal(bed.context.connections, 0, "connections");
    equal(bed.context.scheduler.length, 0, "waits");
  });
}
