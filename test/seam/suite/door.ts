/** A listener of a case: counts those who knock, and lets them in when it is told to. */
import { Listener } from "lws/platform/sockets";
import Timer from "timer";
import { Owner } from "./owner";

/** The port that the other side reaches the cases at. */
export const PORT = 7001;
const patience = 40_000;

export class Door {
  readonly listener: Listener;
  /** Connections that were told of. */
  knocks = 0;
  /** Where it stands open, those who have knocked are inside. */
  inside: Owner[] | undefined;
  private look: (() => void) | undefined;

  constructor(port = PORT) {
    this.listener = new Listener({ port, target: this });
  }

  onConnection(): void {
    this.knocks++;
    const owner = this.inside && this.open();
    if (owner) this.inside?.push(owner);
    this.look?.();
  }

  /** Resolves when so many have knocked. */
  knocked(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = Timer.set(() => {
        this.look = undefined;
        reject(new Error(`${this.knocks} knocks instead of ${count}`));
      }, patience);
      this.look = () => {
        if (this.knocks < count) return;
        this.look = undefined;
        Timer.clear(timer);
        resolve();
      };
      this.look();
    });
  }

  /** The next connection, undefined when there is none. */
  open(owner = new Owner()): Owner | undefined {
    const socket = this.listener.accept(owner);
    if (!socket) return undefined;
    owner.socket = socket;
    return owner;
  }

  /** The connection of one who has knocked first. */
  async first(reads = true): Promise<Owner> {
    await this.knocked(1);
    const owner = new Owner();
    owner.reads = reads;
    if (!this.open(owner)) throw new Error("nobody there");
    return owner;
  }

  close(): void {
    this.listener.close();
  }
}
