/**
 * Improv Wi-Fi over the serial line: a page in a browser at the other end of the cable lists networks, and tells the unit one to join. Who
 * holds the cable stands in front of the unit.
 */
import Serial from "embedded:io/serial";
import { LwsError } from "lws/core/errors";
import { Bytes } from "lws/platform/bytes";
import { PacketReader, PacketType, resultPacket, statePacket } from "./improv-packet";
import { chipFamily, chipPins } from "./pins";
import type { SlotNumber } from "./settings";
import { SLOTS } from "./slots";
import type { Unit, UnitListener } from "./unit";

export interface ImprovOptions {
  unit: Unit;
  /** What is told of the firmware. */
  firmware: string;
  version: string;
}

const enum Command {
  join = 1,
  state,
  about,
  scan,
}

const enum State {
  ready = 2,
  joining,
  joined,
}

const enum Fault {
  none = 0,
  malformed = 1,
  unknownCommand = 2,
  notJoined = 3,
  other = 255,
}

export class Improv implements UnitListener {
  private readonly options: ImprovOptions;
  private readonly reader = new PacketReader();
  private readonly serial: Serial;
  /** Packets that wait, and how much of the first has gone. */
  private waiting: Uint8Array[] = [];
  private sent = 0;
  private room = 0;
  /** The slot that was told, until its network is joined or not. */
  private wanted: SlotNumber | undefined;

  constructor(options: ImprovOptions) {
    const { context } = options.unit;
    this.options = options;
    const pins = chipPins();
    const onReadable = () => this.read();
    const onWritable = () => this.flush();
    this.serial = new Serial({
      transmit: pins.transmit,
      receive: pins.receive,
      baud: 115200,
      format: "buffer",
      onReadable: () => context.guard(onReadable),
      onWritable: (count) => {
        this.room = count;
        context.guard(onWritable);
      },
    });
    options.unit.listen(this);
  }

  onChange(): void {
    const { wanted } = this;
    if (wanted === undefined) return;
    const { phase, slot, address } = this.options.unit.network;
    if (phase === "joined" && address) this.end(State.joined);
    else if (phase === "failed" && slot === wanted) this.end(State.ready);
  }

  private end(state: State): void {
    this.wanted = undefined;
    this.fault(state === State.joined ? Fault.none : Fault.notJoined);
    this.send(statePacket(PacketType.state, state));
    if (state === State.joined) this.send(resultPacket(Command.join, [this.url]));
  }

  private get url(): string {
    return `http://${this.options.unit.network.address?.address ?? ""}/`;
  }

  private read(): void {
    const bytes = new Uint8Array(this.serial.read() ?? new ArrayBuffer(0));
    for (const byte of bytes) {
      const complete = this.reader.take(byte);
      if (!complete) continue;
      if (complete === "bad") this.fault(Fault.malformed);
      else if (this.reader.type === PacketType.command) this.obey(this.reader.data);
      this.reader.wipe();
    }
    bytes.fill(0);
  }

  private obey(data: Uint8Array): void {
    if (data.length < 2 || data[1] !== data.length - 2) {
      this.fault(Fault.malformed);
      return;
    }
    switch (data[0]) {
      case Command.join:
        this.join(data);
        break;
      case Command.state:
        this.tellState();
        break;
      case Command.about: {
        const { firmware, version, unit } = this.options;
        this.send(resultPacket(Command.about, [firmware, version, chipFamily(), unit.identity.host]));
        break;
      }
      case Command.scan:
        this.list();
        break;
      default:
        this.fault(Fault.unknownCommand);
    }
  }

  private tellState(): void {
    const { address } = this.options.unit.network;
    const state = this.wanted !== undefined ? State.joining : address ? State.joined : State.ready;
    this.send(statePacket(PacketType.state, state));
    if (state === State.joined) this.send(resultPacket(Command.state, [this.url]));
  }

  /** What was heard so far; the next time the list is fresher. */
  private list(): void {
    const { aps } = this.options.unit.network;
    const names: string[] = [];
    for (let i = 0, ap = aps.at(0); ap; ap = aps.at(++i)) {
      if (names.includes(ap.ssid)) continue;
      names.push(ap.ssid);
      this.send(resultPacket(Command.scan, [ap.ssid, String(ap.rssi), ap.auth ? "YES" : "NO"]));
    }
    this.send(resultPacket(Command.scan, []));
    this.options.unit.network.scan(true);
  }

  private join(data: Uint8Array): void {
    const { slots, network } = this.options.unit;
    const middle = 3 + (data[2] ?? 0);
    const end = middle + 1 + (data[middle] ?? 0);
    const ssid = Bytes.text(data, 3, Math.min(middle, data.length));
    const passphrase = end === data.length ? Bytes.text(data, middle + 1, end) : undefined;
    if (ssid === undefined || passphrase === undefined) {
      this.fault(Fault.malformed);
      return;
    }
    try {
      const slot = this.slotFor(ssid);
      slots.set(slot, ssid, passphrase);
      this.wanted = slot;
      this.fault(Fault.none);
      this.send(statePacket(PacketType.state, State.joining));
      network.apply(slot);
      this.onChange();
    } catch (error) {
      const known = error instanceof LwsError ? error.code : "";
      this.fault(known === "BAD_SSID" || known === "BAD_PASSPHRASE" ? Fault.notJoined : Fault.other);
      if (known === "") throw error;
    }
  }

  /** That of the same name, else an empty one, else that which was joined least. */
  private slotFor(ssid: string): SlotNumber {
    const { slots } = this.options.unit;
    const same = SLOTS.find((n) => slots.ssid(n) === ssid) ?? SLOTS.find((n) => slots.ssid(n) === "");
    return same ?? SLOTS.reduce((least, n) => (slots.use(n) < slots.use(least) ? n : least));
  }

  private fault(fault: Fault): void {
    this.send(statePacket(PacketType.error, fault));
  }

  private send(packet: Uint8Array): void {
    this.waiting.push(packet);
    this.flush();
  }

  private flush(): void {
    for (let packet = this.waiting[0]; packet && this.room > 0; packet = this.waiting[0]) {
      const part = packet.slice(this.sent, this.sent + this.room);
      this.room -= part.length;
      this.sent += part.length;
      this.serial.write(part);
      if (this.sent < packet.length) return;
      this.sent = 0;
      this.waiting.shift();
    }
  }
}
