/** Whether the clock of the unit has been set: at power on it stands at the beginning of 1970. */

/** A clock before this (24 May 2016) has never been set. The C code of TLS says the same. */
const CLOCK_SET = 1_464_083_026;

/** Seconds since 1970, or undefined while the clock is not set. */
export function knownTime(): number | undefined {
  const now = Math.floor(Date.now() / 1000);
  return now > CLOCK_SET ? now : undefined;
}
