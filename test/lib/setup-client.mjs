// @ts-check
/** The setup page's HTTP side as a client without a browser uses it: forms, cookies, and requests of other sites. */
import { fetch } from "./fetch.mjs";

/** @typedef {{ status: number, error: string, text: string, cookie: string, attributes: string[], headers: import("undici").Headers }} Answer */

/**
 * Posts a form of text fields.
 * @param {string} url of the page, with the path
 * @param {Record<string, string>} fields
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Answer>}
 */
export async function postForm(url, fields, headers = {}) {
  const answer = await fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields).toString(),
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      Accept: "application/json",
      Connection: "close",
      ...headers,
    },
    redirect: "manual",
  });
  const body = await answer.text();
  const json = (answer.headers.get("content-type") ?? "").startsWith("application/json") ? JSON.parse(body) : {};
  const [set = "", ...attributes] = (answer.headers.get("set-cookie") ?? "").split(/; */);
  const { status, headers: all } = answer;
  return { status, error: json.error ?? "", text: json.text ?? body, cookie: set, attributes, headers: all };
}

/** Logs in; resolves with the cookie. @param {string} url @param {string} password */
export async function logIn(url, password) {
  const { status, cookie, text } = await postForm(`${url}/access/login`, { password });
  if (status !== 200) throw new Error(`login: ${status} ${text}`);
  return cookie;
}
