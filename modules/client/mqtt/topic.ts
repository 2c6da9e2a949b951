/** Names of topics and what stands for several of them (MQTT 3.1.1 §4.7). */
import { Bytes } from "lws/platform/bytes";

/** Longest topic, in bytes, that we publish or subscribe to. */
export const topicLimit = 1024;

function fits(text: string): boolean {
  return text !== "" && !text.includes("\0") && Bytes.size(text) <= topicLimit;
}

/** Whether something can be published to it: no wildcards. */
export function isTopic(text: string): boolean {
  return fits(text) && !text.includes("+") && !text.includes("#");
}

/** Whether it can be subscribed to: `+` stands for a whole level, `#` for all that are left. */
export function isFilter(text: string): boolean {
  if (!fits(text)) return false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter !== "+" && letter !== "#") continue;
    if (at > 0 && text[at - 1] !== "/") return false;
    if (at + 1 < text.length && (letter === "#" || text[at + 1] !== "/")) return false;
  }
  return true;
}

/** Whether `filter` takes in `topic`. A topic that begins with `$` is the broker's own, which no wildcard at the beginning stands for. */
export function takesIn(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false;
  let from = 0;
  let at = 0;
  for (;;) {
    const isDeeper = at <= topic.length;
    if (filter.startsWith("#", from)) return true;
    if (!isDeeper) return false;
    const end = levelEnd(filter, from);
    const topicEnd = levelEnd(topic, at);
    const isAny = end === from + 1 && filter[from] === "+";
    if (!isAny && filter.slice(from, end) !== topic.slice(at, topicEnd)) return false;
    if (end === filter.length) return topicEnd === topic.length;
    from = end + 1;
    at = topicEnd + 1;
  }
}

function levelEnd(text: string, from: number): number {
  const at = text.indexOf("/", from);
  return at < 0 ? text.length : at;
}
