/** Datagrams: theirs, ours, too many and too long. */
import { Bytes } from "lws/platform/bytes";
import { UDP } from "lws/platform/sockets";
import Timer from "timer";
import type { Peer } from "./peer";
import { attempt, pause, type Suite, say } from "./suite";

const PORT = 7002;
const QUIET = 100;
const patience = 20_000;
const buffer = new Uint8Array(1600);

/** Reads when it is asked to. */
class Mailbox {
  readonly socket: UDP;
  dropped = 0;
  private look: (() => void) | undefined;

  constructor(port?: number) {
    this.socket = new UDP(port === undefined ? { target: this } : { port, target: this });
  }
  onDatagram(): void {
    this.look?.();
  }
  onDropped(count: number): void {
    this.dropped += count;
  }
  /** The next datagram, as text; waits for it. */
  next(most = buffer.length): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = Timer.set(() => {
        this.look = undefined;
        reject(new Error("no datagram"));
      }, patience);
      this.look = () => {
        const length = this.socket.read(buffer, 0, most);
        if (length < 0) return;
        this.look = undefined;
        Timer.clear(timer);
        resolve(Bytes.latin1(buffer, 0, length));
      };
      this.look();
    });
  }
  send(text: string, address: string, port: number): boolean {
    const bytes = new Uint8Array(Bytes.size(text));
    Bytes.put(text, bytes, 0);
    return this.socket.write(bytes, 0, bytes.length, address, port);
  }
}

export function addUdpCases(suite: Suite, peer: Peer): void {
  suite.add("udp: a question and its answer", async () => {
    const box = new Mailbox(PORT);
    await peer.ask(`datagram ${PORT} question`);
    say(`"${await box.next()}"`);
    const { socket } = box;
    say(`by ${socket.interface}, to a group: ${socket.grouped}, from near: ${socket.near}, a port: ${socket.port > 0}`);
    say(`sent ${box.send("answer", socket.address, socket.port)}`);
    say(await peer.ask("answer"));
    say(`another: ${socket.read(buffer, 0, 10)}`);
    socket.close();
    socket.close();
  });

  suite.add("udp: what does not fit is cut off", async () => {
    const box = new Mailbox(PORT);
    await peer.ask(`datagram ${PORT} abcdef`);
    await peer.ask(`datagram ${PORT} next`);
    say(`"${await box.next(3)}" "${await box.next()}"`);
    await peer.ask(`datagram ${PORT} `);
    say(`empty: "${await box.next()}"`);
    box.socket.close();
  });

  suite.add("udp: eight wait, what comes then is dropped and counted", async () => {
    const box = new Mailbox(PORT);
    await peer.ask(`datagrams ${PORT} 12`);
    await pause(3 * QUIET);
    let texts = "";
    for (let length = box.socket.read(buffer, 0, 9); length >= 0; length = box.socket.read(buffer, 0, 9))
      texts += `${Bytes.latin1(buffer, 0, length)} `;
    await peer.ask(`datagram ${PORT} after`);
    say(`${texts}and "${await box.next()}"`);
    await pause(QUIET);
    say(`dropped ${box.dropped}`);
    box.socket.close();
  });

  suite.add("udp: we ask first, from any port", async () => {
    const port = Number(await peer.ask("udpecho"));
    const box = new Mailbox();
    say(`sent ${box.send("from any port", peer.address, port)}`);
    say(`"${await box.next()}", from there: ${box.socket.port === port}`);
    const long = new Uint8Array(1472).fill(0x41);
    say(`sent ${box.socket.write(long, 0, long.length, peer.address, port)}`);
    say(`${(await box.next()).length} bytes back`);
    box.socket.close();
  });

  suite.add("udp: what can't be sent", () => {
    const box = new Mailbox(PORT);
    say(attempt(() => box.socket.write(buffer, 0, 1473, peer.address, 9)));
    say(attempt(() => box.send("x", "somewhere", 9)));
    say(attempt(() => box.send("x", peer.address, 0)));
    say(attempt(() => box.send("x", peer.address, 70_000)));
    say(attempt(() => box.socket.read(buffer, 0, 1601)));
    say(attempt(() => new Mailbox(PORT)));
    box.socket.close();
    say(attempt(() => box.socket.read(buffer, 0, 1)));
    new Mailbox(PORT).socket.close();
  });
}
