/** Which mount answers a path, and which vhost a host name. */
import { Context } from "lws/core/context";
import { Protocol } from "lws/core/protocol";
import type { Vhost } from "lws/core/vhost";
import { HttpVhost, selectVhost } from "lws/http/http-vhost";
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

test("vhost: the whole name, else the longest that the host ends in, else the first", () => {
  const siblings: readonly Vhost[] = ["first.lan", "Unit.Local", "deep.unit.local", "local"].map(
    (name) => new HttpVhost(context, { name }),
  );
  for (const [host, name] of [
    ["unit.local", "unit.local"],
    ["first.lan", "first.lan"],
    ["a.unit.local", "unit.local"],
    ["a.deep.unit.local", "deep.unit.local"],
    ["deep.unit.local", "deep.unit.local"],
    ["other.local", "local"],
    ["notunit.local", "local"],
    ["unit.local.evil", "first.lan"],
    ["xlocal", "first.lan"],
    ["192.168.4.1", "first.lan"],
    ["", "first.lan"],
  ] as const) {
    equal(selectVhost(siblings, host).name, name, host);
  }
  equal(selectVhost([siblings[1] as Vhost], "anything").name, "unit.local");
});
