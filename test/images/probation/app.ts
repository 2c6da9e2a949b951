/**
 * A test image: an application on probation, which does what the key "mode" of the namespace "test" says. "well": it serves. "deaf": it does not.
 * "start", "crash", "hang": it fails at the start, or a moment later.
 */
import KeyValue from "embedded:storage/key-value";
import type { Context } from "lws/core/context";
import { HttpVhost } from "lws/http/http-vhost";
import { H1 } from "lws/roles/h1";
import { Listen } from "lws/roles/listen";
import { WebSocketRole } from "lws/roles/ws";
import { Health } from "lws/system/health";
import { Unit } from "lws/system/unit";
import { Echo } from "plugins/lws-echo";
import Timer from "timer";

/** Milliseconds from the start to a failure: less than the probation. */
const MOMENT = 500;

function readMode(): string {
  const storage = KeyValue.open({ path: "test", format: "string" });
  const mode = storage.read("mode") ?? "well";
  storage.close();
  return mode;
}

function fail(mode: string): void {
  while (mode === "hang");
  throw new Error("a failure");
}

export default function start(context: Context): Health {
  const mode = readMode();
  if (mode === "start") fail(mode);
  const unit = new Unit({ context, accessPoint: true });
  const vhost = new HttpVhost(context, { name: "probation", protocols: [Echo], upgrades: [new WebSocketRole()] });
  if (mode !== "deaf") new Listen(context, { port: 80, role: new H1(), vhosts: [vhost] });
  // Not by our own scheduler, whose guard would keep the image running.
  if (mode === "crash" || mode === "hang") Timer.set(() => fail(mode), MOMENT);
  unit.start();
  return new Health({ unit, isServing: () => vhost.port !== undefined, probation: 2000, patience: 8000 });
}
