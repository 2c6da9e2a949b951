/**
 * Whether a request was meant for this device. A page of another site can have its own name lead here (DNS rebinding) and would then count as
 * ours: so only names that nobody else can have are answered.
 */
import type { Transaction } from "./transaction";

/** What routers put behind the names of their clients. None can be had by others: they are no domains, or the router's maker has them. */
const SUFFIXES = " local lan home home.arpa internal localdomain fritz.box ";

/**
 * `names` are ours, separated by spaces, some with a `*` as certificates have them. One without a dot is ours under a router's suffix, too.
 * Addresses pass, whichever they are, since no name had to be looked up for them: a device behind mapped ports does not know its own.
 */
export function isOwnHost(http: Transaction, names: () => string): boolean {
  const host = http.host.replace(/:\d+$/, "").replace(/\.$/, "");
  // Without a Host it is HTTP/1.0, which no browser speaks.
  if (host === "" || host.startsWith("[") || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return true;
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  for (const each of names().toLowerCase().split(" ")) {
    if (each === "") continue;
    if (host === each) return true;
    if (each.startsWith("*.")) {
      const dot = host.indexOf(".");
      if (dot > 0 && host.slice(dot) === each.slice(1)) return true;
    } else if (!each.includes(".") && host.startsWith(`${each}.`)) {
      if (SUFFIXES.includes(` ${host.slice(each.length + 1)} `)) return true;
    }
  }
  return false;
}
