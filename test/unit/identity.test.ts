/** The unit's name on the network, when another unit has the one that it wants. */
import { Identity, numbered, numberOf } from "lws/system/identity";
import { Settings } from "lws/system/settings";
import { equal, test } from "./harness";

const settings = new Settings({ namespace: "unit-names" });
const fresh = (): Identity => {
  settings.erase();
  return new Identity({ settings, model: "m" });
};

test("names: the second of those who want one, and so on, within 31 characters", () => {
  equal(numbered("lamp", 1), "lamp");
  equal(numbered("lamp", 2), "lamp-2");
  equal(numbered("x".repeat(31), 10), `${"x".repeat(28)}-10`);
  for (const [label, n] of [
    ["lamp", 1],
    ["lamp-2", 2],
    ["lamp-999", 999],
    ["lamp-1", 1],
    ["lamp-02", 1],
    ["lamp-1000", 1],
    ["", 1],
  ] as const)
    equal(numberOf(label), n, label);
});

test("names: one that was claimed stays over a start, until another is wanted", () => {
  const identity = fresh();
  identity.rename("group", "kitchen");
  identity.rename("role", "lamp");
  equal(identity.claim("kitchen-lamp"), false, "it had that");
  equal(identity.claim("kitchen-lamp-3"), true);
  equal(new Identity({ settings, model: "m" }).hostname, "kitchen-lamp-3");
  identity.rename("role", "door");
  equal(identity.hostname, "kitchen-door");
  identity.rename("role", "lamp");
  equal(identity.claim("kitchen-lamp"), true, "the wanted one is free again");
  equal(settings.get("label"), "");
  // What is stored is not taken for a name of the unit when it is none.
  settings.set("label", "kitchen-lamp-2.evil");
  equal(identity.hostname, "kitchen-lamp");
});

test("names: a neighbour that takes one after the other does not wear the flash out", () => {
  const identity = fresh();
  for (let n = 2; n < 30; n++) identity.claim(numbered(identity.wanted, n));
  equal(identity.hostname, numbered(identity.wanted, 9));
});
