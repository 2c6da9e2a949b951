/** Dates of HTTP (RFC 9110 §5.6.7) to and from seconds since 1970. */

const days = "SunMonTueWedThuFriSat";
const months = "JanFebMarAprMayJunJulAugSepOctNovDec";

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** The first three letters of a month, which is 0 to 11. */
export function monthName(month: number): string {
  return months.slice(3 * month, 3 * month + 3);
}

/** "12:34:56" in universal time. */
export function timeOfDay(date: Date): string {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** The form that is sent: "Sun, 06 Nov 1994 08:49:37 GMT". */
export function formatDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  const day = 3 * date.getUTCDay();
  const month = monthName(date.getUTCMonth());
  return `${days.slice(day, day + 3)}, ${two(date.getUTCDate())} ${month} ${date.getUTCFullYear()} ${timeOfDay(date)} GMT`;
}

/** Reads any of the three forms; undefined for what is none. A year of two digits is one from 1970 to 2069. */
export function parseDate(text: string): number | undefined {
  let match = /^\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/.exec(text);
  if (match) return seconds(Number(match[3]), match[2], match[1], match[4], match[5], match[6]);
  match = /^\w{6,9}, (\d\d)-(\w{3})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/.exec(text);
  if (match) {
    const year = Number(match[3]);
    return seconds(year + (year < 70 ? 2000 : 1900), match[2], match[1], match[4], match[5], match[6]);
  }
  match = /^\w{3} (\w{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/.exec(text);
  return match ? seconds(Number(match[6]), match[1], match[2], match[3], match[4], match[5]) : undefined;
}

function seconds(
  year: number,
  month: string | undefined,
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
): number | undefined {
  const at = months.indexOf(month ?? "?");
  if (at < 0 || at % 3 !== 0) return undefined;
  return Date.UTC(year, at / 3, Number(day), Number(hour), Number(minute), Number(second)) / 1000;
}
