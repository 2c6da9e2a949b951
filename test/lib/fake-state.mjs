// @ts-check
/** What a unit may say of itself, for pages that are shown without one. */

/** Days and seconds that stay the same in every picture. */
const NOW = 1_795_268_700;

/** @param {string} ssid @param {number} number @param {number} rssi @param {number} auth */
const ap = (ssid, number, rssi, auth) => ({
  ssid,
  bssid: `02:00:00:00:02:0${number}`,
  rssi: String(rssi),
  chan: String(number),
  auth: String(auth),
});

export const FOUND = [
  ap("Casa Verde", 1, -48, 3),
  ap("Workshop", 6, -61, 6),
  ap("Library", 11, -70, 0),
  ap("Café „Zum Löwen“", 3, -74, 4),
  ap("Neighbour 4", 9, -84, 3),
];

const EMPTY = { ssid: "", pp: "0", use: "0" };
const CASA = { ssid: "Casa Verde", pp: "1", use: "3" };

/** Settings of a unit that is on a network. */
export const JOINED = {
  ssid: "Casa Verde",
  conn_ip: "192.168.1.50",
  conn_mask: "255.255.255.0",
  conn_gw: "192.168.1.1",
  inet: "1",
  join: { state: "joined", slot: "0", reason: "" },
  known: [CASA, { ssid: "Workshop", pp: "1", use: "0" }, EMPTY, EMPTY],
};

/** @param {string} version @param {number} day */
export const application = (version, day) => ({
  img_ota: {
    schema: "lws1",
    model: "lws",
    builder: "lws-xs",
    app: "lws-demos",
    git: version,
    date: "Nov 2026",
    unixtime: String(NOW - 86_400 * day),
  },
});

/** @param {string} version @param {boolean} newer */
export const offer = (version, newer, js = "0", size = "1136048") => ({
  version,
  date: "20 Nov 2026",
  size,
  newer: newer ? "1" : "0",
  js,
});

/** What a unit knows of its server. @param {Record<string, any>} [changes] */
export const latest = (changes = {}) => ({
  latest: {
    state: "fresh",
    error: "",
    checked: String(NOW - 4000),
    url: "https://updates.example/lws",
    auto: "0",
    app: offer("v0.2.0", false),
    factory: offer("v0.2.0", false),
    ...changes,
  },
});

/** A unit that has just been unpacked. */
export const freshState = () => ({
  ...{
    model: "lws",
    serial: "000001",
    opts: "",
    host: "lws-000001",
    mac: "240AC4000001",
    forced_button: "1",
    button: "0",
    region: "0",
  },
  ...{ group: "", role: "", ssid: "", conn_ip: "", conn_mask: "", conn_gw: "", inet: "0" },
  join: { state: "idle", slot: "", reason: "" },
  ...{ unixtime: String(NOW), storage: "ok", reset: "power on", boot: "", uptime: "75" },
  update: { state: "idle", id: "", from: "" },
  unsigned: "0",
  rolled: {},
  ...latest({ state: "waiting", checked: "0", app: {}, factory: {} }),
  access: { password: "0", login: "0", change: "1" },
  certsubject: "lws-000001",
  certissuer: "lws-000001",
  certdays: "8440",
  cert: {
    ...{ source: "self", names: "lws-000001 lws-000001.local 192.168.4.1", until: "2524607999", key: "EC 256" },
    ...{
      print: "7B1F03A55C9E2D417B1F03A55C9E2D417B1F03A55C9E2D417B1F03A55C9E2D41",
      progress: "100",
      fault: "",
      client: "0",
    },
  },
  img_factory: {
    schema: "lws1",
    model: "lws",
    builder: "lws-xs",
    app: "lws-setup",
    git: "v0.2.0",
    date: "Nov 2026",
    unixtime: String(NOW - 200_000),
  },
  img_ota: { date: "Empty" },
  known: [EMPTY, EMPTY, EMPTY, EMPTY],
  /** @type {object[]} */ aps: [],
});
