// @ts-check
/**
 * The other end of a flasher's serial line: a chip with its ROM loader, the stub that replaces it, and flash, as far as Espressif's
 * "Serial Protocol" describes them and a flasher asks for them.
 */
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { unescapeSlip, writeSlip } from "./slip.mjs";

const CHIP_MAGIC = 0x40001000;
const SPI = 0x3ff42000;
const [SPI_CMD, SPI_USR2, SPI_W0] = [SPI, SPI + 0x24, SPI + 0x80];
const READ_ID = 0x9f;
const SECTOR = 4096;
const COMMANDS = {
  ...{ flashBegin: 0x02, memoryBegin: 0x05, memoryEnd: 0x06, memoryData: 0x07, sync: 0x08, writeRegister: 0x09 },
  ...{ readRegister: 0x0a, baud: 0x0f, packedBegin: 0x10, packedData: 0x11, packedEnd: 0x12, md5: 0x13, erase: 0xd0 },
};
const BAD_CHECKSUM = 0x07;
const UNKNOWN_COMMAND = 0x05;

/**
 * @typedef {object} FakeChipOptions
 * @property {number} [magic] by which flashers tell chips apart; default that of the ESP32
 * @property {number} [size] of the flash as its chip says it: log2 of the bytes; default 22, 4 MB
 * @property {boolean} [mute] never answers
 * @property {number} [spoil] number of the write, from 1, whose first byte arrives in flash as another
 */

export class FakeChip {
  flash = Buffer.alloc(0x400000, 0xff);
  /** How it was last started: "" still in reset or never, "loader", "application". */
  started = "";
  /** Commands that it obeyed, by number. @type {number[]} */
  commands = [];
  baudRate = 0;
  isOpen = false;
  #options;
  #lines = { dtr: false, rts: false };
  #stub = false;
  /** @type {Map<number, number>} */
  #registers = new Map();
  #incoming = Buffer.alloc(0);
  #outgoing = Buffer.alloc(0);
  /** @type {{ resolve: () => void, reject: (error: Error) => void } | undefined} */
  #reader;
  /** What is being written. @type {{ address: number, size: number, blocks: Buffer[] }} */
  #writing = { address: 0, size: 0, blocks: [] };
  #writes = 0;

  /** @param {FakeChipOptions} [options] */
  constructor(options = {}) {
    this.#options = options;
    this.#registers.set(CHIP_MAGIC, options.magic ?? 0x00f01d83);
  }

  /** As serial bindings are opened. @param {{ baudRate: number }} options */
  open = async ({ baudRate }) => {
    this.baudRate = baudRate;
    this.isOpen = true;
    return /** @type {import("@serialport/bindings-cpp").BindingPortInterface} */ (/** @type {unknown} */ (this));
  };

  async close() {
    this.isOpen = false;
    this.#reader?.reject(Object.assign(new Error("canceled"), { canceled: true }));
  }

  /** @param {{ baudRate: number }} options */
  async update({ baudRate }) {
    this.baudRate = baudRate;
  }

  /** The two lines as boards wire them: RTS alone holds the chip in reset, DTR alone its boot pin. @param {{ dtr: boolean, rts: boolean }} lines */
  async set({ dtr, rts }) {
    const wasReset = this.#lines.rts && !this.#lines.dtr;
    this.#lines = { dtr, rts };
    if (rts && !dtr) this.started = "";
    else if (wasReset) {
      this.#stub = false;
      this.started = dtr ? "loader" : "application";
      this.#send(Buffer.from(dtr ? "rst:0x1,boot:0x3 (DOWNLOAD_BOOT)\r\nwaiting for download\r\n" : "boot:0x13\r\n"));
    }
  }

  /** @param {Buffer} buffer @param {number} offset @param {number} length */
  async read(buffer, offset, length) {
    while (this.#outgoing.length === 0) {
      await new Promise((resolve, reject) => {
        this.#reader = { resolve: () => resolve(undefined), reject };
      });
    }
    const bytesRead = this.#outgoing.copy(buffer, offset, 0, length);
    this.#outgoing = this.#outgoing.subarray(bytesRead);
    return { buffer, bytesRead };
  }

  /** @param {Buffer} bytes */
  async write(bytes) {
    if (this.started !== "loader" || this.#options.mute) return;
    this.#incoming = Buffer.concat([this.#incoming, bytes]);
    for (let end = this.#incoming.indexOf(0xc0, 1); end > 0; end = this.#incoming.indexOf(0xc0, 1)) {
      const packet = unescapeSlip(this.#incoming.subarray(1, end));
      this.#incoming = this.#incoming.subarray(end + 1);
      this.#obey(packet);
    }
  }

  /** @param {Buffer} bytes */
  #send(bytes) {
    this.#outgoing = Buffer.concat([this.#outgoing, bytes]);
    this.#reader?.resolve();
  }

  /** @param {number} command @param {number} value @param {Buffer} data @param {number} [error] */
  #answer(command, value, data, error = 0) {
    // The ROM of the ESP32 has four bytes of status, the stub two.
    const status = Buffer.alloc(this.#stub ? 2 : 4);
    status[0] = error ? 1 : 0;
    status[1] = error;
    const head = Buffer.alloc(8);
    head[0] = 1;
    head[1] = command;
    head.writeUInt16LE(data.length + status.length, 2);
    head.writeUInt32LE(value, 4);
    this.#send(writeSlip(Buffer.concat([head, data, status])));
  }

  /** @param {Buffer} packet */
  #obey(packet) {
    const command = packet[1];
    const data = packet.subarray(8);
    const word = (/** @type {number} */ i) => data.readUInt32LE(4 * i);
    const empty = Buffer.alloc(0);
    this.commands.push(command);
    if (command === COMMANDS.memoryData || command === COMMANDS.packedData) {
      const sum = data.subarray(16).reduce((state, byte) => state ^ byte, 0xef);
      if (sum !== packet.readUInt32LE(4)) return this.#answer(command, 0, empty, BAD_CHECKSUM);
    }
    switch (command) {
      case COMMANDS.sync:
        for (let i = 0; i < 8; i++) this.#answer(command, this.#stub ? 0 : 0x20120707, empty);
        return;
      case COMMANDS.readRegister:
        return this.#answer(command, this.#registers.get(word(0)) ?? 0, empty);
      case COMMANDS.writeRegister:
        this.#writeRegister(word(0), word(1));
        return this.#answer(command, 0, empty);
      case COMMANDS.memoryEnd:
        this.#answer(command, 0, empty);
        this.#stub = true;
        return this.#send(writeSlip(Buffer.from("OHAI")));
      case COMMANDS.memoryBegin:
      case COMMANDS.memoryData:
      case COMMANDS.baud:
      case COMMANDS.packedEnd:
        return this.#answer(command, 0, empty);
      case COMMANDS.packedBegin:
        this.#writing = { size: word(0), address: word(3), blocks: [] };
        return this.#answer(command, 0, empty);
      case COMMANDS.packedData:
        this.#writing.blocks.push(Buffer.from(data.subarray(16)));
        this.#program();
        return this.#answer(command, 0, empty);
      case COMMANDS.md5:
        return this.#answer(
          command,
          0,
          createHash("md5")
            .update(this.flash.subarray(word(0), word(0) + word(1)))
            .digest(),
        );
      case COMMANDS.erase:
        this.flash.fill(0xff);
        return this.#answer(command, 0, empty);
      default:
        // The ROM says it several times.
        for (let i = 0; i < 8; i++) this.#answer(command, 0, empty, UNKNOWN_COMMAND);
    }
  }

  /** Writes to flash when the last block has come. */
  #program() {
    const { address, size, blocks } = this.#writing;
    let bytes;
    try {
      bytes = inflateSync(Buffer.concat(blocks));
    } catch {
      return;
    }
    if (bytes.length !== size) throw new Error(`${bytes.length} bytes came, ${size} were announced`);
    this.flash.fill(0xff, address, Math.ceil((address + size) / SECTOR) * SECTOR);
    bytes.copy(this.flash, address);
    if (++this.#writes === this.#options.spoil) this.flash[address] ^= 1;
  }

  /** @param {number} address @param {number} value */
  #writeRegister(address, value) {
    this.#registers.set(address, value);
    if (address !== SPI_CMD) return;
    this.#registers.set(SPI_CMD, 0);
    const id = (this.#options.size ?? 22) << 16;
    if (((this.#registers.get(SPI_USR2) ?? 0) & 0xff) === READ_ID) this.#registers.set(SPI_W0, id | 0x40ef);
  }
}
