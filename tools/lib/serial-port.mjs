// @ts-check
/** A serial port of this machine in the shape of the Web Serial API, which esptool-js speaks to. */
import { Complaint } from "./run.mjs";

/** @typedef {import("@serialport/bindings-cpp").BindingPortInterface} Binding */
/** @typedef {(options: { path: string, baudRate: number }) => Promise<Binding>} OpenBinding */

const BUFFER = 4096;

/** @type {OpenBinding} */
export async function openSystemPort(options) {
  const { autoDetect } = await import("@serialport/bindings-cpp");
  const binding = autoDetect();
  try {
    return await binding.open(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (/permission denied|access denied/i.test(reason))
      throw new Complaint(`no permission for ${options.path}: on Debian the group dialout has it`);
    if (/lock|resource busy|temporarily unavailable/i.test(reason))
      throw new Complaint(`another program has ${options.path} open`);
    const ports = (await binding.list()).map(({ path }) => path);
    const others = ports.length > 0 ? `there are ${ports.join(", ")}` : "there is none on this machine";
    throw new Complaint(`there is no serial port ${options.path}; ${others}`);
  }
}

export class SerialPort {
  /** @type {ReadableStream<Uint8Array> | null} */
  readable = null;
  /** @type {WritableStream<Uint8Array> | null} */
  writable = null;
  #path;
  #openBinding;
  /** @type {Binding | undefined} */
  #binding;
  /** Both lines are set at once, whichever was asked for. */
  #lines = { dtr: false, rts: false };

  /** @param {string} path @param {OpenBinding} [openBinding] */
  constructor(path, openBinding = openSystemPort) {
    this.#path = path;
    this.#openBinding = openBinding;
  }

  getInfo() {
    return {};
  }

  /** @param {{ baudRate: number }} options */
  async open({ baudRate }) {
    const binding = await this.#openBinding({ path: this.#path, baudRate });
    this.#binding = binding;
    this.readable = new ReadableStream({
      async pull(controller) {
        const buffer = Buffer.alloc(BUFFER);
        try {
          const { bytesRead } = await binding.read(buffer, 0, BUFFER);
          controller.enqueue(new Uint8Array(buffer.subarray(0, bytesRead)));
        } catch (error) {
          // Closing the port ends the read that waits.
          if (binding.isOpen) controller.error(error);
        }
      },
    });
    this.writable = new WritableStream({
      write: (bytes) => binding.write(Buffer.from(bytes)),
    });
  }

  /** @param {number} baudRate */
  async setBaudRate(baudRate) {
    await this.#binding?.update({ baudRate });
  }

  /** @param {{ dataTerminalReady?: boolean, requestToSend?: boolean }} signals */
  async setSignals({ dataTerminalReady: dtr = this.#lines.dtr, requestToSend: rts = this.#lines.rts }) {
    this.#lines = { dtr, rts };
    await this.#binding?.set(this.#lines);
  }

  async close() {
    const binding = this.#binding;
    this.#binding = undefined;
    this.readable = null;
    this.writable = null;
    await binding?.close();
  }
}
