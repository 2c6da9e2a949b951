// @ts-check
/** fetch() for devices whose certificate nobody has vouched for: for tests of other things than that. */
import { Agent, fetch as anyFetch } from "undici";

const agent = new Agent({ connect: { rejectUnauthorized: false } });

/** @param {string | URL} url @param {import("undici").RequestInit} [init] */
export const fetch = (url, init) => anyFetch(url, { dispatcher: agent, ...init });
