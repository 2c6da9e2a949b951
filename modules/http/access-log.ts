/** One line for each request, as Apache's combined format has it, in the log at level info and in a short list. */
import { LogLevel, log } from "lws/core/log";
import type { Wsi } from "lws/core/wsi";
import { Bytes } from "lws/platform/bytes";
import { monthName, timeOfDay } from "./date";
import type { Transaction } from "./transaction";
import { Phase } from "./transaction";

/** Lines that are kept. */
const linesLimit = 16;
/** Characters of a line, and of a request target in it. */
const lineLength = 512;
const targetLength = 255;

/** Text that can't leave its field: quotes become single ones, what is not printable ASCII is escaped. */
function field(text: string): string {
  return text
    .replaceAll('"', "'")
    .replace(/[^ !#-[\]-~]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function timeStamp(): string {
  const date = new Date();
  const day = String(date.getUTCDate()).padStart(2, "0");
  return `${day}/${monthName(date.getUTCMonth())}/${date.getUTCFullYear()}:${timeOfDay(date)} +0000`;
}

/** The request line as it came, with its target cut. */
function requestLine(http: Transaction): string {
  if (http.fields === 0) return "-";
  const [method = "-", target = "-", version = ""] = Bytes.latin1(http.store, 0, http.fields).trim().split(" ");
  return field(`${method} ${target.slice(0, targetLength)} ${version}`.trim());
}

export class AccessLog {
  private readonly lines: string[] = [];
  /** Requests that were logged so far. */
  count = 0;

  /** Lines that can be asked for. */
  get length(): number {
    return this.lines.length;
  }

  /** A line, 0 being the oldest one that is kept; undefined beyond the newest. */
  line(index: number): string | undefined {
    const { lines } = this;
    if (index < 0 || index >= lines.length) return undefined;
    return lines[(lines.length < linesLimit ? index : this.count + index) % linesLimit];
  }

  /** @internal The transaction is over; `upgrade` names the protocol that the connection changes to. */
  add(wsi: Wsi, http: Transaction, upgrade = ""): void {
    const isWhole = http.bodyLength >= 0 && http.sent === 0 && http.phase === Phase.done;
    const bytes = http.method === "HEAD" || http.status === 304 ? 0 : isWhole ? http.bodyLength : http.sent;
    const head = `${wsi.peer} - ${http.user === "" ? "-" : field(http.user)} [${timeStamp()}]`;
    const start = `${head} "${requestLine(http)}" ${http.status} ${bytes} "`;
    const end = `" "${field(http.header("user-agent") ?? "-")}"${upgrade === "" ? "" : ` [${field(upgrade)}]`}`;
    this.put(start, field(http.header("referer") ?? "-"), end);
  }

  /** The referrer is what gives way in a line that is too long, then the end of the agent. */
  private put(start: string, referrer: string, end: string): void {
    const room = lineLength - start.length - end.length;
    const line =
      room >= 1 ? start + referrer.slice(0, room) + end : `${`${start}-${end}`.slice(0, lineLength - 1).trimEnd()}"`;
    this.lines[this.count % linesLimit] = line;
    this.count++;
    if (log.level & LogLevel.info) log.info("access", line);
  }
}
