// @ts-check
/** The web server that the examples talk to, plain and by TLS, with an echo for WebSockets. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createSecureContext } from "node:tls";
import { WebSocketServer } from "ws";

/** @param {string} name of a file beside this one */
const read = (name) => readFileSync(new URL(name, import.meta.url));

/** Who the peer says it is, by the name that it is called: some of these no device should believe. */
const CERTIFICATES = new Map([
  ["expired.lan", "expired.pem"],
  ["stranger.lan", "stranger.pem"],
]);

/** @param {string} name */
function identity(name) {
  return createSecureContext({ key: read("peer.key"), cert: read(CERTIFICATES.get(name) ?? "peer.pem") });
}

/** @param {import("node:http").IncomingMessage} request @returns {Promise<Buffer>} */
async function bodyOf(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A form as lines of text, whichever way it was sent. @param {string} type @param {Buffer} body */
async function formLines(type, body) {
  const bytes = new Uint8Array(body);
  const form = await new Response(bytes, { headers: { "Content-Type": type } }).formData();
  const lines = [];
  for (const [name, value] of form) {
    lines.push(typeof value === "string" ? `${name}=${value}` : `${name}: ${value.name}, ${value.size} bytes`);
  }
  return lines.join("; ");
}

/** @param {(line: string) => void} say */
function answerer(say) {
  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  return async (request, response) => {
    const { method, url = "", headers } = request;
    const body = await bodyOf(request);
    say(`${method} ${url}, ${body.length} bytes`);
    const [, place] = /^\/weather\/([\w-]+)$/.exec(url) ?? [];
    if (place) {
      response.setHeader("X-Unit", headers["x-unit"] ?? "celsius");
      response.end(headers["x-unit"] === "fahrenheit" ? `70 in ${place}` : `21 in ${place}`);
    } else if (url === "/form" && method === "POST") {
      try {
        response.end(await formLines(headers["content-type"] ?? "", body));
      } catch {
        response.writeHead(400).end("no form");
      }
    } else if (url === "/hello") response.end(`hello from ${headers.host}`);
    else if (url === "/elsewhere") response.writeHead(302, { Location: "/elsewhere" }).end();
    else if (url === "/busy") response.writeHead(503).end();
    else response.writeHead(404).end("not here");
  };
}

/** @param {(line: string) => void} say what happens */
export function webServers(say) {
  const answer = answerer(say);
  const echo = new WebSocketServer({ noServer: true });
  echo.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      say(`message "${data}"`);
      socket.send(data, { binary: isBinary });
    });
  });
  const plain = createServer(answer);
  const secure = createSecureServer(
    {
      key: read("peer.key"),
      cert: read("peer.pem"),
      SNICallback: (name, done) => done(null, identity(name)),
    },
    answer,
  );
  for (const server of [plain, secure]) {
    server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => {});
      if (request.url === "/echo")
        echo.handleUpgrade(request, socket, head, (made) => echo.emit("connection", made, request));
      else socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    });
  }
  secure.on("tlsClientError", (error) =>
    say(`no TLS: ${/** @type {{ reason?: string }} */ (error).reason ?? error.message}`),
  );
  return { plain, secure };
}
