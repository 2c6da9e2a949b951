/** Makes self-signed certificates, a step each turn, so that the unit serves everybody else meanwhile. */
import { log } from "lws/core/log";
import { type Scheduler, Sul } from "lws/core/scheduler";
import { type CertificateFacts, CertificateMaker, MAKING_STEPS } from "./certificate";
import { packPair } from "./pair";
import { toLwsError } from "./pair-check";

/** What the certificate that a unit makes is for. */
export interface CertificateNames {
  /** Common name. */
  readonly name: string;
  /** Host names, separated by single spaces. */
  readonly dns: string;
  /** IPv4 addresses, likewise. */
  readonly addresses: string;
}

export interface SelfSignedOptions {
  scheduler: Scheduler;
  names: () => CertificateNames;
  /** A pair has been made. */
  onMade: (bytes: ArrayBuffer) => void;
  /** It has come further, or failed. */
  onProgress: () => void;
}

/** Milliseconds until the next attempt after one that has failed. */
const AGAIN = 10_000;

export class SelfSigned extends Sul {
  /** Percent of the making; 100 while none is made. */
  progress = 100;
  private readonly options: SelfSignedOptions;
  private maker: CertificateMaker | undefined;
  /** What the last one is for. */
  private made = "";

  constructor(options: SelfSignedOptions) {
    super();
    this.options = options;
  }

  /** Makes one, unless that is being done. */
  make(): void {
    if (this.progress < 100) return;
    this.progress = 0;
    this.options.scheduler.schedule(this, 0);
    this.options.onProgress();
  }

  /** True if a self-signed certificate that says this is still for the names that the unit has. */
  fits(facts: CertificateFacts): boolean {
    const wanted = wordsOf(this.options.names());
    return this.made === "" ? wanted === `${facts.subject} ${sorted(facts.names)}` : wanted === this.made;
  }

  close(): void {
    this.options.scheduler.cancel(this);
    this.maker?.close();
    this.maker = undefined;
    this.progress = 100;
  }

  /** @internal One turn. */
  override fire(): void {
    try {
      this.turn();
    } catch (error) {
      log.err("certificate", `none could be made: ${toLwsError(error).message}`);
      this.maker?.close();
      this.maker = undefined;
      this.progress = 0;
      this.options.scheduler.schedule(this, AGAIN);
    }
    this.options.onProgress();
  }

  private turn(): void {
    const { scheduler, names, onMade } = this.options;
    const { maker } = this;
    if (!maker) {
      const wanted = names();
      this.made = wordsOf(wanted);
      this.maker = new CertificateMaker(wanted.name, wanted.dns, wanted.addresses);
    } else {
      const done = maker.step();
      this.progress = Math.floor((100 * done) / MAKING_STEPS);
      if (done === MAKING_STEPS) {
        const bytes = packPair(maker);
        maker.close();
        this.maker = undefined;
        onMade(bytes);
        return;
      }
    }
    scheduler.schedule(this, 0);
  }
}

function wordsOf({ name, dns, addresses }: CertificateNames): string {
  return `${name} ${sorted(`${dns} ${addresses}`)}`;
}

/** The same words in the order that tells nothing of how they were written. */
function sorted(words: string): string {
  return words.split(" ").sort().join(" ");
}
