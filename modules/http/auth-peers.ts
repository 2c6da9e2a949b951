/** Who has failed to log in, so that guessing becomes slow. The table is small and of fixed size: on a chip memory counts more than long memories. */
import Time from "time";

/** Peers that are remembered. */
const peersLimit = 8;
/** Failures that cost nothing. */
const patience = 3;
/** Milliseconds of the first wait, which doubles with each further failure, and of the longest. */
const firstWait = 2000;
const longestWait = 60_000;
/** Milliseconds after its last wait that a peer is forgotten. */
const memory = 60_000;

interface Peer {
  address: string;
  failures: number;
  /** Time.ticks before which it may not try again; without a wait, when it failed last. */
  until: number;
}

export class AuthPeers {
  private peers: Peer[] = [];

  /** Milliseconds that `address` has still to wait before it may try. */
  wait(address: string): number {
    const peer = this.find(address);
    return peer ? Math.max((peer.until - Time.ticks) | 0, 0) : 0;
  }

  /** `address` has failed. */
  fail(address: string): void {
    const peer = this.find(address) ?? this.enter(address);
    const waits = ++peer.failures - patience;
    const wait = waits < 0 ? 0 : waits < 6 ? Math.min(firstWait << waits, longestWait) : longestWait;
    peer.until = (Time.ticks + wait) | 0;
  }

  /** `address` has proved who it is. */
  forget(address: string): void {
    const at = this.peers.findIndex((peer) => peer.address === address);
    if (at >= 0) this.peers.splice(at, 1);
  }

  private find(address: string): Peer | undefined {
    const now = Time.ticks;
    const peer = this.peers.find((each) => each.address === address);
    if (!peer || ((now - peer.until) | 0) <= memory) return peer;
    this.forget(address);
    return undefined;
  }

  /** A newcomer takes the place of the one whose wait ends, or has ended, first. */
  private enter(address: string): Peer {
    const peers = this.peers;
    if (peers.length >= peersLimit) {
      let first = 0;
      for (let i = 1; i < peers.length; i++) {
        if ((((peers[i] as Peer).until - (peers[first] as Peer).until) | 0) < 0) first = i;
      }
      peers.splice(first, 1);
    }
    const peer = { address, failures: 0, until: 0 };
    peers.push(peer);
    return peer;
  }
}
