/** Who sees to it that a stream whose policy has `use_auth` can show who it is. What is shown lies in the blob that the policy names. */
import type { AuthScheme } from "./policy";
import type { Stream } from "./stream";

/** What an attempt may do. */
export const enum Readiness {
  ready,
  /** Not now: it counts as one that has failed, and is made again when its scheme says so, or the provider by `connect()`. */
  wait,
  /** There is no way to get what has to be shown: AUTH_FAILED. */
  fail,
}

export interface AuthProvider {
  /** An attempt begins. */
  prepare(stream: Stream, auth: AuthScheme): Readiness;
  /** A server has refused what was shown. The user hears AUTH_FAILED next. */
  refused?(stream: Stream, auth: AuthScheme): void;
}
