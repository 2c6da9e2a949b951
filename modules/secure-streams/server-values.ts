/** What a server's stream knows of a request by the names that its type declares, and what becomes headers of the answer. */
import type { Transaction } from "lws/http/transaction";
import { headerAt, noValues, textOf, type Value } from "./metadata";
import type { StreamType } from "./policy";

/** What the connection itself says (RFC 9110 §7.6.1, §8.6, §6.6.1): no value of the user's goes there. */
const reserved = "|connection|keep-alive|transfer-encoding|upgrade|trailer|date|";

/** What `name` is of the request, where its type does not say in which header it is. An argument can't pass itself off as a fact. */
function factOf(http: Transaction, name: string): string | undefined {
  switch (name) {
    case "method":
      return http.method;
    case "path":
      return http.path;
    case "auth":
      return http.header("authorization");
    default:
      return http.query === "" ? undefined : http.argument(name);
  }
}

/** Values of a request, in the order of the names: of the header that a name is mapped to, else a fact of the request or an argument of its address. */
export function valuesOf(type: StreamType, http: Transaction): (Value | undefined)[] {
  const values = noValues(type);
  for (let place = 0; place < values.length; place++) {
    const header = headerAt(type, place);
    const name = type.metadata?.[2 * place] as string;
    values[place] = header === "" ? factOf(http, name) : http.header(header.toLowerCase());
  }
  return values;
}

/** What the values of an answer say. */
export class AnswerHead {
  /** Content-Type, or "". */
  readonly type: string = "";
  /** Content-Length; -1 where it is not known. */
  readonly length: number = -1;
  /** All other headers, each with its line's end. */
  readonly lines: string = "";

  /** `length` is what the user has said it will write; 0: it has not. */
  constructor(type: StreamType, values: readonly (Value | undefined)[] | undefined, status: number, length: number) {
    if (length > 0) this.length = length;
    for (let place = 0; values && place < values.length; place++) {
      const value = values[place];
      const header = headerAt(type, place);
      const name = header.toLowerCase();
      if (value === undefined || name === "" || reserved.includes(`|${name}|`)) continue;
      const text = textOf(value) ?? "";
      if (text === "") continue;
      if (name === "content-type") this.type = text;
      else if (name !== "content-length") this.lines += `${header}: ${text}\r\n`;
      else if (/^\d{1,10}$/.test(text)) this.length = Number(text);
    }
    if (status === 204 || status === 304) this.length = 0;
  }
}
