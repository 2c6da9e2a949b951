// @ts-check
/** Server info: who is connected to the device. */
import { el, say } from "./dom.js";
import { Companion } from "./link.js";

/** Unix time before which a device's clock has not been set. */
const CLOCK_SET = 1_600_000_000;

/** @param {string} time seconds since 1970 */
function since(time) {
  const seconds = Number(time);
  return seconds > CLOCK_SET ? `since ${new Date(seconds * 1000).toLocaleTimeString()}` : "";
}

/** A browser's name out of what it calls itself; the whole is the tooltip. @param {string} agent */
function short(agent) {
  const [found] = /(?:Firefox|Edg|OPR|Chrome|Version)\/[\d.]+/.exec(agent) ?? [];
  return found ? found.replace("Version", "Safari").replace("/", " ") : agent;
}

/** @returns {Companion} */
export function startStatus() {
  return new Companion(
    "lws-status",
    "",
    (message) => {
      /** @type {{ version: string, newer?: string, hostname: string, wsi: string, conns: { peer: string, time: string, ua: string }[] }} */
      const status = JSON.parse(message);
      say(el("host"), status.hostname);
      say(el("version"), status.newer ? `${status.version} (${status.newer} is to be had)` : status.version);
      say(el("pages"), status.wsi);
      const peers = status.conns.map(({ peer, time, ua }) => {
        const item = document.createElement("li");
        const address = document.createElement("b");
        address.textContent = peer;
        const rest = document.createElement("span");
        rest.className = "soft";
        rest.textContent = [short(ua), since(time)].filter(Boolean).join(", ");
        rest.title = ua;
        item.append(address, " ", rest);
        return item;
      });
      el("peers").replaceChildren(...peers);
    },
    (isOpen) => {
      if (isOpen) return;
      for (const id of ["host", "version", "pages"]) say(el(id), "–");
      el("peers").replaceChildren();
    },
  );
}
