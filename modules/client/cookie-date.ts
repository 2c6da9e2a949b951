/** Dates of cookies (RFC 6265 §5.1.1): day, month, year and time in any order, with anything between them. */

const months = "janfebmaraprmayjunjulaugsepoctnovdec";

/** Seconds since 1970; undefined for what is no date. */
export function cookieDate(text: string): number | undefined {
  let time: number[] | undefined;
  let day = -1;
  let month = -1;
  let year = -1;
  for (const part of text.split(/[\t -/;-@[-`{-~]+/)) {
    const clock = time ? null : /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D.*)?$/.exec(part);
    const number = /^\d{1,4}(?!\d)/.exec(part)?.[0] ?? "";
    const name = months.indexOf(part.slice(0, 3).toLowerCase());
    if (clock) time = clock.slice(1).map(Number);
    else if (day < 0 && (number.length === 1 || number.length === 2)) day = Number(number);
    else if (month < 0 && part.length > 2 && name >= 0 && name % 3 === 0) month = name / 3;
    else if (year < 0 && (number.length === 2 || number.length === 4)) year = Number(number);
  }
  if (year >= 70 && year < 100) year += 1900;
  else if (year >= 0 && year < 70) year += 2000;
  const [hour = -1, minute = 0, second = 0] = time ?? [];
  const isDate = day > 0 && day < 32 && month >= 0 && year > 1600;
  if (!isDate || hour < 0 || hour > 23 || minute > 59 || second > 59) return undefined;
  const seconds = Date.UTC(year, month, day, hour, minute, second) / 1000;
  return new Date(1000 * seconds).getUTCDate() === day ? seconds : undefined;
}
