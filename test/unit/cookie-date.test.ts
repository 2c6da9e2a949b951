/** Dates of cookies (RFC 6265 §5.1.1), as servers write them. */
import { cookieDate } from "lws/client/cookie-date";
import { equal, test } from "./harness";

const THEN = Date.UTC(1994, 10, 6, 8, 49, 37) / 1000;

test("dates of cookies", () => {
  for (const text of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "6 november 1994 8:49:37",
    "8:49:37 nov 6 94",
    "1994-nov-6T08:49:37 08:49:37",
    "Sun;06/Nov/1994~08:49:37x",
  ])
    equal(cookieDate(text), THEN, text);
  equal(cookieDate("1 Jan 69 0:0:0"), Date.UTC(2069, 0, 1) / 1000);
  equal(cookieDate("29 Feb 2024 23:59:59"), Date.UTC(2024, 1, 29, 23, 59, 59) / 1000);
  for (const text of [
    "",
    "soon",
    "06 Nov 1994",
    "Nov 1994 08:49:37",
    "06 1994 08:49:37",
    "06 Nov 08:49:37",
    "32 Nov 1994 08:49:37",
    "0 Nov 1994 08:49:37",
    "31 Feb 1994 08:49:37",
    "06 Nov 1600 08:49:37",
    "06 Nov 1994 24:49:37",
    "06 Nov 1994 08:60:37",
    "06 Nov 1994 08:49:60",
    "06 Nov 1994 008:49:37",
    "06 Foo 1994 08:49:37",
  ])
    equal(cookieDate(text), undefined, text);
});
