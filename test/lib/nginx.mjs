// @ts-check
/** nginx from Debian's package, with a folder to serve by https, as the page about publishing says. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { NGINX, unpackDebian } from "../../tools/lib/debian.mjs";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

export class Nginx {
  #folder = mkdtempSync(join(tmpdir(), "lws-xs-nginx-"));
  /** @type {import("node:child_process").ChildProcess | undefined} */ #process;
  port = 0;
  /** What it has written on standard error. */
  log = "";

  /** @param {{ root: string, certFile: string, keyFile: string }} site */
  constructor(site) {
    this.site = site;
  }

  /** Starts it, at the port that it had before. @param {string} [more] lines for its server */
  async start(more = "") {
    this.port ||= await freePort();
    const { root, certFile, keyFile } = this.site;
    const config = join(this.#folder, "nginx.conf");
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${this.#folder}/${name};`,
    );
    writeFileSync(
      config,
      `${process.getuid?.() === 0 ? "user root;" : ""}
daemon off; worker_processes 1; pid ${this.#folder}/pid; error_log stderr notice;
events { worker_connections 64; }
http {
  access_log off; ${paths.join(" ")}
  server {
    listen 127.0.0.1:${this.port} ssl;
    ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};
    root ${root};
    location ~ /(manifest\\.json|flasher\\.json|index\\.html)$ { add_header Cache-Control no-cache; }
    location ~ \\.bin$ { gzip off; add_header Cache-Control "max-age=31536000, immutable"; ${more} }
  }
}
`,
    );
    const child = spawn((await unpackDebian("nginx", NGINX)) ?? "nginx", ["-c", config, "-e", "stderr"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    child.stderr.on("data", (data) => {
      this.log += data;
    });
    child.on("error", (error) => {
      this.log += error;
    });
    await this.#answers();
  }

  async #answers() {
    for (let tries = 0; tries < 100; tries++) {
      const socket = connect(this.port, "127.0.0.1");
      const isOpen = await new Promise((resolve) => {
        socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      });
      socket.destroy();
      if (isOpen) return;
      await delay(50);
    }
    throw new Error(`nginx does not answer:\n${this.log}`);
  }

  /** Ends it at once, and with it all connections. */
  async stop() {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    // Its worker ends with it only when it is asked.
    child.kill("SIGTERM");
    await once(child, "exit");
  }

  async close() {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
