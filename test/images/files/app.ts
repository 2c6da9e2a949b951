/** A test image: files of all kinds, every kind of mount, names that are replaced, and a log of requests. */
import type { Context } from "lws/core/context";
import { LogLevel, log } from "lws/core/log";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { ResourceFiles } from "lws/vfs/resources";
import { ZipFiles } from "lws/vfs/zip";
import { startStation } from "shared/station";
import { Facts } from "./facts";
import { LogLines } from "./log-lines";
import { MountOptions } from "./mount-options";

/** 2023-11-14 22:13:20 UTC. */
const built = 1_700_000_000;

export default function start(context: Context): void {
  log.level |= LogLevel.info;
  const files = new ZipFiles(new ResourceFiles("v1", built));
  const undated = new ResourceFiles("v2");
  const vhost = new HttpVhost(context, {
    name: "files",
    protocols: [MountOptions, LogLines, Facts],
    upgrades: [new WebSocketRole()],
    errorDocument: "/missing.html",
    accessLog: true,
    mounts: [
      { mountpoint: "/", files, origin: "www", cache: "max-age=60", interpret: { ".SHTML": "facts" } },
      { mountpoint: "/none", none: true },
      { mountpoint: "/none/but", files, origin: "www" },
      { mountpoint: "/undated", files: undated, origin: "www", headers: { "X-Set": "mount" } },
      {
        mountpoint: "/heavy",
        files,
        origin: "www",
        headers: { "X-Heavy": "x".repeat(1700) },
        interpret: { shtml: "facts" },
      },
      { mountpoint: "/typed", files, origin: "www", types: { ".APK": "application/vnd.android", "*": "" } },
      { mountpoint: "/other", files, origin: "www", types: { "s.txt": "text/x-s", "*": "application/x-other" } },
      { mountpoint: "/options-a", protocol: "mount-options", pmo: { color: "red" }, bodyLimit: 10 },
      { mountpoint: "/options-b", protocol: "mount-options", pmo: { color: "blue" }, keepAlive: 300 },
      { mountpoint: "/log", protocol: "log-lines" },
      { mountpoint: "/moved", redirect: "/text.txt" },
      { mountpoint: "/found", redirect: "/", status: 302, append: true },
      { mountpoint: "/kept", redirect: "http://example.com/base/", status: 307, append: true },
      { mountpoint: "/fixed", redirect: "http://example.com/x?y=1", status: 308 },
      { mountpoint: "/secure", redirect: "https://*", append: true },
      { mountpoint: "/secure8443", redirect: "https://*:8443/", append: true },
    ],
    timeout: 4000,
  });
  const bare = new HttpVhost(context, {
    name: "bare",
    protocols: [LogLines],
    mounts: [{ mountpoint: "/sub", files: undated, origin: "www" }],
  });
  new Listen(context, { port: 80, role: new H1({ headerBytes: 1536 }), vhosts: [vhost, bare] });
  startStation("bench");
}
