/** Conditional requests (RFC 9110 §13): what a client knows of a file already. */
import { parseDate } from "./date";
import type { Transaction } from "./transaction";

/**
 * True if the list of entity tags holds `tag`. A tag that is marked as weak counts unless the comparison is `strong` (§8.8.3.2). No tag
 * contains a quote, so text that looks like ours is ours.
 */
function lists(list: string, tag: string, strong: boolean): boolean {
  if (list === "*") return true;
  for (let at = list.indexOf(tag); at >= 0; at = list.indexOf(tag, at + 1)) {
    if (!strong || list[at - 1] !== "/") return true;
  }
  return false;
}

/** True if the file was changed after the date in header `name`; undefined where that is missing or no date. */
function changedSince(http: Transaction, name: string, modified: number): boolean | undefined {
  const value = modified > 0 ? http.header(name) : undefined;
  const since = value === undefined ? undefined : parseDate(value);
  return since === undefined ? undefined : modified > since;
}

/** The status that the conditions of the request ask for, in the order of §13.2.2: 200, 304 or 412. `modified` 0: not known. */
export function evaluate(http: Transaction, tag: string, modified: number): 200 | 304 | 412 {
  const match = http.header("if-match");
  if (match !== undefined) {
    if (!lists(match, tag, true)) return 412;
  } else if (changedSince(http, "if-unmodified-since", modified) === true) return 412;
  const known = http.header("if-none-match");
  if (known !== undefined) return lists(known, tag, false) ? 304 : 200;
  return changedSince(http, "if-modified-since", modified) === false ? 304 : 200;
}

/** Whether ranges may be sent: If-Range (§13.1.5) is missing, or names exactly what we have. */
export function mayRange(http: Transaction, tag: string, modified: number): boolean {
  const value = http.header("if-range");
  if (value === undefined || value === tag) return true;
  return modified > 0 && parseDate(value) === modified;
}
