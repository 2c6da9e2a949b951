// @ts-check
/** A network of namespaces: one in which the router and the phones are, and one for each device, whose station's interface the router's bridge joins. */
import { spawnSync } from "node:child_process";

let networks = 0;

/** @param {string} command */
function ip(command) {
  const { status, stderr } = spawnSync("ip", command.split(" "), { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${command}: ${stderr}`);
}

/** Why namespaces can't be made here, or undefined. */
export function cannotMakeNamespaces() {
  const name = `lwsxs-try-${process.pid}`;
  const { status, stderr } = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
  if (status !== 0) return `no network namespaces: ${(stderr ?? "there is no ip command").trim()}`;
  ip(`netns del ${name}`);
  return undefined;
}

export class TestNetwork {
  /** @type {string[]} */ #namespaces = [];
  /** Where the router 192.168.1.1 is, and the phone in front of each device. */
  router;

  constructor() {
    this.router = `lwsxs-${process.pid}-${networks++}`;
    this.#add(this.router);
    ip(`-n ${this.router} link add br0 type bridge`);
    ip(`-n ${this.router} addr add 192.168.1.1/24 dev br0`);
    ip(`-n ${this.router} link set br0 up`);
  }

  /** @param {string} name */
  #add(name) {
    ip(`netns add ${name}`);
    this.#namespaces.push(name);
    ip(`-n ${name} link set lo up`);
  }

  /** A place for a device: the name of its namespace, and that of the one in which its access point's client 192.168.4.2 is. */
  device() {
    const at = this.#namespaces.length;
    const [name, phone] = [`${this.router}-d${at}`, `${this.router}-p${at}`];
    this.#add(name);
    this.#add(phone);
    ip(`link add sta0 netns ${name} type veth peer name sta${at} netns ${this.router}`);
    ip(`-n ${this.router} link set sta${at} master br0 up`);
    ip(`link add ap0 netns ${name} type veth peer name ap0 netns ${phone}`);
    ip(`-n ${phone} addr add 192.168.4.2/24 dev ap0`);
    ip(`-n ${phone} link set ap0 up`);
    return { name, phone };
  }

  close() {
    for (const name of this.#namespaces) spawnSync("ip", ["netns", "del", name]);
  }
}
