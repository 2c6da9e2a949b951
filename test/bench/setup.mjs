// @ts-check
/** What a unit in setup needs at most while it is used: access point and station are up, a page is open over TLS, and the radio scans. */
import { setTimeout as delay } from "node:timers/promises";
import { rewritePartition } from "../../tools/lib/flash.mjs";
import { AirDevice } from "../lib/air.mjs";
import { loadPage, pageAgent } from "../lib/load-page.mjs";
import { settingsWith } from "../lib/nvs.mjs";
import { HOSTILE, LONGEST, OPEN, PLAIN, twelve } from "../lib/radio.mjs";
import { ScanClient } from "../lib/scan-client.mjs";

/** Connections that a browser loads the page with. */
const CONNECTIONS = 2;
const SCANS = 2;

/** Peaks of both heaps since power on. @returns {Promise<Record<string, number>>} */
export async function measureSetup() {
  const device = new AirDevice([], [twelve()]);
  rewritePartition(device.flashFile, "nvs", settingsWith([HOSTILE, PLAIN, LONGEST, OPEN]));
  const agent = pageAgent(CONNECTIONS);
  try {
    await device.powerOn(device.held);
    const url = new URL(await device.waitForAddress("access point", "https")).origin;
    await device.waitForAddress("station");
    await loadPage(url, agent);
    const page = await ScanClient.open(url);
    await page.next((message) => message.aps?.length === 12);
    const scans = async () => (await device.control("status")).scans;
    const before = await scans();
    for (let wanted = before + 1; wanted <= before + SCANS; wanted++) {
      page.send({ scan: "1" });
      while ((await scans()) < wanted) await delay(50);
      await page.next((message) => message.aps?.length === 12, page.mark());
    }
    const { peak, nativePeak } = await device.figures();
    page.close();
    return { setup_open_js_bytes: peak, setup_open_native_bytes: nativePeak };
  } finally {
    await agent.close();
    await device.close();
  }
}
