/** Which content coding a client wants (RFC 9110 §12.5.3). */

/** True if a response in gzip suits a request whose Accept-Encoding is `value`, and suits it no less than one without coding. */
export function prefersGzip(value: string | undefined): boolean {
  if (value === undefined) return false;
  if (!value.includes(";")) return /(?:^|[\s,])(?:(?:x-)?gzip|\*)(?:[\s,]|$)/i.test(value);
  let gzip = -1;
  let identity = -1;
  let others = -1;
  for (const element of value.toLowerCase().split(",")) {
    const [, coding, weight] = /^\s*([^\s;]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/.exec(element) ?? [];
    const quality = weight === undefined ? 1 : Number(weight);
    if (coding === "gzip" || coding === "x-gzip") gzip = quality;
    else if (coding === "identity") identity = quality;
    else if (coding === "*") others = quality;
  }
  if (gzip < 0) gzip = others;
  return gzip > 0 && gzip >= identity;
}
