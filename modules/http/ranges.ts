/** The Range header (RFC 9110 §14.1, §14.2). */

/** Ranges of one request; a longer list is not worth the work. */
const rangesLimit = 16;

/**
 * The satisfiable ranges of `value` in a file of `length` bytes: first byte and the one after the last, one pair after the other; none if no
 * range can be satisfied. Undefined where the header is to be ignored: another unit, malformed, a long list, or ranges that overlap or
 * together are no less than the file.
 */
export function readRanges(value: string, length: number): number[] | undefined {
  if (!/^bytes=/i.test(value)) return undefined;
  const ranges: number[] = [];
  const elements = value.slice(6).split(",");
  if (elements.length > rangesLimit) return undefined;
  let total = 0;
  let count = 0;
  for (const element of elements) {
    const text = element.trim();
    if (text === "") continue;
    const match = /^(\d*)-(\d*)$/.exec(text);
    if (!match || text === "-") return undefined;
    count++;
    let from = Number(match[1]);
    let to = match[2] === "" ? length : Math.min(Number(match[2]) + 1, length);
    if (match[1] === "") {
      from = Math.max(length - Number(match[2]), 0);
      to = length;
    } else if (match[2] !== "" && Number(match[2]) < from) return undefined;
    if (from >= to) continue;
    for (let i = 0; i < ranges.length; i += 2) {
      if (from < (ranges[i + 1] as number) && (ranges[i] as number) < to) return undefined;
    }
    ranges.push(from, to);
    total += to - from;
  }
  return count === 0 || (ranges.length > 2 && total >= length) ? undefined : ranges;
}
