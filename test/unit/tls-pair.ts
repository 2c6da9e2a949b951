/** Two sessions that talk to each other in memory, and the certificates for it. */

import Resource from "Resource";
import { Chip } from "lws/platform/chip";
import { TlsConfig, type TlsConfigOptions, TlsIdentity, TlsSession, TlsStep } from "lws/tls/tls";
import { equal, test } from "./harness";

/** A file of the image. */
export function pem(name: string): HostBuffer {
  return new Resource(`www/${name}`);
}

/** The identity NAME.pem with NAME.key; with `clients`, of a server that asks for certificates. */
export function identity(name: string, clients = false): TlsIdentity {
  const chain = pem(`${name}.pem`);
  const key = pem(`${name}.key`);
  return clients ? new TlsIdentity(chain, key, [pem("clients.pem")]) : new TlsIdentity(chain, key);
}

export function server(options: Partial<TlsConfigOptions> = {}): TlsConfig {
  return new TlsConfig({ server: true, ...options });
}

export function client(options: Partial<TlsConfigOptions> = {}): TlsConfig {
  return new TlsConfig({ server: false, authorities: [pem("root.pem")], ...options });
}

/** A case after which the native heap is as before. */
export function tidy(name: string, body: () => void): void {
  test(`tls: ${name}`, () => {
    const base = Chip.heap().native;
    body();
    equal(Chip.heap().native, base, "native heap");
  });
}

/** How many bytes arrive at once. */
export type Cut = () => number;
export const whole: Cut = () => 4096;

let seed = 1;
/** Pieces of up to `most` bytes. */
export function pieces(most: number): Cut {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return 1 + ((seed >>> 8) % most);
  };
}

const room = new Uint8Array(2112);
const plain = new Uint8Array(4096);

/** One side, and the bytes that are on their way to it. */
export class Side {
  readonly wire = new Uint8Array(20480);
  from = 0;
  to = 0;
  /** Bytes that it has sent. */
  sent = 0;
  isDone = false;
  error = "";
  peer: Side | undefined = undefined;
  /** Bytes that it may send; what is beyond is lost. */
  limit = Infinity;

  constructor(readonly session: TlsSession) {}

  put(bytes: Uint8Array, length: number): void {
    if (this.from === this.to) this.from = this.to = 0;
    if (this.to + length > this.wire.length) throw new Error("the wire is full");
    this.wire.set(bytes.subarray(0, length), this.to);
    this.to += length;
  }

  /** Sends what is in the common buffer. */
  send(length: number): void {
    const allowed = Math.max(0, Math.min(length, this.limit - this.sent));
    this.peer?.put(room, allowed);
    this.sent += length;
  }

  take(cut: number): number {
    const count = Math.min(cut, this.to - this.from);
    this.from += count;
    return count;
  }

  /** One turn; false when it waits for bytes that are not there. An error ends in `error`, and its alert on the wire. */
  turn(cut: Cut): boolean {
    if (this.isDone || this.error !== "") return false;
    try {
      const made = this.session.step(room, 0, room.length);
      this.send(made >> 3);
      if ((made & 7) === TlsStep.done) this.isDone = true;
      if ((made & 7) !== TlsStep.read) return true;
      const count = this.take(cut());
      this.session.feed(this.wire, this.from - count, this.from);
      return count > 0 || made > 7;
    } catch (error) {
      this.error = (error as Error).message;
      this.send(this.session.take(room, 0, room.length));
      return true;
    }
  }

  /** Sends `length` bytes of plaintext. */
  write(source: Uint8Array, length: number): void {
    for (let at = 0; at < length; ) {
      const made = this.session.write(source, at, length, room, 0, room.length);
      if (made === 0) throw new Error("nothing was written");
      at += Math.floor(made / 65536);
      this.send(made & 0xffff);
    }
  }

  end(): void {
    this.send(this.session.end(room, 0, room.length));
  }

  /** Reads all that has come; calls `each` with each piece. Returns its length; -1 at the end. */
  read(cut: Cut, each: (bytes: Uint8Array, length: number) => void = () => {}): number {
    let total = 0;
    for (;;) {
      let count = 0;
      if (this.session.pending) count = this.session.read(plain, 0, plain.length);
      else {
        const length = this.take(cut());
        if (length === 0) return total;
        count = this.session.receive(this.wire, this.from - length, this.from, plain, 0, plain.length);
      }
      if (count < 0) return -1;
      each(plain, count);
      total += count;
    }
  }
}

export class Talk {
  readonly client: Side;
  readonly server: Side;

  constructor(client: TlsSession, server: TlsSession) {
    this.client = new Side(client);
    this.server = new Side(server);
    this.client.peer = this.server;
    this.server.peer = this.client;
  }

  /** Until both are done, or neither can go on. */
  shake(cut: Cut = whole): void {
    let idle = 0;
    while (idle < 2) {
      idle = this.client.turn(cut) ? 0 : idle + 1;
      idle = this.server.turn(cut) ? 0 : idle + 1;
    }
  }

  /** Hands over what either has to say after its handshake, tickets and alerts. */
  settle(): void {
    for (const side of [this.client, this.server]) {
      if (!side.isDone || side.error !== "") continue;
      try {
        side.read(whole);
      } catch (error) {
        side.error = (error as Error).message;
      }
    }
  }

  close(): void {
    this.client.session.close();
    this.server.session.close();
  }
}

/** Both ends of a connection to `name`, where the server has one identity. */
export function talk(
  clients: TlsConfig,
  servers: TlsConfig,
  own: TlsIdentity,
  name = "first.lan",
  resume?: ArrayBuffer,
): Talk {
  return new Talk(new TlsSession(clients, name, resume), new TlsSession(servers, { onServerName: () => own }));
}
