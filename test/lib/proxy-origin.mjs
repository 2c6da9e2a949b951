// @ts-check
/** An origin that tells what it was asked, or answers as the last part of the path says: `chunks`, `status`, `headers`, `echo`. */
import assert from "node:assert/strict";
import { httpOrigin, ProxyDevice } from "./proxy.mjs";

export function tellingOrigin() {
  return httpOrigin((request, response) => {
    /** @type {Buffer[]} */
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => answer(request, response, Buffer.concat(pieces)));
  });
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 * @param {Buffer} body
 */
function answer(request, response, body) {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://origin");
  const what = pathname.split("/").pop();
  if (what === "chunks") {
    for (let i = 0; i < 50; i++) response.write(`${i},`.repeat(i));
    response.end();
  } else if (what === "status") {
    const status = Number(searchParams.get("code"));
    response
      .writeHead(status, { "X-Status": String(status) })
      .end(status === 204 || status === 304 ? undefined : "body");
  } else if (what === "headers") {
    response.writeHead(200, "Quite Fine", JSON.parse(searchParams.get("set") ?? "")).end();
  } else if (what === "echo") response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(body);
  else {
    const { method, url, rawHeaders } = request;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ method, url, rawHeaders, body: body.toString() }));
  }
}

/** A proxy in front of such an origin, at `/p`, for the requests to `host`. */
export async function startTelling() {
  const proxy = await ProxyDevice.start();
  const origin = await tellingOrigin();
  const host = await proxy.mount(origin.port);
  const close = async () => {
    origin.close();
    await proxy.close();
  };
  return { proxy, origin, host, close };
}

/** What the origin has seen. @param {import("../lib/raw.mjs").Response} response */
export function seen(response) {
  assert.equal(response.status, 200, response.body.toString());
  const { rawHeaders, ...rest } = JSON.parse(response.body.toString());
  /** @type {string[]} */
  const fields = [];
  for (let i = 0; i < rawHeaders.length; i += 2) fields.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return { ...rest, fields };
}
