/** The last sessions with a few servers, each of which can be resumed once. They have secrets, so they are wiped when they go. */
export class Resumable {
  private readonly places: string[] = [];
  private readonly saved: ArrayBuffer[] = [];

  constructor(private readonly limit: number) {}

  /** Takes out what is kept for `place`. */
  take(place: string): ArrayBuffer | undefined {
    const at = this.places.indexOf(place);
    if (at < 0) return undefined;
    this.places.splice(at, 1);
    return this.saved.splice(at, 1)[0];
  }

  /** Keeps `session` for `place`, in place of the one that is the oldest. */
  put(place: string, session: ArrayBuffer | undefined): void {
    if (!session || this.limit === 0) return;
    wipe(this.take(place));
    if (this.places.length === this.limit) wipe(this.take(this.places[0] as string));
    this.places.push(place);
    this.saved.push(session);
  }

  clear(): void {
    for (const each of this.saved) wipe(each);
    this.places.length = 0;
    this.saved.length = 0;
  }
}

/** Forgets what was in it. */
export function wipe(bytes: ArrayBuffer | undefined): void {
  if (bytes) new Uint8Array(bytes).fill(0);
}
