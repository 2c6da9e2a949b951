/** The vhosts that share a port, and which of them answers to a name. */
import type { Vhost } from "./vhost";

export class Port {
  /** In the order in which they were added; the first one gets what no other is named for. */
  vhosts: readonly Vhost[] = [];

  /** With `strict`, a name that no vhost has is refused. */
  constructor(readonly strict = false) {}

  /** Offers `vhost` on this port. Nothing if it is on one already. */
  add(vhost: Vhost): void {
    if (vhost.port) return;
    this.vhosts = this.vhosts.concat(vhost);
    vhost.port = this;
    this.mark();
  }

  /** Takes `vhost` off: no name leads to it any more, and its connections end as soon as what they are at is complete. */
  remove(vhost: Vhost): void {
    if (vhost.port !== this) return;
    // An array that shrinks in place keeps what it had: a new one lets it go.
    this.vhosts = this.vhosts.filter((other) => other !== vhost);
    vhost.port = undefined;
    vhost.shared = false;
    this.mark();
    vhost.drain(this.vhosts[0]);
  }

  /** @internal A connection of any port is over. */
  onLeave(): void {}

  /** The vhost that `host` (lower case, without port) names: the whole name, else the longest that it ends in, else the first, unless strict. */
  select(host: string): Vhost | undefined {
    const vhosts = this.vhosts;
    let best = this.strict ? undefined : vhosts[0];
    let length = 0;
    for (let i = 0; i < vhosts.length; i++) {
      const vhost = vhosts[i] as Vhost;
      const name = vhost.name;
      if (host === name) return vhost;
      if (name.length > length && host.endsWith(name) && host.charCodeAt(host.length - name.length - 1) === 0x2e) {
        best = vhost;
        length = name.length;
      }
    }
    return best;
  }

  private mark(): void {
    const shared = this.strict || this.vhosts.length > 1;
    for (const vhost of this.vhosts) vhost.shared = shared;
  }
}
