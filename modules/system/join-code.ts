/** A code that a phone's camera reads to join a network: the text that it stands for, and the same drawn on the console. */
import { log } from "lws/core/log";
import qrCode from "qrcode";

/** Modules around a code that stay light (ISO/IEC 18004 asks for four; cameras do with two on a console). */
const MARGIN = 2;

/** Escapes what has a meaning of its own in the text: \ ; , : and the quotation mark. */
function escaped(text: string): string {
  return text.replace(/[\\;,:"]/g, "\\$&");
}

/** What cameras understand as "join this network"; without a passphrase it is an open one. */
export function joinText(ssid: string, passphrase = ""): string {
  // What looks like a number in hexadecimal digits would be taken for one, unless it is quoted.
  const name = /^[0-9a-f]+$/i.test(ssid) ? `"${ssid}"` : escaped(ssid);
  return passphrase === "" ? `WIFI:T:nopass;S:${name};;` : `WIFI:T:WPA;S:${name};P:${escaped(passphrase)};;`;
}

/** A code as dark and light modules, row by row. */
export class JoinCode {
  readonly size: number;
  private readonly modules: Uint8Array;

  constructor(text: string) {
    const code = qrCode({ input: text, maxVersion: 10 });
    this.size = code.size;
    this.modules = new Uint8Array(code);
  }

  /** Whether the module is dark; those beside the code are light. */
  isDark(x: number, y: number): boolean {
    const { size, modules } = this;
    return x >= 0 && y >= 0 && x < size && y < size && modules[y * size + x] !== 0;
  }

  /** The dark modules of a row as a part of an SVG path (SVG 2 §9.3), `margin` further to the right and below. */
  path(y: number, margin: number): string {
    let path = "";
    for (let x = 0; x < this.size; x++) {
      if (!this.isDark(x, y)) continue;
      const from = x;
      while (this.isDark(x + 1, y)) x++;
      path += `M${from + margin} ${y + margin}h${x + 1 - from}v1H${from + margin}z`;
    }
    return path;
  }

  /** Draws the code on the console, light on dark, two rows a line. */
  print(tag: string): void {
    for (let y = -MARGIN; y < this.size + MARGIN; y += 2) {
      let line = "";
      for (let x = -MARGIN; x < this.size + MARGIN; x++) {
        const lower = y + 1 < this.size + MARGIN && !this.isDark(x, y + 1);
        line += this.isDark(x, y) ? (lower ? "▄" : " ") : lower ? "█" : "▀";
      }
      log.notice(tag, line);
    }
  }
}
