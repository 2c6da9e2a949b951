// @ts-check
/** The radio around the devices of the tests: twelve networks, some with names and passphrases made to break things. */

/** Looks like markup, and would run if it were taken for it. */
export const HOSTILE = {
  ssid: '"<b><img src=x onerror=alert(1)>',
  passphrase: `63 characters: "quotes", back\\slash, <b>markup</b> and a blank.`,
  address: "10.20.0.77",
};
/** The longest name there is. */
export const LONGEST = {
  ssid: "Thirty-two characters, no more!!",
  passphrase: "eight8ch",
  address: "192.168.32.32",
};
export const PLAIN = { ssid: "Casa Verde", passphrase: "correct horse", address: "192.168.1.50" };
export const OPEN = { ssid: "Library", passphrase: "", address: "172.16.8.20" };

/** @typedef {{ ssid: string, passphrase: string, address: string }} Network */

/** @param {string} text */
const quoted = (text) => `"${text.replace(/["\\]/g, "\\$&")}"`;

/**
 * One line of an air description.
 * @param {Network} network
 * @param {number} number of the access point
 * @param {string} [more] fields that stand in for the usual ones
 */
export function accessPoint({ ssid, passphrase, address }, number, more = "") {
  const gateway = address.replace(/\d+$/, "1");
  const fields = {
    ssid: quoted(ssid),
    bssid: `02:00:00:00:02:${number.toString(16).padStart(2, "0")}`,
    channel: String(1 + ((5 * number) % 13)),
    rssi: String(-45 - 3 * number),
    security: passphrase === "" ? "open" : "wpa2",
    ...(passphrase && { passphrase: quoted(passphrase) }),
    ...{ address, mask: "255.255.255.0", gateway, dns: gateway, delay: "50" },
    ...Object.fromEntries(
      more
        .split(" ")
        .filter(Boolean)
        .map((field) => field.split("=")),
    ),
  };
  return `ap ${Object.entries(fields)
    .map((pair) => pair.join("="))
    .join(" ")}`;
}

/** Twelve networks. */
export function twelve() {
  const neighbours = Array.from({ length: 8 }, (_, i) => ({
    ssid: `Neighbour ${i + 1}`,
    passphrase: `passphrase ${i + 1}`,
    address: `10.1.${i}.5`,
  }));
  const [first, second, third, ...others] = neighbours;
  const networks = [first, HOSTILE, PLAIN, second, LONGEST, third, OPEN, ...others];
  return networks.map((network, i) => accessPoint(network, i)).join("\n");
}
