/** Which mount answers a path, and which vhost a host name. */
import { Context } from "lws/core/context";
import { Port } from "lws/core/port";
import { Protocol } from "lws/core/protocol";
import { HttpVhost } from "lws/http/http-vhost";
import { findMount } from "lws/http/mount";
import { ResourceFiles } from "lws/vfs/resources";
import { equal, test, throws } from "./harness";

class Nothing extends Protocol {
  static readonly protocol = "nothing";
}

class Broken extends Protocol {
  static readonly protocol = "broken";
  constructor(...args: ConstructorParameters<typeof Protocol>) {
    super(...args);
    throw new Error("a bad option");
  }
}

const context = new Context({ rxBuffer: 16, txBuffer: 16 });
const files = new ResourceFiles("1");

function vhostWith(...mountpoints: string[]): HttpVhost {
  const mounts = mountpoints.map((mountpoint) => ({ mountpoint, files, origin: "www" }));
  return new HttpVhost(context, { name: "test", mounts });
}

test("mount: the longest that ends at a segment wins, in whatever order they were named", () => {
  for (const mountpoints of [
    ["/", "/a", "/a/b", "/ab"],
    ["/ab", "/a/b", "/a", "/"],
    ["/a", "/ab", "/", "/a/b"],
  ]) {
    const { mounts } = vhostWith(...mountpoints);
    for (const [path, mountpoint] of [
      ["/", "/"],
      ["/x", "/"],
      ["/a", "/a"],
      ["/a/", "/a"],
      ["/a/x", "/a"],
      ["/a/b", "/a/b"],
      ["/a/b/c", "/a/b"],
      ["/a/bc", "/a"],
      ["/ab", "/ab"],
      ["/ab/c", "/ab"],
      ["/abc", "/"],
      ["/A", "/"],
      ["*", "/"],
    ] as const) {
      equal(findMount(mounts, path)?.mountpoint, mountpoint, `${path} of ${mountpoints}`);
    }
  }
});

test("mount: without one for the root there may be none", () => {
  const { mounts } = vhostWith("/a");
  equal(findMount(mounts, "/"), undefined);
  equal(findMount(mounts, "/b"), undefined);
  equal(findMount(mounts, "/ab"), undefined);
  equal(findMount([], "/"), undefined);
});

test("mount: a mountpoint begins with a slash and ends with none", () => {
  throws(() => vhostWith("a"), "BAD_OPTION");
  throws(() => vhostWith(""), "BAD_OPTION");
  throws(() => vhostWith("/a/"), "BAD_OPTION");
});

test("mount: a callback mount needs its protocol", () => {
  const mounts = [{ mountpoint: "/n", protocol: "nothing" }];
  throws(() => new HttpVhost(context, { name: "test", mounts }), "NO_PROTOCOL");
  const vhost = new HttpVhost(context, { name: "test", mounts, protocols: [Nothing] });
  equal(vhost.mounts[0]?.protocol, vhost.protocols[0]);
});

test("vhost: a protocol that can't start stays disabled, the others run", () => {
  const vhost = new HttpVhost(context, { name: "test", protocols: [Broken, [Nothing, { x: "1" }]] });
  equal(vhost.protocols.length, 1);
  equal(vhost.protocol("nothing"), vhost.protocols[0]);
  equal(vhost.protocol("broken"), undefined);
  equal(vhost.protocol(""), undefined);
});

test("vhost: every vhost has an instance of its own", () => {
  const one = new HttpVhost(context, { name: "one", protocols: [Nothing] });
  const two = new HttpVhost(context, { name: "two", protocols: [Nothing] });
  equal(one.protocols[0] === two.protocols[0], false);
  equal(one.protocols[0]?.vhost, one);
});

/** @returns a port with vhosts of these names */
function portOf(strict: boolean, ...names: string[]): Port {
  const port = new Port(strict);
  for (const name of names) port.add(new HttpVhost(context, { name }));
  return port;
}

test("vhost: the whole name, else the longest that the host ends in, else the first", () => {
  const lax = portOf(false, "first.lan", "Unit.Local", "deep.unit.local", "local");
  const strict = portOf(true, "first.lan", "Unit.Local", "deep.unit.local", "local");
  for (const [host, name, isNamed] of [
    ["unit.local", "unit.local", true],
    ["first.lan", "first.lan", true],
    ["a.unit.local", "unit.local", true],
    ["a.deep.unit.local", "deep.unit.local", true],
    ["deep.unit.local", "deep.unit.local", true],
    ["other.local", "local", true],
    ["notunit.local", "local", true],
    ["unit.local.evil", "first.lan", false],
    ["unit.loca", "first.lan", false],
    ["xlocal", "first.lan", false],
    ["192.168.4.1", "first.lan", false],
    ["", "first.lan", false],
  ] as const) {
    equal(lax.select(host)?.name, name, host);
    equal(strict.select(host)?.name, isNamed ? name : undefined, `${host}, strict`);
  }
  equal(portOf(false, "unit.local").select("anything")?.name, "unit.local");
});

test("vhost: one that is off its port is named no more", () => {
  const port = portOf(false, "one.lan", "two.lan");
  const [one, two] = port.vhosts;
  equal(one?.shared, true);
  one?.destroy();
  equal(port.select("one.lan"), two);
  equal(two?.shared, false, "nobody has to be told from it");
  two?.destroy();
  equal(port.select("two.lan"), undefined);
  equal(one?.port, undefined);
});
