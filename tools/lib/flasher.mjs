// @ts-check
/** Flashes a chip over its serial port, with the protocol of Espressif's esptool-js. */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { CHIPS } from "./chips.mjs";
import { message } from "./options.mjs";
import { TABLE_OFFSET } from "./partitions.mjs";
import { Complaint } from "./run.mjs";
import { openSystemPort, SerialPort } from "./serial-port.mjs";

/**
 * @typedef {object} FlasherOptions
 * @property {string} path of the port
 * @property {number} [baud] for the data; the first words are always exchanged at 115200
 * @property {boolean} [erase] the whole chip first
 * @property {number} [attempts] to reset the chip into its loader
 * @property {(line: string) => void} [say]
 * @property {import("./serial-port.mjs").OpenBinding} [openBinding]
 */

const ROM_BAUD = 115_200;
/** Milliseconds that the reset line is held. */
const RESET = 100;
/** Of the table's sector, what ESP-IDF's tools write and compare. */
const TABLE_LENGTH = 0xc00;
const UNITS = { KB: 1024, MB: 1024 * 1024 };

/**
 * Checks the chip, writes a plan's parts, reads their digests back and lets the chip start.
 * @param {import("./flash-plan.mjs").FlashPlan} plan
 * @param {FlasherOptions} options
 */
export async function flashChip(plan, options) {
  const { ESPLoader, Transport } = await import("esptool-js");
  const port = new SerialPort(options.path, options.openBinding ?? openSystemPort);
  const transport = new Transport(port);
  transport.trace = () => {};
  const terminal = { clean() {}, writeLine() {}, write() {} };
  const baudrate = options.baud ?? ROM_BAUD;
  const loader = new ESPLoader({ transport, baudrate, romBaudrate: ROM_BAUD, terminal });
  try {
    await connect(loader, options);
    checkChip(loader, plan);
    await loader.runStub();
    if (baudrate !== ROM_BAUD) await loader.changeBaud();
    await checkFlash(loader, plan, options.erase ?? false);
    await write(loader, plan, options);
    // Both lines at once: the transport would hold the boot pin, too, and boards take that for no reset at all.
    await port.setSignals({ dataTerminalReady: false, requestToSend: true });
    await delay(RESET);
    await port.setSignals({ dataTerminalReady: false, requestToSend: false });
  } catch (error) {
    throw error instanceof Complaint ? error : new Complaint(`${options.path}: ${message(error)}`);
  } finally {
    if (port.readable) await transport.disconnect();
  }
}

/** @param {import("esptool-js").ESPLoader} loader @param {FlasherOptions} options */
async function connect(loader, { path, attempts = 7 }) {
  try {
    await loader.detectChip("default_reset", attempts);
  } catch (error) {
    if (error instanceof Complaint) throw error;
    throw new Complaint(
      `no answer from a chip at ${path}: is it connected? Some boards need their BOOT button held while this begins`,
    );
  }
}

/** @param {import("esptool-js").ESPLoader} loader @param {import("./flash-plan.mjs").FlashPlan} plan */
function checkChip({ chip }, plan) {
  if (plan.chip === undefined || chip.IMAGE_CHIP_ID === plan.chip) return;
  throw new Complaint(`the images are for the ${CHIPS[plan.chip].family}, and this chip is an ${chip.CHIP_NAME}`);
}

/**
 * Size and partition table of the chip's flash.
 * @param {import("esptool-js").ESPLoader} loader
 * @param {import("./flash-plan.mjs").FlashPlan} plan
 * @param {boolean} erase
 */
async function checkFlash(loader, plan, erase) {
  const [, digits, unit] = /^(\d+)(KB|MB)$/.exec((await loader.detectFlashSize()) ?? "") ?? [];
  const size = Number(digits) * UNITS[/** @type {keyof typeof UNITS} */ (unit)];
  if (digits && plan.end > size)
    throw new Complaint(`the chip has ${digits} ${unit} of flash, and the partitions need ${plan.end / UNITS.MB} MB`);
  if (plan.hasTable) return;
  const wanted = plan.table.subarray(0, TABLE_LENGTH);
  const found = erase ? "" : await loader.flashMd5sum(TABLE_OFFSET, TABLE_LENGTH);
  if (found === md5(wanted)) return;
  if (erase || found === md5(Buffer.alloc(TABLE_LENGTH, 0xff)))
    throw new Complaint("the chip will have no partition table: --bootloader and --partitions are needed");
  throw new Complaint("the chip has another partition table: name the one that it is to have, with --partitions");
}

/**
 * @param {import("esptool-js").ESPLoader} loader
 * @param {import("./flash-plan.mjs").FlashPlan} plan
 * @param {FlasherOptions} options
 */
async function write(loader, { parts }, { erase, say }) {
  if (erase) {
    say?.("the whole chip is erased, which takes up to a minute");
    await loader.eraseFlash();
  }
  for (const { what, address, data } of parts) {
    say?.(`${what}: ${data.length} bytes to 0x${address.toString(16)}`);
    await loader.writeFlash({
      fileArray: [{ data, address }],
      flashMode: "keep",
      flashFreq: "keep",
      flashSize: "keep",
      eraseAll: false,
      compress: true,
      calculateMD5Hash: md5,
    });
  }
}

/** @param {Uint8Array} bytes */
function md5(bytes) {
  return createHash("md5").update(bytes).digest("hex");
}
